"""Which devices stand in the diagram, on which level, and which of them are drawn as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.quality.power_tree import SOURCES
from greendc.profiles import profile, profile_names
from greendc.site import COUNTS, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greendc.site import Site

MOST_APART = 4
"""Like devices below the same boxes are drawn apart up to this many; UPSs always are, PDUs never."""
ROLE_KINDS = {
    Role.FACILITY_INPUT: "utility",
    Role.STORAGE: "storage",
    Role.GENERATION: "generation",
    Role.EXPORT: "export",
    Role.UPS_INPUT: "ups_input",
    Role.UPS_OUTPUT: "ups_output",
    Role.PDU_OUTPUT: "pdu",
    Role.COOLING: "cooling",
    Role.LIGHTING: "lighting",
}
_FAMILIES = {"ups": "ups", "pdu": "pdu", "generator": "generator"}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Devices that are one box: kind, level, the devices above, and the UPS that it hangs on."""

    name: str
    kind: str
    level: int
    devices: tuple[str, ...]
    above: tuple[str, ...]
    lane: str


class PowerTree:
    """The devices of the power chain with what feeds them, devices without a part in it passed through."""

    def __init__(self, site: Site) -> None:
        """Read devices, meters and feeds of a site file."""
        self.families = {d.name: profile(d.profile).kind for d in site.devices if d.profile in profile_names()}
        self._feeds: dict[str, list[str]] = {}
        for feed in site.feeds:
            self._feeds.setdefault(feed.target, []).append(feed.source)
        self.kinds: dict[str, str] = {}
        for meter in site.meters:
            if meter.role not in COUNTS:
                self.kinds.setdefault(meter.device, ROLE_KINDS.get(meter.role, "board"))
        self.sources = {meter.device for meter in site.meters if meter.role in SOURCES}
        for name, family in self.families.items():
            if family in _FAMILIES:
                self.kinds[name] = _FAMILIES[family]
        for name in self.sources:
            if self.kinds.get(name) == "generation":
                near = {self.families.get(name), *(self.families.get(one) for one in self._feeds.get(name, ()))}
                self.kinds[name] = "pv" if "pv_inverter" in near else "generation"

    def above(self, name: str) -> tuple[str, ...]:
        """Return the nearest devices of the chain that feed a device; a supply has none."""
        if name in self.sources:
            return ()
        seen, found, waiting = {name}, set(), list(self._feeds.get(name, ()))
        while waiting:
            source = waiting.pop()
            if source in seen:
                continue
            seen.add(source)
            if source in self.kinds:
                found.add(source)
            else:
                waiting.extend(self._feeds.get(source, ()))
        return tuple(sorted(found))

    def lane(self, name: str) -> str:
        """Return the UPS that a device hangs on, several joined; nothing where there is none."""
        found, seen, waiting = set(), set(), [name]
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            if self.kinds.get(one) == "ups":
                found.add(one)
            else:
                waiting.extend(self.above(one))
        return " + ".join(sorted(found))

    def level(self, name: str, seen: frozenset[str] = frozenset()) -> int:
        """Return how many boxes lie between a device and the supplies; a ring is cut."""
        above = [one for one in self.above(name) if one not in seen]
        if not above:
            return 0 if name in self.sources or not self.sources else 1
        return 1 + max(self.level(one, seen | {name}) for one in above)

    def places(self) -> list[Place]:
        """Return the boxes from the supplies down; like devices below the same ones are one box."""
        alike: dict[tuple[int, str, tuple[str, ...]], list[str]] = {}
        for name, kind in self.kinds.items():
            alike.setdefault((self.level(name), kind, self.above(name)), []).append(name)
        found = []
        for (level, kind, above), names in alike.items():
            apart = kind == "ups" or (len(names) <= MOST_APART and kind != "pdu")
            groups = [[name] for name in names] if apart else [names]
            found += [self._place(level, kind, above, group) for group in groups]
        # Supplies stand in the order of their weight, what hangs on a UPS before what does not.
        first = {kind: i for i, kind in enumerate(("utility", "pv", "storage", "generator", "ups"))}
        return sorted(
            found,
            key=lambda place: (
                place.level,
                place.lane == "",
                place.lane,
                first.get(place.kind, len(first)),
                place.kind,
                place.name,
            ),
        )

    def _place(self, level: int, kind: str, above: tuple[str, ...], names: Iterable[str]) -> Place:
        devices = tuple(sorted(names))
        one = len(devices) == 1
        return Place(
            name=devices[0] if one else f"{kind}:{'+'.join(above) or level}",
            kind=kind,
            level=level,
            devices=devices,
            above=above,
            lane=self.lane(devices[0]),
        )
