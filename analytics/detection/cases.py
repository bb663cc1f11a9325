"""What begins together is one case: series of one device, and devices that go out of the ordinary within minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

JOIN_NS = 1800 * NS_PER_SECOND
"""What begins so soon after the last that joined is of the same case."""
LONGEST_JOIN_NS = 7200 * NS_PER_SECOND
QUIET_NS = 1800 * NS_PER_SECOND
"""A case is over when nothing of it has been out of the ordinary for so long."""


class Case(msgspec.Struct, kw_only=True):
    """Series that went out of the ordinary together. ``key`` is the device that began; times are UTC [ns]."""

    key: str
    since_ns: int
    joined_ns: int
    active_ns: int
    members: list[int]
    devices: list[str]


class Cases:
    """The cases that are open."""

    def __init__(self, found: Iterable[Case] = ()) -> None:
        """Go on with cases, or begin with none."""
        self.open = list(found)

    def step(self, time_ns: int, begins: Iterable[tuple[int, str]], active: set[int]) -> None:
        """Take the series (place and device) whose episodes begin, and the places of all that are active."""
        for place, device in begins:
            case = self._case_of(device, time_ns)
            case.joined_ns = time_ns
            if place not in case.members:
                case.members.append(place)
            if device not in case.devices:
                case.devices.append(device)
        for case in self.open:
            if active.intersection(case.members):
                case.active_ns = time_ns
        self.open = [case for case in self.open if time_ns - case.active_ns < QUIET_NS]

    def _case_of(self, device: str, time_ns: int) -> Case:
        for case in self.open:
            young = time_ns - case.joined_ns <= JOIN_NS and time_ns - case.since_ns <= LONGEST_JOIN_NS
            if device in case.devices or young:
                return case
        made = Case(key=device, since_ns=time_ns, joined_ns=time_ns, active_ns=time_ns, members=[], devices=[])
        self.open.append(made)
        return made
