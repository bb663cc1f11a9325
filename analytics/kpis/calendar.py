"""Calendar years of a site: factors are published by year, so a period is split where its years meet."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.energy import midnight_ns
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.spans import Span
    from greendc.site import Site


def years(site: Site, start_ns: int, end_ns: int) -> list[tuple[int, Span]]:
    """Return the calendar years in the site's zone that a period touches, each with its part of the period."""
    first, last = days(site, start_ns, end_ns)
    found = []
    for year in range(first.year, last.year + 1):
        span = (
            max(start_ns, midnight_ns(dt.date(year, 1, 1), site)),
            min(end_ns, midnight_ns(dt.date(year + 1, 1, 1), site)),
        )
        found.append((year, span))
    return found


def days(site: Site, start_ns: int, end_ns: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last calendar day in the site's zone that a period touches."""
    return local_day(site, start_ns), local_day(site, end_ns - 1)


def local_day(site: Site, at_ns: int) -> dt.date:
    """Return the calendar day of an instant in the site's zone."""
    return dt.datetime.fromtimestamp(at_ns // NS_PER_SECOND, tz=dt.UTC).astimezone(site.zone()).date()
