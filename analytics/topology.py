"""What depends on what at a site: power, cooling air and data, from the site file. Alarms are filed along it."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from greendc.profiles import profile
from greendc.site import CENTRE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from greendc.device import DeviceEntry
    from greendc.site import Site

PLANT = "plant"
"""The node of what makes cold: chillers, pumps, towers and what stands beside them."""
_PLANT_KINDS = frozenset(("chiller", "drive", "economiser", "heat_meter", "heat_pump", "water_treatment"))
_AIR_KINDS = frozenset(("crah", "crac", "cdu"))
_SUPPLY_KINDS = frozenset(("pdu",))


class Kind(StrEnum):
    """What a node stands for."""

    SITE = "site"
    ROOM = "room"
    RACK = "rack"
    PLANT = "plant"
    DEVICE = "device"
    EDGE_NODE = "edge_node"
    COLLECTOR = "collector"
    GATEWAY = "gateway"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A place or a thing that alarms belong to. ``family`` is the kind of a device's profile, empty elsewhere."""

    name: str
    kind: Kind
    family: str = ""


class Topology:
    """The nodes of a site and three relations between them.

    ``causes`` lead from a node to what it draws power or cold from (utility, UPS, PDU, rack, device; plant, cooling
    unit, room, rack). ``carriers`` lead from a device to what brings its data (gateway, edge node, collector).
    ``contains`` leads from a place to what is in it.
    """

    def __init__(self, site: Site) -> None:
        """Build the relations of a site file; a name that is used twice belongs to the larger place."""
        self.site = site.name
        self.nodes: dict[str, Node] = {}
        self._causes: dict[str, list[str]] = {}
        self._carriers: dict[str, list[str]] = {}
        self._contains: dict[str, list[str]] = {}
        self._above: dict[str, frozenset[str]] = {}
        self._cold: dict[str, frozenset[str]] = {}
        self._bring: dict[str, frozenset[str]] = {}
        self._add(site.name, Kind.SITE)
        for room in site.rooms:
            self._add(room.name, Kind.ROOM, within=site.name)
        for rack in site.racks:
            self._add(rack.name, Kind.RACK, within=rack.room or site.name)
            if rack.room:
                self._link(self._causes, rack.name, rack.room)
        self._place_devices(site)
        self._place_carriers(site)
        for feed in site.feeds:
            self._link(self._causes, feed.target, feed.source)
        self._feeds = {(feed.source, feed.target) for feed in site.feeds}

    def ancestors(self, name: str) -> frozenset[str]:
        """Return every node that a node draws power or cold from, at any distance, without itself."""
        found = self._above.get(name)
        if found is None:
            found = self._above[name] = _reach(name, self._causes)
        return found

    def cooled_by(self, name: str) -> frozenset[str]:
        """Return every node that the cold air of a node hangs on: rooms, cooling units, plant, and their power."""
        found = self._cold.get(name)
        if found is None:
            air = [node for node in self.ancestors(name) if self._brings_cold(node)]
            found = self._cold[name] = frozenset(air).union(*(self.ancestors(node) for node in air)) - {name}
        return found

    def _brings_cold(self, name: str) -> bool:
        node = self.nodes.get(name)
        return node is not None and (node.kind in {Kind.ROOM, Kind.PLANT} or node.family in _AIR_KINDS | _PLANT_KINDS)

    def carriers(self, name: str) -> frozenset[str]:
        """Return what brings a node's data: its gateway, its edge node, the collector."""
        found = self._bring.get(name)
        if found is None:
            found = self._bring[name] = _reach(name, self._carriers)
        return found

    def carried(self, name: str) -> frozenset[str]:
        """Return the devices whose data come by a gateway, an edge node or the collector."""
        return frozenset(node for node in self._carriers if name in self.carriers(node) and self.is_device(node))

    def is_device(self, name: str) -> bool:
        """Tell whether a node is a device."""
        return name in self.nodes and self.nodes[name].kind is Kind.DEVICE

    def covered(self, name: str) -> frozenset[str]:
        """Return the node and everything below it, as a maintenance window covers it.

        That is what it contains, what is read through it, and what is fed by covered nodes alone: the work on one of
        two feeds covers its own branch, not what the other feed keeps alive.
        """
        covered = {name} | _reach(name, self._contains)
        covered |= {node for node in self._carriers if name in self._carriers[node]}
        sources: dict[str, set[str]] = {}
        for source, target in self._feeds:
            sources.setdefault(target, set()).add(source)
        grown = True
        while grown:
            more = {target for target, feeds in sources.items() if feeds <= covered} - covered
            covered |= more
            grown = bool(more)
        return frozenset(covered)

    def node_of(self, device: str, place: str) -> str:
        """Return the node of an alarm that names a place or a device: the place where it is a node, else the device."""
        return next((name for name in (place, device) if name in self.nodes), self.site)

    def _add(self, name: str, kind: Kind, *, within: str = "", family: str = "") -> None:
        if name in self.nodes:
            return
        self.nodes[name] = Node(name=name, kind=kind, family=family)
        if within:
            self._contains.setdefault(within, []).append(name)

    def _link(self, relation: dict[str, list[str]], lower: str, upper: str) -> None:
        if lower != upper and upper not in relation.setdefault(lower, []):
            relation[lower].append(upper)

    def _place_devices(self, site: Site) -> None:
        families = {device.name: profile(device.profile).kind for device in site.devices}
        plant = [name for name, family in families.items() if family in _PLANT_KINDS]
        air = [name for name, family in families.items() if family in _AIR_KINDS]
        if plant:
            self._add(PLANT, Kind.PLANT, within=site.name)
        for device in site.devices:
            within = PLANT if device.name in plant else device.rack or site.name
            self._add(device.name, Kind.DEVICE, within=within, family=families[device.name])
            if device.rack:
                # A rack draws on its PDUs; what else is in it draws on the rack.
                supplies = families[device.name] in _SUPPLY_KINDS
                pair = (device.rack, device.name) if supplies else (device.name, device.rack)
                self._link(self._causes, *pair)
        for name in plant:
            self._link(self._causes, PLANT, name)
        # The site file does not say which room a cooling unit serves: it may be any.
        places = [room.name for room in site.rooms] + [rack.name for rack in site.racks if not rack.room]
        for name in air:
            if plant:
                self._link(self._causes, name, PLANT)
            for place in places:
                self._link(self._causes, place, name)

    def _place_carriers(self, site: Site) -> None:
        self._add(CENTRE, Kind.COLLECTOR, within=site.name)
        for node in site.edge_nodes:
            self._add(node.name, Kind.EDGE_NODE, within=site.name)
            for name in node.devices:
                self._add(name, Kind.DEVICE, within=node.name)
                self._link(self._carriers, name, node.name)
        for device in site.devices:
            if device.name not in self._carriers:
                self._link(self._carriers, device.name, CENTRE)
        for endpoint, names in _shared(site.devices).items():
            self._add(endpoint, Kind.GATEWAY, within=site.name)
            self._link(self._carriers, endpoint, CENTRE)
            for name in names:
                self._link(self._carriers, name, endpoint)


def _shared(devices: Iterable[DeviceEntry]) -> dict[str, list[str]]:
    """Return the endpoints that several devices answer on, such as a Modbus gateway's."""
    found: dict[str, list[str]] = {}
    for device in devices:
        address = device.where()
        if address.scheme == "modbus":
            found.setdefault(address.endpoint, []).append(device.name)
    return {endpoint: names for endpoint, names in found.items() if len(names) > 1}


def _reach(start: str, relation: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return what can be reached from a node, without the node itself; a ring is no trap."""
    seen: set[str] = set()
    waiting = deque(relation.get(start, ()))
    while waiting:
        name = waiting.popleft()
        if name not in seen:
            seen.add(name)
            waiting.extend(relation.get(name, ()))
    return frozenset(seen - {start})
