"""What an event can happen to, by the names that a person sees, and where that stands in a plant's arrays."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from greendc.profiles import Raw
from greendc.quantities import Kind as Behaviour
from greendc.quantities import quantity
from simulators.devices.registers import modulus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from greendc.profiles import Point
    from simulators.devices.device import Device
    from simulators.plant.levers import Sizes

PHASES = ("l1", "l2", "l3")
FEEDS = ("a", "b")
ALL = "all"
WIDEST = 2.0**48
"""A register that holds more raw steps than that never starts again in the life of a meter."""
_RACK_PDU = re.compile(r"pdu-(?P<rack>.+)-(?P<feed>[a-z])((?:/phase)?/(?P<phase>l\d))?")
_SEPARATOR = re.compile(r"\s*,\s*")


class Scope(StrEnum):
    """What kind of thing a target is."""

    SITE = "site"
    RACK = "rack"
    SERVER = "server"
    SUPPLY = "supply"
    PHASE = "phase"
    UNIT = "unit"
    ZONE = "zone"
    CHILLER = "chiller"
    FEED = "feed"
    SENSOR = "sensor"
    DEVICE = "device"
    NODE = "node"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Positions in the arrays of one plant."""

    plant: str
    racks: tuple[int, ...] = ()
    outlets: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    zones: tuple[int, ...] = ()
    chillers: tuple[int, ...] = ()
    feeds: tuple[int, ...] = ()
    phases: tuple[int, ...] = ()

    def shares(self, other: Place) -> bool:
        """Tell whether the two have a place in common; an empty axis stands for all of it."""
        if self.plant != other.plant:
            return False
        axes = ("racks", "outlets", "units", "zones", "chillers", "feeds", "phases")
        pairs = [(set(getattr(self, axis)), set(getattr(other, axis))) for axis in axes]
        return all(not mine or not theirs or mine & theirs for mine, theirs in pairs)


class PlantTargets(msgspec.Struct, frozen=True, kw_only=True):
    """The names of one plant's parts, in the order of its arrays; ``servers`` is how many a rack has."""

    racks: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    chillers: tuple[str, ...] = ()
    feeds: tuple[str, ...] = FEEDS
    servers: int = 8

    @classmethod
    def numbered(cls, sizes: Sizes) -> PlantTargets:
        """Return the usual names: r01, crah-1, module-1, chiller-1, feed a."""
        return cls(
            racks=tuple(f"r{i + 1:02}" for i in range(sizes.racks)),
            units=tuple(f"crah-{i + 1}" for i in range(sizes.units)),
            zones=tuple(f"module-{i + 1}" for i in range(sizes.zones)),
            chillers=tuple(f"chiller-{i + 1}" for i in range(sizes.chillers)),
            feeds=FEEDS[: sizes.feeds],
            servers=sizes.outlets,
        )


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a scenario may name.

    The first of ``plants`` is meant where a target names none; others are named before a slash, as in ``edge-01/r01``.
    ``devices`` gives the series of each device by part and quantity, ``narrow`` those whose register starts again at 0.
    """

    plants: dict[str, PlantTargets]
    devices: dict[str, frozenset[tuple[str, str]]] = {}
    narrow: dict[str, frozenset[tuple[str, str]]] = {}
    nodes: tuple[str, ...] = ()

    @classmethod
    def of(cls, plants: Mapping[str, PlantTargets], devices: Iterable[Device], nodes: Iterable[str] = ()) -> Targets:
        """Return the targets of plants by name, with the devices that measure them and the edge nodes."""
        series, narrow = {}, {}
        for device in devices:
            points = {(wired.part, wired.point.quantity): register_width(wired.point) for wired in device.points}
            series[device.name] = frozenset(points)
            narrow[device.name] = frozenset(key for key, width in points.items() if width)
        return cls(plants=dict(plants), devices=series, narrow=narrow, nodes=tuple(nodes))

    def place(self, scope: Scope, text: str) -> Place | None:
        """Return where a target of a plant stands; None when there is nothing of that name."""
        plant, rest = self._plant_of(text)
        names = self.plants[plant]
        if scope is Scope.SITE:
            return Place(plant=plant) if not rest else None
        if scope in {Scope.SERVER, Scope.SUPPLY, Scope.PHASE}:
            return _within_rack(scope, plant, names, rest)
        if scope is Scope.FEED:
            rest = _SEPARATOR.sub(",", rest.replace("ups-", "").replace("feed ", ""))
        axis, known = _axis(scope, names)
        positions = _positions(rest, known)
        return None if positions is None else msgspec.structs.replace(Place(plant=plant), **{axis: positions})

    def known(self, scope: Scope) -> list[str]:
        """Return the targets of a kind, in the words to write in a scenario."""
        if scope in {Scope.DEVICE, Scope.SENSOR}:
            return sorted(self.devices)
        if scope is Scope.NODE:
            return list(self.nodes)
        main = next(iter(self.plants))
        return [name if plant == main else f"{plant}/{name}".rstrip("/") for plant, name in self._known(scope)]

    def _known(self, scope: Scope) -> Iterable[tuple[str, str]]:
        for plant, names in self.plants.items():
            if scope is Scope.SITE:
                yield plant, plant if plant == next(iter(self.plants)) else ""
                continue
            rack = names.racks[0] if names.racks else "r01"
            examples = {
                Scope.SERVER: [f"{rack}/1"],
                Scope.SUPPLY: [f"{rack}/1/a"],
                Scope.PHASE: [f"{rack}/a/l1"],
                Scope.FEED: [f"ups-{feed}" for feed in names.feeds],
            }
            for name in examples[scope] if scope in examples else _axis(scope, names)[1]:
                yield plant, name

    def _plant_of(self, text: str) -> tuple[str, str]:
        head, _, rest = text.strip().partition("/")
        if head in self.plants:
            return head, rest
        return next(iter(self.plants)), text.strip()


def register_width(point: Point) -> float:
    """Return the stored value at which a counter's register starts again at 0; 0 when it never does."""
    if quantity(point.quantity).kind is not Behaviour.COUNTER or point.raw in {Raw.FLOAT32, Raw.FLOAT64, Raw.TEXT}:
        return 0.0
    raw = modulus(point)
    return raw * abs(point.stored(1.0) - point.stored(0.0)) if raw <= WIDEST else 0.0


