"""Novelty: how far a value lies from every value that its series has had.

The distance is taken against the range seen and against how close values lie where the nearest one is: a gap
in a crowded place says more than the same gap where values are sparse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.arrays import BoolArray, FloatArray

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays
    from analytics.detection.config import Config
    from analytics.detection.grid import Grid

AT_ONCE = 512
"""Series with something new that are looked at together; what they need then fits the cache."""


class Novelty(msgspec.Struct, frozen=True):
    """Arrays over series: how novel a value is, its cell, and the middle of the nearest known cell.

    ``above`` says on which side of the nearest known cell a novel value lies.
    """

    amount: FloatArray
    cell: FloatArray
    nearest: FloatArray
    above: BoolArray


class Surroundings(msgspec.Struct, frozen=True):
    """What is known around new values: the nearest cell, the distance to it and the spacing there, in cells."""

    near: FloatArray
    away: FloatArray
    apart: FloatArray


def judge(state: Arrays, grid: Grid, value: FloatArray, ready: BoolArray, config: Config, floor: FloatArray) -> Novelty:
    """Return how novel each value is, before the grid has learned it; 0 for one whose cell is known or not ``ready``.

    A distance up to ``floor`` is none.
    """
    amount, nearest, above = np.zeros(len(value)), value.copy(), np.zeros(len(value), dtype=np.bool_)
    cell = grid.cell(state, value)
    new = np.flatnonzero(ready & np.isfinite(grid.width(state)) & ~grid.knows(state, cell))
    for begin in range(0, len(new), AT_ONCE):
        rows = new[begin : begin + AT_ONCE]
        around = _surroundings(grid.seen(state)[rows], cell[rows], config.neighbours)
        width = grid.width(state)[rows]
        away = around.away * width
        usual = config.range_share * grid.span(state)[rows] + around.apart * width
        amount[rows] = np.where(away > floor[rows], away / usual, 0.0)
        nearest[rows] = (around.near + grid.first(state)[rows] + 0.5) * width
        above[rows] = cell[rows] > around.near
    return Novelty(amount, cell, nearest, above)


def _surroundings(seen: FloatArray, cell: FloatArray, neighbours: int) -> Surroundings:
    """Look around cells that no value has visited, each in its own row of counts."""
    # One running sum over all rows: what lies where is then a search in it, not a pass over each row.
    cells = seen.shape[1]
    upto = np.cumsum(seen, dtype=np.int32)
    begin = np.arange(0, seen.size, cells)
    before = np.where(begin > 0, upto[begin - 1], 0)
    total = upto[begin + cells - 1] - before
    at = np.clip(cell, 0, cells).astype(np.int64)
    below = np.where(at > 0, upto[begin + at - 1] - before, 0)
    left = np.searchsorted(upto, before + below) - begin
    right = np.searchsorted(upto, before + below + 1) - begin
    to_left = np.where(below > 0, cell - left, np.inf)
    to_right = np.where(below < total, right - cell, np.inf)
    leftward = to_left < to_right
    near = np.where(leftward, left, right)
    # The value of so many places farther out; at the edge of what is known, the outermost one.
    outward = np.where(leftward, below, total - below)
    far = np.where(leftward, np.maximum(below - neighbours, 1), total - np.maximum(outward - neighbours, 1) + 1)
    farthest = np.searchsorted(upto, before + far) - begin
    others = np.clip(outward - 1, 1, neighbours)
    away = np.minimum(to_left, to_right) - 0.5
    return Surroundings(near.astype(np.float64), away, np.abs(near - farthest) / others)
