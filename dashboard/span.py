"""A time range: one of a few names, or two instants that a person wrote; read in the site's time zone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

HOURS = {"1h": 1, "6h": 6, "24h": 24, "7d": 168, "30d": 720}
"""Ranges that end now, by name [h]."""
MONTH, YEAR, CUSTOM = "month", "year", "custom"
KEYS = (*HOURS, MONTH, YEAR)
"""Every name of a range; the last two began with the calendar month or year."""
DAY = "24h"
LONGEST_TEXT = 40
SHORTEST_NS = 60 * NS_PER_SECOND
LONGEST_NS = 3660 * 24 * NS_PER_HOUR
_YEARS = range(2000, 2200)


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """From ``start_ns`` to before ``end_ns`` (UTC); ``key`` is one of `KEYS`, or `CUSTOM`."""

    start_ns: int
    end_ns: int
    key: str
    earlier: bool = False

    @property
    def name(self) -> Hashable:
        """Name the range for `Watch.of_store`: one that ends now keeps its name while time goes on."""
        return (self.start_ns, self.end_ns) if self.key == CUSTOM else (self.key, self.earlier)

    @property
    def length_ns(self) -> int:
        """Return the length [ns]."""
        return self.end_ns - self.start_ns


def named(key: str, now_ns: int, zone: dt.tzinfo) -> Range:
    """Return a range of `KEYS` that ends now.

    Raises:
        KeyError: there is no such name.
    """
    if key in (MONTH, YEAR):
        now = _local(now_ns, zone)
        first = now.replace(month=now.month if key == MONTH else 1, day=1, hour=0, minute=0, second=0, microsecond=0)
        return Range(start_ns=min(_ns(first), now_ns - SHORTEST_NS), end_ns=now_ns, key=key)
    return Range(start_ns=now_ns - HOURS[key] * NS_PER_HOUR, end_ns=now_ns, key=key)


def between(start: str, end: str, now_ns: int, zone: dt.tzinfo) -> Range | None:
    """Return the range between two ISO 8601 texts, None when they make none; no end and an end to come mean now."""
    start_ns = instant(start, zone)
    end_ns = instant(end, zone) if end.strip() else now_ns
    if start_ns is None or end_ns is None:
        return None
    end_ns = min(end_ns, now_ns)
    if not SHORTEST_NS <= end_ns - start_ns <= LONGEST_NS:
        return None
    return Range(start_ns=start_ns, end_ns=end_ns, key=CUSTOM)


def instant(text: str, zone: dt.tzinfo) -> int | None:
    """Return the instant [UTC ns] of an ISO 8601 text, in ``zone`` when it names none; None when it is not one."""
    if len(text) > LONGEST_TEXT:
        return None
    try:
        read = dt.datetime.fromisoformat(text.strip())
        if read.year not in _YEARS:
            return None
        return _ns(read if read.tzinfo is not None else read.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def before(span: Range, zone: dt.tzinfo) -> Range:
    """Return the period before a range, as long as it is; for a month or year so far, the same days of the last one."""
    if span.key not in (MONTH, YEAR):
        return _earlier(span, span.start_ns - span.length_ns)
    first = _local(span.start_ns, zone)
    back = first.month - 1 or 12 if span.key == MONTH else first.month
    year = first.year - 1 if span.key == YEAR or first.month == 1 else first.year
    start_ns = _ns(first.replace(year=year, month=back))
    return _earlier(span, start_ns, min(span.length_ns, span.start_ns - start_ns))


def written(time_ns: int, zone: dt.tzinfo) -> str:
    """Return an instant as `instant` reads it, to the minute."""
    return f"{_local(time_ns, zone):%Y-%m-%dT%H:%M}"


def _earlier(span: Range, start_ns: int, length_ns: int = 0) -> Range:
    return Range(start_ns=start_ns, end_ns=start_ns + (length_ns or span.length_ns), key=span.key, earlier=True)


def _local(time_ns: int, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.fromtimestamp(time_ns // NS_PER_SECOND, tz=dt.UTC).astimezone(zone)


def _ns(moment: dt.datetime) -> int:
    return round(moment.timestamp()) * NS_PER_SECOND