def _axis(scope: Scope, names: PlantTargets) -> tuple[str, tuple[str, ...]]:
    axes = {
        Scope.RACK: ("racks", names.racks),
        Scope.UNIT: ("units", names.units),
        Scope.ZONE: ("zones", names.zones),
        Scope.CHILLER: ("chillers", names.chillers),
        Scope.FEED: ("feeds", names.feeds),
    }
    return axes[scope]


def _positions(text: str, known: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return the positions of names that stand with commas between them; ``all`` means each, nothing is unknown."""
    if text == ALL:
        return tuple(range(len(known))) or None
    wanted = _SEPARATOR.split(text)
    return tuple(known.index(name) for name in wanted) if all(name in known for name in wanted) else None


def _within_rack(scope: Scope, plant: str, names: PlantTargets, text: str) -> Place | None:
    """Return the place of servers ``r04/3`` or ``r04``, supplies ``r04/3/a`` or ``r04/a``, or a phase ``r04/a/l2``."""
    if match := _RACK_PDU.fullmatch(text):
        text = "/".join(part for part in (match["rack"], match["feed"], match["phase"]) if part)
    rack, *parts = text.split("/")
    racks = _positions(rack, names.racks)
    servers = _positions(parts.pop(0), _numbers(names)) if parts and parts[0].isdecimal() else _every(names)
    wanted = {Scope.SERVER: 0, Scope.SUPPLY: 1, Scope.PHASE: 2}[scope]
    if racks is None or servers is None or len(parts) != wanted:
        return None
    feeds = _positions(parts[0], names.feeds) if parts else ()
    phases = _positions(parts[1], PHASES) if scope is Scope.PHASE else ()
    if feeds is None or phases is None or (scope is not Scope.SERVER and len(feeds) != 1):
        return None
    return Place(plant=plant, racks=racks, outlets=servers, feeds=feeds, phases=phases)


def _numbers(names: PlantTargets) -> tuple[str, ...]:
    return tuple(str(i + 1) for i in range(names.servers))


def _every(names: PlantTargets) -> tuple[int, ...]:
    return tuple(range(names.servers))
