"""How rare a deviation is among those of its own series: a calibrated tail in three numbers.

The 98 % quantile is followed by steps of its own logarithm; beyond it the tail is taken as exponential, with the mean
excess followed in the same way. One threshold then means one rate of false alarms on every series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.arrays import Slot

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays, FloatArray

SHARE = 0.02
"""What lies in the tail."""
AT_EDGE = -float(np.log10(SHARE))
DECADES = float(np.log10(np.e))
FASTEST, SLOWEST = 0.5, 0.02
"""How far the logarithm of the quantile moves per step, at first and in the end."""
SPAN = 50.0
MEAN_SLOWEST = 0.01
LARGEST_EXCESS = 20.0
TINY = 1e-12


def slots(name: str) -> dict[str, Slot]:
    """Return the state of one tail."""
    return {f"{name}.edge": Slot(begin=np.nan), f"{name}.excess": Slot(begin=1.0), f"{name}.seen": Slot()}


def judge(state: Arrays, name: str, deviation: FloatArray) -> FloatArray:
    """Return -log10 of the chance of a deviation at least this large, then learn it."""
    edge, excess, seen = state[f"{name}.edge"], state[f"{name}.excess"], state[f"{name}.seen"]
    fresh = np.isnan(edge)
    np.copyto(edge, np.maximum(deviation, TINY), where=fresh)
    relative = deviation / edge
    beyond = np.maximum(relative - 1.0, 0.0)
    found = np.where(beyond > 0.0, AT_EDGE + DECADES * beyond / excess, AT_EDGE * relative)
    above = relative > 1.0
    pace = np.maximum(FASTEST / (1.0 + seen / SPAN), SLOWEST)
    np.copyto(edge, np.maximum(edge * np.exp(pace * (above - SHARE)), TINY))
    weight = np.where(above, np.maximum(1.0 / (2.0 + SHARE * seen), MEAN_SLOWEST), 0.0)
    np.copyto(excess, np.maximum(excess + weight * (np.minimum(beyond, LARGEST_EXCESS * excess) - excess), 0.05))
    np.copyto(seen, seen + 1.0)
    return np.where(fresh, 0.0, found)
