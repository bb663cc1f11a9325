"""Level and spread: how novel the running mean of a series is, and its running deviation.

A slow shift, an oscillation, more noise or none at all show here while each single value is still a known one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection import novelty
from analytics.detection.arrays import Slot
from analytics.detection.grid import Grid

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays, FloatArray, Rows
    from analytics.detection.config import Config
    from analytics.detection.reading import Reading

CELLS = 240
BLOCK = 12
"""Steps whose means are learned together, once the block behind them is over as well.

A mean creeps: if each were known at once, the next one would never be far from it.
"""
LEVEL = Grid("level", CELLS)
SPREAD = Grid("spread", CELLS)
SLOTS = {
    **LEVEL.slots,
    **SPREAD.slots,
    **{
        f"{grid.name}.{block}.{end}": Slot(begin=begin, kind="f4")
        for grid in (LEVEL, SPREAD)
        for block in ("now", "before")
        for end, begin in (("low", np.inf), ("high", -np.inf))
    },
    "level.mean": Slot(begin=np.nan),
    "spread.mean": Slot(begin=np.nan),
    "spread.square": Slot(),
}


def level(state: Arrays, now: Reading, config: Config) -> FloatArray:
    """Return how novel the running mean is, then learn it."""
    mean = state["level.mean"]
    np.copyto(mean, now.value, where=np.isnan(mean))
    mean += (now.value - mean) * _pace(now, config.level_span)
    return _told(state, LEVEL, mean, now, config, config.level_span)


def spread(state: Arrays, now: Reading, config: Config) -> FloatArray:
    """Return how novel the running deviation is, then learn it."""
    mean, square = state["spread.mean"], state["spread.square"]
    np.copyto(mean, now.value, where=np.isnan(mean))
    pace = _pace(now, config.spread_span)
    away = now.value - mean
    mean += pace * away
    square[:] = (1.0 - pace) * (square + pace * away * away)
    return _told(state, SPREAD, np.sqrt(square), now, config, config.spread_span)


def _pace(now: Reading, span: int) -> FloatArray:
    return 2.0 / (np.minimum(now.count + 1.0, span) + 1.0)


def _told(state: Arrays, grid: Grid, value: FloatArray, now: Reading, config: Config, span: int) -> FloatArray:
    found = novelty.judge(state, grid, value, now.count > config.start + span, config, now.floor)
    low, high = state[f"{grid.name}.now.low"], state[f"{grid.name}.now.high"]
    # Before a whole span has passed the running deviation only climbs from nothing.
    full = now.count >= span
    np.minimum(low, value, out=low, casting="same_kind", where=full)
    np.maximum(high, value, out=high, casting="same_kind", where=full)
    over = np.flatnonzero(now.count % BLOCK == BLOCK - 1.0)
    if len(over):
        _close(state, grid, over)
    return found.amount


def _close(state: Arrays, grid: Grid, over: Rows) -> None:
    """Learn the block before the one that is over, which takes its place."""
    low, high = state[f"{grid.name}.now.low"], state[f"{grid.name}.now.high"]
    least, most = state[f"{grid.name}.before.low"], state[f"{grid.name}.before.high"]
    known = over[np.isfinite(least[over])]
    if len(known):
        grid.cover(state, known, least[known].astype(np.float64), most[known].astype(np.float64))
    least[over], most[over] = low[over], high[over]
    low[over], high[over] = np.inf, -np.inf
