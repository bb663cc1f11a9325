"""Figures that are kept: rolling ones that stay fresh at little cost, and those of closed periods, which are frozen."""

from __future__ import annotations

from analytics.figures.frozen import Frozen, frozen_figures, versions_of
from analytics.figures.period import CalendarPeriod, Kind, Window, period_at, period_named, period_of, window_span
from analytics.figures.rolling import rolling_of
from analytics.figures.tracing import traced

__all__ = [
    "CalendarPeriod",
    "Frozen",
    "Kind",
    "Window",
    "frozen_figures",
    "period_at",
    "period_named",
    "period_of",
    "rolling_of",
    "traced",
    "versions_of",
    "window_span",
]
