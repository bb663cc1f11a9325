"""The coverage calendar: each day of the period by how much of it is known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.kpis.coverage import REPORTABLE
from analytics.reports.document import Chart
from greendc import plots
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.reports.document import Block
    from analytics.reports.sections.writer import Writer

NEEDED = ("facility", "it")
LEAST_DAYS = 2


def coverage_chart(writer: Writer) -> list[Block]:
    """Return the calendar, nothing for a period of a single day."""
    shares = shares_of_days(writer)
    if len(shares) < LEAST_DAYS:
        return []
    title, desc = writer.text("charts.coverage"), writer.text("charts.coverage_desc")
    legend = writer.text("charts.coverage_legend")
    svg = plots.calendar(shares, enough=REPORTABLE, title=title, desc=desc, legend=legend)
    return [Chart(id="coverage", title=title, desc=desc, svg=svg)]


def shares_of_days(writer: Writer) -> dict[dt.date, float | None]:
    """Return the share of each day's hours in which facility and IT energy are both known."""
    known: dict[dt.date, list[bool]] = {}
    for hour in writer.hours:
        day = dt.datetime.fromtimestamp(hour.start_ns // NS_PER_SECOND, tz=writer.zone).date()
        known.setdefault(day, []).append(all(hour.energies_j.get(role) is not None for role in NEEDED))
    return {day: sum(hours) / len(hours) for day, hours in known.items()}
