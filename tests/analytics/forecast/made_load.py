"""Made-up loads whose pattern is known: day, week, holidays, weather, slow drifts and noise."""

from __future__ import annotations

import zoneinfo

import numpy as np

from analytics.day_types import PLAIN_WEEK, DayCalendar, calendar
from analytics.forecast import Observed, observed
from analytics.wall_clock import NS_PER_MINUTE
from greendc.clock import from_iso

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
START = from_iso("2026-01-04T16:00Z")
"""Monday 5 January, midnight in Shanghai."""
QUARTER = 15 * NS_PER_MINUTE


def times(days: float, step_ns: int = QUARTER) -> np.ndarray:
    """Return times of even steps."""
    return START + np.arange(round(days * 1440 * NS_PER_MINUTE / step_ns), dtype=np.int64) * step_ns


def slow(count: int, seed: int, stays: float = 0.99) -> np.ndarray:
    """Return noise that stays for hours, of spread 1."""
    kicks = np.random.default_rng(seed).normal(0, np.sqrt(1 - stays**2), count)
    found = np.empty(count)
    level = 0.0
    for i, kick in enumerate(kicks):
        level = stays * level + kick
        found[i] = level
    return found


def load(time_ns: np.ndarray, seed: int = 0, *, drift: float = 6.0, noise: float = 1.0) -> np.ndarray:
    """Return a power that follows day and week, wanders for hours and trembles."""
    hours = (time_ns - START) / (60 * NS_PER_MINUTE)
    day = np.floor(hours / 24).astype(int)
    shape = 10 * np.sin(2 * np.pi * (hours % 24 - 9) / 24) * np.where(day % 7 < 5, 1.0, 0.3)
    trembling = np.random.default_rng(seed + 1).normal(0, noise, len(time_ns))
    return np.asarray(100 + shape + drift * slow(len(time_ns), seed) + trembling)


def rows_of(time_ns: np.ndarray, values: np.ndarray, days: DayCalendar = PLAIN_WEEK, **more: object) -> Observed:
    """Return rows in Shanghai."""
    return observed(time_ns, values, SHANGHAI, days, **more)  # type: ignore[arg-type]  # columns by name


CN = calendar("cn")
