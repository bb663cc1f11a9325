"""Which hours of the account to tell the centre: all of them after each connection, then those that changed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc import wire
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.spool import HourTally

REPEATED_HOURS = 24
"""Recent hours are told each time, so that a report that got lost is made good soon."""
WAITING_RANGES = 4000
"""Ranges in one message: they are what makes an hour long. An hour with more is told when it has fewer."""
HOUR_WEIGHT = 4
"""What an hour costs besides its ranges, in ranges."""


class Reports:
    """What was told last, to tell only what changed since."""

    def __init__(self) -> None:
        """Start with nothing told."""
        self._told: dict[int, HourTally] = {}
        self._head = -1

    def forget(self) -> None:
        """Tell everything next time."""
        self._told.clear()
        self._head = -1

    def changed(self, head: int, tallies: Sequence[HourTally]) -> bool:
        """Tell whether anything is new."""
        return head != self._head or {tally.hour_ns: tally for tally in tallies} != self._told

    def hours(self, head: int, tallies: Sequence[HourTally], now_ns: int) -> list[list[wire.HourReport]]:
        """Return the hours to tell, in messages that are not too long."""
        recent_ns = now_ns - REPEATED_HOURS * NS_PER_HOUR
        wanted = [t for t in tallies if t.hour_ns >= recent_ns or self._told.get(t.hour_ns) != t]
        wanted = [t for t in wanted if len(t.waiting) <= WAITING_RANGES - HOUR_WEIGHT]
        self._told = {tally.hour_ns: tally for tally in tallies}
        self._head = head
        messages: list[list[wire.HourReport]] = []
        room = 0
        for tally in wanted:
            weight = HOUR_WEIGHT + len(tally.waiting)
            if room < weight:
                messages.append([])
                room = WAITING_RANGES
            room -= weight
            messages[-1].append(wire.HourReport(tally.hour_ns, tally.sampled, tally.dropped, tally.waiting))
        return messages
