"""Which metering point stands below which: the groups of the power tree, from the site's bus down to the load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.quality.power_tree import DOWNWARD, SITE_GROUP, SOURCES, Branch, groups
from analytics.storage_flow import TAKEN
from greendc.profiles import profile, profile_names
from greendc.site import COUNTS, Meter, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from greendc.model import SeriesKey
    from greendc.site import Site

OWN_ACCURACY = 0.02
"""The class assumed for what a UPS says of itself: its makers seldom name one."""
_POWER = "active_power_w"
_SIDES = ((Role.UPS_INPUT, "input"), (Role.UPS_OUTPUT, "output"))


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One metering point: the meters of one role at one device; ``own`` where they are the device's own readings."""

    name: str
    device: str
    role: Role
    meters: tuple[Meter, ...]
    taken: bool = False
    own: bool = False


class Hub(msgspec.Struct, frozen=True, kw_only=True):
    """Metering points that feed the same metering points below, by name."""

    name: str
    parents: tuple[str, ...]
    children: tuple[str, ...]


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """The metering points of a site; the first hub is the bus, whose parents are the supplies.

    ``sinks`` are what leaves the bus by a meter of a supply: export and what a storage takes. ``stray`` are meters of
    electricity that the tree does not reach.
    """

    spots: dict[str, Spot]
    hubs: tuple[Hub, ...]
    sinks: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()

    def meters(self) -> list[Meter]:
        """Return every meter of the tree, each once."""
        return list({meter: None for spot in self.spots.values() for meter in spot.meters})


def tree_of(site: Site, keys: Iterable[SeriesKey]) -> Tree | None:
    """Return the tree of a site whose series are ``keys``, None where no meter counts what it is supplied with."""
    existing = {(key.device, key.part, key.quantity) for key in keys}
    own = _own_meters(site, existing)
    seen = msgspec.structs.replace(site, meters=[*site.meters, *own])
    if not any(meter.role is Role.FACILITY_INPUT for meter in seen.meters):
        return None
    spots: dict[str, Spot] = {}
    hubs = [_bus(seen, spots, existing, set(own))]
    for group in groups(seen):
        parents, children = (_spots(side, spots, set(own)) for side in (group.parents, group.children))
        if group.name == SITE_GROUP:
            hubs[0] = msgspec.structs.replace(hubs[0], children=children)
        else:
            hubs.append(Hub(name=group.name, parents=parents, children=children))
    if not site.feeds:
        hubs += _by_role(seen, spots, hubs[0])
    sinks = tuple(name for name, spot in spots.items() if spot.taken)
    placed = {meter for spot in spots.values() for meter in spot.meters}
    stray = tuple(
        Branch(meter=meter).label
        for meter in site.meters
        if meter.role not in COUNTS and meter.role not in SOURCES and meter not in placed
    )
    return Tree(spots=spots, hubs=tuple(hubs), sinks=sinks, stray=stray)


def _own_meters(site: Site, existing: set[tuple[str, str, str]]) -> list[Meter]:
    """Return what UPSs say of their two sides, as meters, where no meter of the site file stands there."""
    ups = {d.name for d in site.devices if d.profile in profile_names() and profile(d.profile).kind == "ups"}
    below = {feed.source: {f.target for f in site.feeds if f.source == feed.source} for feed in site.feeds}
    fed = {feed.target for feed in site.feeds}
    found = []
    for device in sorted(ups & set(below) & fed):
        for role, side in _SIDES:
            beside = {device} | (below[device] if role is Role.UPS_OUTPUT else set())
            if any(meter.role is role and meter.device in beside for meter in site.meters):
                continue
            parts = sorted(
                part
                for name, part, quantity in existing
                if name == device and quantity == _POWER and part.split("/")[0] == side
            )
            found += [
                Meter(role=role, device=device, part=part, energy="", accuracy_ratio=OWN_ACCURACY) for part in parts
            ]
    return found


def _bus(site: Site, spots: dict[str, Spot], existing: set[tuple[str, str, str]], own: set[Meter]) -> Hub:
    """Return the bus with its supplies; a storage is taken apart into what it gives and what it takes."""
    supplies: list[Branch] = []
    for meter in site.meters:
        taken = TAKEN.get(meter.energy, "")
        if meter.role is Role.STORAGE and (meter.device, meter.part, taken) in existing:
            # Power goes both ways and cannot stand in for a register of one of them.
            supplies.append(Branch(meter=msgspec.structs.replace(meter, power="")))
            sink = msgspec.structs.replace(meter, energy=taken, power="")
            _spots([Branch(meter=sink)], spots, own, taken=True)
        elif meter.role is Role.EXPORT:
            _spots([Branch(meter=meter)], spots, own, taken=True)
        elif meter.role in SOURCES:
            supplies.append(Branch(meter=meter))
    return Hub(name=SITE_GROUP, parents=_spots(supplies, spots, own), children=())


def _spots(
    branches: Iterable[Branch], spots: dict[str, Spot], own: set[Meter], *, taken: bool = False
) -> tuple[str, ...]:
    """Put the metering points of branches among the ``spots`` and return their names."""
    together: dict[str, list[Meter]] = {}
    for branch in branches:
        meter = branch.meter
        suffix = ":taken" if taken else ""
        together.setdefault(f"{meter.device}:{meter.role}{suffix}", []).append(meter)
    for name, meters in together.items():
        first = meters[0]
        spots.setdefault(
            name,
            Spot(
                name=name,
                device=first.device,
                role=first.role,
                meters=tuple(meters),
                taken=taken,
                own=all(meter in own for meter in meters),
            ),
        )
    return tuple(together)


def _by_role(site: Site, spots: dict[str, Spot], bus: Hub) -> list[Hub]:
    """Return hubs from metering point to metering point of a site that draws no tree."""
    above = tuple(name for name in bus.children if spots[name].role in DOWNWARD)
    found = []
    for role in DOWNWARD:
        branches = [Branch(meter=meter) for meter in site.meters if meter.role is role]
        if not above or not branches or DOWNWARD.index(role) <= DOWNWARD.index(spots[above[0]].role):
            continue
        children = _spots(branches, spots, set())
        found.append(Hub(name=f"by {role}", parents=above, children=children))
        above = children
    return found


def walk(tree: Tree) -> list[Hub]:
    """Return the hubs from the bus down, each after all that feed it; a child belongs to the first that names it."""
    reached: set[str] = set(tree.hubs[0].parents)
    waiting: Sequence[Hub] = tree.hubs
    found: list[Hub] = []
    while waiting:
        ready = [hub for hub in waiting if reached.issuperset(hub.parents)]
        for hub in ready:
            children = tuple(name for name in hub.children if name not in reached)
            reached.update(children)
            found.append(msgspec.structs.replace(hub, children=children))
        waiting = [hub for hub in waiting if hub not in ready]
        if not ready:
            break
    return found
