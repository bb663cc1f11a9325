"""Detectors that everything else is compared with; all are causal and score each row of one series."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.anomaly.nab_series import Series

    FloatArray = NDArray[np.float64]

WINDOW = 6400
STEP = 100
DIGITS = 12
"""The published results of the windowed Gaussian are written with so many digits; more make its top scores differ."""
NOVEL = 0.05
HELD = 288
"""An alarm of a de-duplicated baseline is only raised again after so many rows, or by a higher score."""
ROBUST = 288
NORMAL_MAD = 1.4826
FORGET = 0.1
HOURS = 24
HOUR_NS = 3_600_000_000_000

Baseline = Callable[["Series"], "FloatArray"]


def null(series: Series) -> FloatArray:
    """Never speak."""
    return np.zeros(len(series.values))


def random(series: Series) -> FloatArray:
    """Speak at random."""
    return np.random.default_rng(len(series.values)).random(len(series.values))


def range_novelty(series: Series) -> FloatArray:
    """Speak when a value leaves the range seen so far by more than 5 % of that range."""
    top = np.maximum.accumulate(series.values)[:-1]
    bottom = np.minimum.accumulate(series.values)[:-1]
    beyond = np.maximum(series.values[1:] - top, bottom - series.values[1:])
    return np.append(0.0, (beyond > NOVEL * (top - bottom)) & (beyond > 0.0)).astype(np.float64)


def windowed_gaussian(series: Series) -> FloatArray:
    """Score by the normal tail of the last 6400 values, moved on every 100."""
    values, score = series.values, np.zeros(len(series.values))
    mean, deviation, moved_to = 0.0, 1.0, 0
    for count, value in enumerate(values, 1):
        if count > 1:
            score[count - 1] = 1.0 - 0.5 * math.erfc(abs(value - mean) / deviation / math.sqrt(2.0))
        if count <= WINDOW or count - WINDOW - moved_to == STEP:
            moved_to = max(count - WINDOW, 0)
            window = values[moved_to:count]
            mean, deviation = float(window.mean()), float(window.std()) or 1e-6
    return score.round(DIGITS)


def robust_z(series: Series) -> FloatArray:
    """Score by the distance from the median of the day before, in robust deviations, once per episode."""
    values = series.values
    score = np.zeros(len(values))
    if len(values) > ROBUST:
        windows = sliding_window_view(values, ROBUST)[:-1]
        median = np.median(windows, axis=1)
        spread = NORMAL_MAD * np.median(np.abs(windows - median[:, None]), axis=1)
        away = np.abs(values[ROBUST:] - median)
        score[ROBUST:] = away / np.maximum(spread, 1e-3 * np.abs(median) + 1e-9)
    return once(score)


def hour_of_day(series: Series) -> FloatArray:
    """Score by the distance from the running mean of the hour of the day, in deviations of all such, once."""
    mean = np.zeros(HOURS)
    seen = np.zeros(HOURS, dtype=np.int64)
    square, score = 0.0, np.zeros(len(series.values))
    for row, value in enumerate(series.values):
        hour = int(series.time_ns[row] // HOUR_NS) % HOURS
        residual = value - mean[hour] if seen[hour] else 0.0
        if square > 0.0:
            score[row] = abs(residual) / math.sqrt(square)
        seen[hour] += 1
        mean[hour] += (value - mean[hour]) * max(1.0 / seen[hour], FORGET / 12)
        square += (residual * residual - square) * max(1.0 / (row + 1), 1e-3)
    return once(score)


def once(score: FloatArray) -> FloatArray:
    """Keep a score only where it is higher than all of the rows before it within a day: one alarm per episode."""
    kept = score.copy()
    if len(score) > HELD:
        before = sliding_window_view(np.append(np.zeros(HELD), score[:-1]), HELD).max(axis=1)
        kept[score <= before] = 0.0
    return kept


BASELINES: dict[str, Baseline] = {
    "null": null,
    "random": random,
    "range novelty": range_novelty,
    "windowed Gaussian": windowed_gaussian,
    "robust z, once": robust_z,
    "hour of day, once": hour_of_day,
}
