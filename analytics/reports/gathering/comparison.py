"""The baseline of a report: measured where the store holds its period, else as the commitments declare it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.energy import midnight_ns
from analytics.figures.tracing import traced_figures
from analytics.kpis import first_metered_ns
from analytics.reports.facts import Comparison
from analytics.reports.gathering.once import WholePeriod

if TYPE_CHECKING:
    from analytics.reports.commitments import Baseline
    from greendc.contracts import History
    from greendc.site import Site

DAY = dt.timedelta(days=1)


def comparison_of(history: History, site: Site, baseline: Baseline) -> Comparison:
    """Return the baseline. Its figures are empty where no facility meter was read in its period.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    start_ns, end_ns = midnight_ns(baseline.start, site), midnight_ns(baseline.end + DAY, site)
    known = first_metered_ns(history, site, start_ns, end_ns) is not None
    figures = traced_figures(WholePeriod(history, site, start_ns, end_ns)) if known else []
    return Comparison(start=baseline.start, end=baseline.end, figures=tuple(figures), declared=dict(baseline.values))
