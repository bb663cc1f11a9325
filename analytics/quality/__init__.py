"""Data quality by the six dimensions of GB/T 36344-2018, per series and day, with balances and findings."""

from __future__ import annotations

from analytics.quality.balance import Balance, HourBalance
from analytics.quality.dimension import Dimension, Score
from analytics.quality.finding import Finding, Severity
from analytics.quality.note import QUALITY, BalanceNote, QualityNote, keep, latest_quality, note_of, quality_of
from analytics.quality.report import STANDARD, QualityDay, quality_of_day
from analytics.quality.rollup import Rollup, SeriesQuality
from analytics.quality.watch import QualityWatch

__all__ = [
    "QUALITY",
    "STANDARD",
    "Balance",
    "BalanceNote",
    "Dimension",
    "Finding",
    "HourBalance",
    "QualityDay",
    "QualityNote",
    "QualityWatch",
    "Rollup",
    "Score",
    "SeriesQuality",
    "Severity",
    "keep",
    "latest_quality",
    "note_of",
    "quality_of",
    "quality_of_day",
]
