"""Where time comes from: one seam, so that tests and simulated hours need no patching."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol

from greendc.units import NS_PER_SECOND

NS_PER_HOUR = 3600 * NS_PER_SECOND


class Clock(Protocol):
    """Gives the time of day."""

    def now_ns(self) -> int:
        """Return nanoseconds since 1970-01-01T00:00Z."""


class SystemClock:
    """The clock of this machine."""

    def now_ns(self) -> int:
        """Return nanoseconds since 1970-01-01T00:00Z."""
        return time.time_ns()


class ManualClock:
    """A clock that stands still until told; for tests and simulated time."""

    def __init__(self, start_ns: int) -> None:
        """Start at ``start_ns``."""
        self._now_ns = start_ns

    def now_ns(self) -> int:
        """Return nanoseconds since 1970-01-01T00:00Z."""
        return self._now_ns

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._now_ns += round(seconds * NS_PER_SECOND)


def iso(time_ns: int) -> str:
    """Return a time as ISO 8601 in UTC, to the millisecond."""
    seconds, rest = divmod(time_ns, NS_PER_SECOND)
    moment = dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}Z"


def from_iso(text: str) -> int:
    """Return the nanoseconds of an ISO 8601 date or date-time; without an offset it is UTC.

    Raises:
        ValueError: the text is not ISO 8601.
    """
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    delta = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (delta.days * 86_400 + delta.seconds) * NS_PER_SECOND + delta.microseconds * 1000


def hour_of(time_ns: int) -> int:
    """Return the start of the UTC hour [ns] that holds ``time_ns``."""
    return time_ns - time_ns % NS_PER_HOUR
