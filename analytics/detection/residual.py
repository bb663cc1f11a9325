"""Residual: the mean of what an autoregression of the last values could not foretell in the last hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.arrays import Slot

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays, FloatArray
    from analytics.detection.reading import Reading

LAGS = 4
RATE = 0.02
MEAN = 1.0 / 6
SPREAD = 1.0 / 300
SLOTS = {
    "residual.lags": Slot(shape=(LAGS,)),
    "residual.weights": Slot(shape=(LAGS,)),
    "residual.mean": Slot(),
    "residual.spread": Slot(),
}


def step(state: Arrays, now: Reading, winsor: float) -> FloatArray:
    """Return the mean residual of the last steps in usual ones, then learn the weights."""
    lags, weights = state["residual.lags"], state["residual.weights"]
    start = now.count < LAGS
    error = now.value - (lags * weights).sum(axis=1)
    spread = np.maximum(state["residual.spread"], now.floor)
    error = np.where(start, 0.0, error)
    capped = np.where(spread > 0.0, np.clip(error, -winsor * spread, winsor * spread), error)
    state["residual.mean"] += MEAN * (error - state["residual.mean"])
    found = np.where(spread > 0.0, np.abs(state["residual.mean"]) / np.where(spread > 0.0, spread, 1.0), 0.0)
    state["residual.spread"] += np.maximum(1.0 / (now.count + 1.0), SPREAD) * (
        np.abs(capped) - state["residual.spread"]
    )
    power = (lags * lags).sum(axis=1)
    rate = np.where(power > 0.0, RATE * capped / np.where(power > 0.0, power, 1.0), 0.0)
    weights += rate[:, None] * lags
    weights[now.count == 0.0, 0] = 1.0
    lags[:, 1:] = lags[:, :-1]
    lags[:, 0] = now.value
    return found
