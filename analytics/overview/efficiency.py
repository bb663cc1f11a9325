"""PUE since metering began, over the last hour and today, each with what an auditor asks of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.kpis import compute, first_metered_ns
from analytics.kpis.coverage import REPORTABLE
from analytics.overview.figure import Figure, Ratio, State
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.result import KpiResult
    from greendc.contracts import History
    from greendc.site import Site

LONGEST_NS = 366 * 24 * NS_PER_HOUR


def ratios(history: History, site: Site, now_ns: int) -> list[Ratio]:
    """Return the PUE of the last hour, of today and since metering began.

    A window that would begin before metering did begins when metering did, and says so by its start.

    Raises:
        StoreAway: the store does not answer.
    """
    first = first_metered_ns(history, site, now_ns - LONGEST_NS, now_ns + 1)
    day = dt.datetime.fromtimestamp(now_ns // NS_PER_SECOND, tz=dt.UTC).astimezone(site.zone())
    midnight = round(day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * NS_PER_SECOND
    begin = now_ns - NS_PER_HOUR if first is None else first
    starts = {"hour": max(begin, now_ns - NS_PER_HOUR), "today": max(begin, midnight), "start": begin}
    return [_ratio(history, site, window, min(start, now_ns - 1), now_ns) for window, start in starts.items()]


def _ratio(history: History, site: Site, window: str, start_ns: int, end_ns: int) -> Ratio:
    result = compute(history, site, start_ns, end_ns, keys={"pue"})[0]
    return Ratio(
        window=window,
        figure=_figure(result),
        start_ns=start_ns,
        end_ns=end_ns,
        category=result.category,
        coverage=result.coverage,
        uncertainty=result.uncertainty,
        method=result.method,
        provisional=result.provisional,
    )


def _figure(result: KpiResult) -> Figure:
    if result.value is None:
        return Figure(unit="pue", time_ns=result.end_ns, reason=result.reason or "coverage")
    estimated = result.coverage < REPORTABLE
    return Figure(
        value=result.value,
        unit="pue",
        time_ns=result.end_ns,
        state=State.ESTIMATED if estimated else State.FRESH,
        reason="low_coverage" if estimated else "",
    )
