"""Transition: how far a value with the one before it lies from every such pair of its series, a memory of sequences.

A value may be well known and still never have followed the one before it. The pairs are kept as one bit each on a
square over the grid of values, and move with that grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analytics.detection.arrays import Slot

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays, BoolArray, FloatArray, Rows
    from analytics.detection.config import Config
    from analytics.detection.grid import Grid
    from analytics.detection.reading import Reading

Words = NDArray[np.uint32]

SIDE = 32
"""Cells of a side of the square; one word of bits for each."""
BITS = np.arange(SIDE, dtype=np.uint32)
SLOTS = {
    "transition.seen": Slot(shape=(SIDE,), kind="u4"),
    "transition.older": Slot(shape=(SIDE,), kind="u4"),
    "transition.before": Slot(begin=np.nan),
    "transition.first": Slot(kind="f4"),
    "transition.width": Slot(begin=np.inf, kind="f4"),
}
LINES = np.arange(SIDE, dtype=np.int32)
FAR = 4 * SIDE


def step(state: Arrays, grid: Grid, now: Reading, cell: FloatArray, config: Config) -> FloatArray:
    """Return how novel each value is after the one before it, against the range seen, then learn the pair.

    The grid has learned the value already; ``cell`` is where it is now.
    """
    found = np.zeros(len(now.value))
    before = state["transition.before"]
    _follow(state, grid)
    rows = np.flatnonzero(np.isfinite(grid.width(state)) & ~np.isnan(before))
    if len(rows):
        coarse = grid.cells // SIDE
        here = _square(cell[rows], coarse)
        there = _square(grid.cell(state, before)[rows], coarse)
        bit = np.uint32(1) << there.astype(np.uint32)
        seen, older = _words(state, "seen"), _words(state, "older")
        words = seen[rows, here]
        fresh = np.flatnonzero(((words | older[rows, here]) & bit == 0) & (now.count[rows] > config.start))
        if len(fresh):
            new = rows[fresh]
            away = _nearest(seen[new] | older[new], here[fresh], there[fresh]) / 2 - 0.5
            distance = np.maximum(away, 0.0) * grid.width(state)[new] * coarse
            found[new] = np.where(distance > now.floor[new], distance / grid.span(state)[new], 0.0)
        seen[rows, here] = words | bit
    before[:] = now.value
    return found


def _square(cell: FloatArray, coarse: int) -> Rows:
    return np.clip(np.floor(cell / coarse), 0, SIDE - 1).astype(np.int64)


def fade(state: Arrays, rows: Rows) -> None:
    """Forget the pairs of some series that were not seen since the last time."""
    seen, older = _words(state, "seen"), _words(state, "older")
    older[rows] = seen[rows]
    seen[rows] = 0


def _words(state: Arrays, age: str) -> Words:
    """Return the pairs as words of bits, series x value."""
    return state[f"transition.{age}"].view(np.uint32)


def _unpacked(words: Words) -> BoolArray:
    """Return the bits of each square, series x value x value before."""
    return (words[:, :, None] >> BITS & np.uint32(1)).astype(np.bool_)


def _nearest(words: Words, here: Rows, there: Rows) -> FloatArray:
    """Return the steps along both sides to the nearest known pair."""
    bit = (np.uint32(1) << there.astype(np.uint32))[:, None]
    upto, onward = words & ((bit << 1) - np.uint32(1)), words & ~(bit - np.uint32(1))
    # The exponent of a number is the place of its highest bit; x & -x keeps the lowest.
    below = np.frexp(upto.astype(np.float64))[1] - 1
    above = np.frexp((onward & (~onward + np.uint32(1))).astype(np.float64))[1] - 1
    place = there.astype(np.int32)[:, None]
    aside = np.minimum(np.where(upto > 0, place - below, FAR), np.where(onward > 0, above - place, FAR))
    nearest: FloatArray = (aside + np.abs(LINES - here.astype(np.int32)[:, None])).min(axis=1).astype(np.float64)
    return nearest


def _follow(state: Arrays, grid: Grid) -> None:
    """Carry the pairs over to where the grid has moved."""
    first, width = state["transition.first"], state["transition.width"]
    moved = np.flatnonzero((first != grid.first(state)) | (width != grid.width(state)))
    if not len(moved):
        return
    factor = grid.width(state)[moved] / width[moved]
    for age in ("seen", "older"):
        words = _words(state, age)
        place, here, there = np.nonzero(_unpacked(words[moved]))
        where = first[moved][place], factor[place], grid.first(state)[moved][place]
        kept = np.zeros((len(moved), SIDE, SIDE), dtype=np.bool_)
        kept[place, _carried(grid, here, *where), _carried(grid, there, *where)] = True
        words[moved] = (kept << BITS).sum(axis=2, dtype=np.uint32)
    first[moved], width[moved] = grid.first(state)[moved], grid.width(state)[moved]


def _carried(grid: Grid, cells: Rows, old: FloatArray, factor: FloatArray, new: FloatArray) -> Rows:
    """Return where cells of the square lie after the grid moved, by their middles."""
    coarse = grid.cells // SIDE
    middle = cells * coarse + coarse // 2 + old
    return _square(np.floor(middle / factor) - new, coarse)
