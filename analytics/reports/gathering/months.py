"""The calendar months of a report's period, cut out of what was read for the whole of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.figures.period import Kind, period_of
from analytics.kpis import KPIS
from analytics.kpis.calendar import days
from analytics.reports.facts import Month
from analytics.reports.gathering.once import PartPeriod

if TYPE_CHECKING:
    from analytics.reports.gathering.once import WholePeriod
    from analytics.result import KpiResult
    from greendc.site import Site


def months_of(whole: WholePeriod) -> tuple[Month, ...]:
    """Return the calendar months of a period, each cut to it, with its figures."""
    return tuple(
        Month(name=name, start_ns=start_ns, end_ns=end_ns, figures=_figures(whole, start_ns, end_ns))
        for name, start_ns, end_ns in month_spans(whole.site, whole.start_ns, whole.end_ns)
    )


def month_spans(site: Site, start_ns: int, end_ns: int) -> list[tuple[str, int, int]]:
    """Return name, start and end [ns] of each calendar month in the site's zone, cut to a period."""
    day, last = days(site, start_ns, end_ns)
    found = []
    while day <= last:
        month = period_of(site, Kind.MONTH, day)
        found.append((month.name, max(start_ns, month.start_ns), min(end_ns, month.end_ns)))
        day = month.after
    return found


def _figures(whole: WholePeriod, start_ns: int, end_ns: int) -> tuple[KpiResult, ...]:
    period = PartPeriod(whole, whole.site, start_ns, end_ns)
    return tuple(result for kpi in KPIS for result in kpi.results(period))
