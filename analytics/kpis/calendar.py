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
    first = dt.datetime.fromtimestamp(start_ns // NS_PER_SECOND, tz=dt.UTC).astimezone(site.zone()).year
    last = dt.datetime.fromtimestamp((end_ns - 1) // NS_PER_SECOND, tz=dt.UTC).astimezone(site.zone()).year
    found = []
    for year in range(first, last + 1):
        span = (
            max(start_ns, midnight_ns(dt.date(year, 1, 1), site)),
            min(end_ns, midnight_ns(dt.date(year + 1, 1, 1), site)),
        )
        found.append((year, span))
    return found
