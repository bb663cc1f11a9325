"""Forecasts of power and inlet temperature from 15 min to 48 h ahead, with a range and with their skill."""

from __future__ import annotations

from analytics.forecast.backtest import Lead, Score
from analytics.forecast.forecaster import Forecast, Forecaster, Remark, Trust, Untrained, train
from analytics.forecast.gathering import gather
from analytics.forecast.observed import HORIZON_H, Observed, observed
from analytics.forecast.of_site import forecast_of, newest_ns
from analytics.forecast.target import Target

__all__ = [
    "HORIZON_H",
    "Forecast",
    "Forecaster",
    "Lead",
    "Observed",
    "Remark",
    "Score",
    "Target",
    "Trust",
    "Untrained",
    "forecast_of",
    "gather",
    "newest_ns",
    "observed",
    "train",
]
