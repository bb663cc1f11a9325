"""Level: how far a value, and the mean of the last hours, lies from the running median."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.arrays import Slot

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays, FloatArray
    from analytics.detection.reading import Reading

RECENT = 64
SLOW = 48
LONG = 1.0 / 2000
SPREAD = 1.0 / 300
SLOTS = {
    "level.recent": Slot(shape=(RECENT,)),
    "level.median": Slot(),
    "level.spread": Slot(),
    "level.long": Slot(),
    "level.wander": Slot(),
}


def step(state: Arrays, now: Reading, winsor: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the median that was expected, and the deviations of the value and of the slow level."""
    recent, rows = state["level.recent"], np.arange(len(now.value))
    median = state["level.median"].copy()
    away = np.abs(now.value - median)
    spread = np.maximum(state["level.spread"], now.floor)
    quick = _ratio(away, spread)
    at = (now.count % RECENT).astype(np.int64)
    recent[rows, at] = now.value
    state["level.median"][:] = np.partition(recent, RECENT // 2, axis=1)[:, RECENT // 2]
    learned = np.where(spread > 0.0, np.minimum(away, winsor * spread), away)
    state["level.spread"] += _pace(now.count, SPREAD) * (learned - state["level.spread"])

    last = np.minimum(now.count + 1.0, SLOW)
    behind = (at[:, None] - np.arange(SLOW)) % RECENT
    mean = np.take_along_axis(recent, behind, axis=1).sum(axis=1) / last
    far = np.abs(mean - state["level.long"])
    slow = _ratio(far, np.maximum(state["level.wander"], now.floor))
    state["level.wander"] += _pace(now.count, LONG) * (far - state["level.wander"])
    state["level.long"] += _pace(now.count, LONG) * (now.value - state["level.long"])
    return median, quick, slow


def _pace(count: FloatArray, slowest: float) -> FloatArray:
    return np.maximum(1.0 / (count + 1.0), slowest)


def _ratio(away: FloatArray, spread: FloatArray) -> FloatArray:
    """Return a deviation in usual ones; where nothing ever moved any move is as large as can be said."""
    return np.where(spread > 0.0, away / np.where(spread > 0.0, spread, 1.0), 0.0)
