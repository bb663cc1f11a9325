"""What came in for days that have a link: which hours of which series readings were told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greendc.contracts import Window

MOST = 500_000
"""So many series of days are remembered one by one; of a day beyond it is remembered that much came."""

Name = tuple[str, str, str]


class Touch(msgspec.Struct, kw_only=True):
    """What came for one day, and when it was told first and last; ``everything`` where no series is told apart."""

    since_ns: int
    last_ns: int
    hours: dict[Name, set[int]] = {}
    everything: bool = False

    def has(self, name: Name, hour: int | None = None) -> bool:
        """Tell whether readings came to a series, or to one hour of it, by the hour's number since 1970."""
        if self.everything:
            return True
        return name in self.hours if hour is None else hour in self.hours.get(name, ())


class Touched:
    """What came and was not looked at yet, by the start of the day."""

    def __init__(self, most: int = MOST) -> None:
        """Know of nothing."""
        self._most = most
        self._series = 0
        self.days: dict[int, Touch] = {}

    def take(self, windows: Sequence[Window], day_of: Callable[[int], int | None], now_ns: int) -> None:
        """Take note of arrivals; ``day_of`` tells in which day an hour lies, None for days that do not count."""
        for window in windows:
            name = (window.key.device, window.key.part, window.key.quantity)
            for at_ns in range(window.start_ns, window.end_ns, NS_PER_HOUR):
                # Where days begin within an hour, that hour belongs to both.
                for start_ns in {day_of(at_ns), day_of(at_ns + NS_PER_HOUR - 1)}:
                    if start_ns is not None:
                        self._touch(start_ns, name, at_ns // NS_PER_HOUR, now_ns)

    def pop(self, start_ns: int) -> Touch | None:
        """Return what came for a day and forget it."""
        found = self.days.pop(start_ns, None)
        if found is not None:
            self._series -= len(found.hours)
        return found

    def _touch(self, start_ns: int, name: Name, hour: int, now_ns: int) -> None:
        touch = self.days.get(start_ns)
        if touch is None:
            touch = self.days[start_ns] = Touch(since_ns=now_ns, last_ns=now_ns, hours={})
        touch.last_ns = now_ns
        if touch.everything:
            return
        if name not in touch.hours:
            touch.hours[name] = set()
            self._series += 1
        touch.hours[name].add(hour)
        if self._series > self._most:
            self._series -= len(touch.hours)
            touch.hours, touch.everything = {}, True
