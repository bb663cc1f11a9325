"""Figures that are kept: rolling ones that stay fresh at little cost, and those of closed periods, which are frozen."""

from __future__ import annotations

from analytics.figures.closing import figures_of
from analytics.figures.frozen import Comparison, Frozen, compared, frozen_figures, versions_of
from analytics.figures.period import CalendarPeriod, Kind, Window, period_at, period_named, period_of, window_span
from analytics.figures.rolling import rolling_of
from analytics.figures.tracing import traced, without_lineage

__all__ = [
    "CalendarPeriod",
    "Comparison",
    "Frozen",
    "Kind",
    "Window",
    "compared",
    "figures_of",
    "frozen_figures",
    "period_at",
    "period_named",
    "period_of",
    "rolling_of",
    "traced",
    "versions_of",
    "window_span",
    "without_lineage",
]
