"""Which meters stand against which: parents and the nearest metered branches below them, from the site file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.site import COUNTS, Meter, Role, Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SITE_GROUP = "site"
SOURCES = frozenset({Role.FACILITY_INPUT, Role.GENERATION, Role.EXPORT, Role.STORAGE})
"""Meters of the site's bus, which are no branch of another meter."""
DOWNWARD = (Role.UPS_INPUT, Role.UPS_OUTPUT, Role.PDU_OUTPUT, Role.IT_INPUT)
"""Metering points along the way to the load."""
UPS = frozenset({Role.UPS_INPUT, Role.UPS_OUTPUT})


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A meter with the sign that it counts with on its side."""

    meter: Meter
    sign: float = 1.0

    @property
    def label(self) -> str:
        """Return ``device`` or ``device/part``."""
        return f"{self.meter.device}/{self.meter.part}" if self.meter.part else self.meter.device


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Parents that feed the same children; A and B feeds of one load are one group. `SITE_GROUP` is the site's bus."""

    name: str
    parents: tuple[Branch, ...]
    children: tuple[Branch, ...]


def groups(site: Site) -> list[Group]:
    """Return every group that can be balanced: the site's bus first, then what is below it."""
    meters = [meter for meter in site.meters if meter.role not in COUNTS]
    found = [_site_group(site, meters)]
    found += _below(site, [meter for meter in meters if meter.role not in SOURCES])
    return [group for group in found if group.parents and group.children]


def _site_group(site: Site, meters: Sequence[Meter]) -> Group:
    parents = [
        Branch(meter=meter, sign=-1.0 if meter.role is Role.EXPORT else 1.0)
        for meter in meters
        if meter.role in SOURCES
    ]
    loads = [meter for meter in meters if meter.role not in SOURCES]
    inputs = {meter.device for meter in meters if meter.role is Role.FACILITY_INPUT}
    names = {meter.device for meter in loads}
    tops = {name for device in inputs for name in _nearest(site, device, names)}
    if not tops:
        tops = _tops_by_role(loads)
    children = [Branch(meter=meter) for name in sorted(tops) for meter in _entry(loads, name)]
    fed = any(meter.role is Role.FACILITY_INPUT for meter in meters)
    return Group(name=SITE_GROUP, parents=tuple(parents) if fed else (), children=tuple(children))


def _tops_by_role(loads: Sequence[Meter]) -> set[str]:
    """Return what stands below the supply where the site file draws no tree: one metering point of IT, and the rest."""
    first = next((role for role in DOWNWARD if any(meter.role is role for meter in loads)), None)
    beside = [role for role in Role if role not in DOWNWARD and not (role is Role.UPS_NON_IT and first in UPS)]
    return {meter.device for meter in loads if meter.role is first or meter.role in beside}


def _below(site: Site, loads: Sequence[Meter]) -> list[Group]:
    names = {meter.device for meter in loads}
    fed = {name: _nearest(site, name, names) for name in sorted(names)}
    found = []
    for parents in _sharing({name: below for name, below in fed.items() if below}):
        below = sorted({name for parent in parents for name in fed[parent]})
        found.append(
            Group(
                name=" + ".join(parents),
                parents=tuple(Branch(meter=meter) for name in parents for meter in _exit(loads, name)),
                children=tuple(Branch(meter=meter) for name in below for meter in _entry(loads, name)),
            )
        )
    for name in sorted(names):
        into, out = _entry(loads, name), _exit(loads, name)
        if into[0].role is not out[0].role:
            found.append(
                Group(
                    name=name,
                    parents=tuple(Branch(meter=meter) for meter in into),
                    children=tuple(Branch(meter=meter) for meter in out),
                )
            )
    return found


def _sharing(fed: dict[str, set[str]]) -> list[list[str]]:
    """Return parents joined where they feed a common child, so that no child counts twice."""
    joined: list[tuple[set[str], set[str]]] = []
    for parent, below in fed.items():
        parents, children = {parent}, set(below)
        apart = []
        for others, theirs in joined:
            if theirs & children:
                parents |= others
                children |= theirs
            else:
                apart.append((others, theirs))
        joined = [*apart, (parents, children)]
    return [sorted(parents) for parents, _ in joined]


def _nearest(site: Site, device: str, metered: Iterable[str]) -> set[str]:
    """Return the nearest metered devices below a device; those without a meter are passed through."""
    wanted, seen, found = set(metered), {device}, set()
    waiting = [device]
    while waiting:
        source = waiting.pop()
        for feed in site.feeds:
            if feed.source != source or feed.target in seen:
                continue
            seen.add(feed.target)
            if feed.target in wanted:
                found.add(feed.target)
            else:
                waiting.append(feed.target)
    return found


def _entry(loads: Sequence[Meter], device: str) -> list[Meter]:
    """Return the meters of a device that stand nearest to the supply."""
    own = [meter for meter in loads if meter.device == device]
    first = min(own, key=_rank).role
    return [meter for meter in own if meter.role is first]


def _exit(loads: Sequence[Meter], device: str) -> list[Meter]:
    """Return the meters of a device that stand nearest to the load."""
    own = [meter for meter in loads if meter.device == device]
    last = max(own, key=_rank).role
    return [meter for meter in own if meter.role is last]


def _rank(meter: Meter) -> int:
    return DOWNWARD.index(meter.role) if meter.role in DOWNWARD else len(DOWNWARD)
