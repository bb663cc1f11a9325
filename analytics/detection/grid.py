"""Where the values of a series have been: counts over the cells of a grid that doubles its cells as the range grows.

Cells are a power of two wide and begin at whole multiples of it, so two old cells always make one new cell and no
value ever has to be seen again. The grid knows its values since the first one, at any scale, in one byte a cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.arrays import Slot

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays, BoolArray, FloatArray, Rows

FULL = 255
"""A cell counts no farther."""
NEVER = np.inf
FINEST = 2.0**-40


class Grid(msgspec.Struct, frozen=True):
    """A grid of so many cells, and how it is called within the state."""

    name: str
    cells: int

    @property
    def slots(self) -> dict[str, Slot]:
        """Return its state. The width of a cell is infinite before there is a range."""
        name = self.name
        return {
            f"{name}.seen": Slot(shape=(self.cells,), kind="u1"),
            f"{name}.first": Slot(),
            f"{name}.width": Slot(begin=NEVER, kind="f4"),
            f"{name}.least": Slot(begin=NEVER),
            f"{name}.most": Slot(begin=-NEVER),
        }

    def seen(self, state: Arrays) -> FloatArray:
        """Return the counts, series x cells."""
        return state[f"{self.name}.seen"]

    def width(self, state: Arrays) -> FloatArray:
        """Return the width of a cell of each series, infinite where there is no grid yet."""
        return state[f"{self.name}.width"]

    def first(self, state: Arrays) -> FloatArray:
        """Return the index of the first cell."""
        return state[f"{self.name}.first"]

    def span(self, state: Arrays) -> FloatArray:
        """Return the width of the range seen of series that have a grid."""
        span: FloatArray = state[f"{self.name}.most"] - state[f"{self.name}.least"]
        return span

    def cell(self, state: Arrays, value: FloatArray) -> FloatArray:
        """Return the cell of each value, which may lie outside the grid; 0 where there is no grid."""
        cell: FloatArray = np.floor(value / self.width(state))
        cell -= self.first(state)
        return cell

    def knows(self, state: Arrays, cell: FloatArray) -> BoolArray:
        """Return where a cell has been visited."""
        at = np.minimum(np.maximum(cell, 0.0), self.cells - 1.0)
        known: BoolArray = (cell == at) & (self._counts(state)[self._flat(at)] > 0)
        return known

    def learn(self, state: Arrays, value: FloatArray, cell: FloatArray, here: BoolArray | None = None) -> FloatArray:
        """Widen the range to hold each value, move the grid where it has to, and count the value.

        ``cell`` is that of each value; with ``here`` only these series learn. Returns the cells after the move.
        """
        least, most, width = state[f"{self.name}.least"], state[f"{self.name}.most"], self.width(state)
        some = np.ones(len(value), dtype=np.bool_) if here is None else here
        np.minimum(least, value, out=least, where=some)
        np.maximum(most, value, out=most, where=some)
        ready = np.isfinite(width)
        fresh = np.flatnonzero(~ready & (most > least))
        if len(fresh):
            self._begin(state, fresh)
            ready[fresh] = True
        moved = np.union1d(np.flatnonzero(some & ((cell < 0.0) | (cell >= self.cells))), fresh)
        if len(moved):
            self._follow(state, moved)
            cell = cell.copy()
            cell[moved] = np.floor(value[moved] / width[moved]) - self.first(state)[moved]
        counts = self._counts(state)
        there = some & ready
        at = self._flat(cell) if there.all() else self._flat(cell)[there]
        counts[at] = np.minimum(counts[at], FULL - 1) + 1
        return cell

    def cover(self, state: Arrays, rows: Rows, low: FloatArray, high: FloatArray) -> None:
        """Count one visit to every cell from ``low`` to ``high`` of some series, as `learn` does for one value."""
        least, most, width = state[f"{self.name}.least"], state[f"{self.name}.most"], self.width(state)
        least[rows], most[rows] = np.minimum(least[rows], low), np.maximum(most[rows], high)
        self._begin(state, rows[~np.isfinite(width[rows]) & (most[rows] > least[rows])])
        ready = np.isfinite(width[rows])
        rows, low, high = rows[ready], low[ready], high[ready]
        self._follow(state, rows)
        first, cells = self.first(state)[rows], np.arange(self.cells)
        lowest, highest = np.floor(low / width[rows]) - first, np.floor(high / width[rows]) - first
        visited = (cells >= lowest[:, None]) & (cells <= highest[:, None])
        counts = self.seen(state)
        counts[rows] = np.minimum(counts[rows], FULL - 1) + visited

    def fade(self, state: Arrays, rows: Rows) -> None:
        """Halve the counts of some series: what was seen once is forgotten, and the range with it."""
        faded = self.seen(state)[rows] // 2
        kept = (faded > 0).any(axis=1)
        rows, faded = rows[kept], faded[kept]
        self.seen(state)[rows] = faded
        width, first = self.width(state)[rows], self.first(state)[rows]
        lowest = (faded > 0).argmax(axis=1)
        highest = self.cells - (faded[:, ::-1] > 0).argmax(axis=1)
        least, most = state[f"{self.name}.least"], state[f"{self.name}.most"]
        least[rows] = np.maximum(least[rows], (first + lowest) * width)
        most[rows] = np.minimum(most[rows], (first + highest) * width)

    def _counts(self, state: Arrays) -> FloatArray:
        """Return the counts of all series in one row."""
        return self.seen(state).reshape(-1)

    def _flat(self, cell: FloatArray) -> Rows:
        """Return where the cells of all series lie in `_counts`."""
        return np.arange(0, len(cell) * self.cells, self.cells) + cell.astype(np.int64)

    def _begin(self, state: Arrays, rows: Rows) -> None:
        least, most = state[f"{self.name}.least"][rows], state[f"{self.name}.most"][rows]
        # Finer than this the index of a cell would not be exact any more.
        range_ = np.maximum(most - least, FINEST * np.maximum(np.abs(least), np.abs(most)))
        mantissa, exponent = np.frexp(range_ / (self.cells / 2))
        width = np.ldexp(1.0, exponent - (mantissa == 0.5))  # noqa: PLR2004 (a power of two itself)
        self.width(state)[rows] = width
        self.first(state)[rows] = np.floor((least + most) / 2 / width) - self.cells // 2

    def _follow(self, state: Arrays, rows: Rows) -> None:
        """Move grids that do not hold their range any more, with the fewest doublings that do."""
        width, first = self.width(state), self.first(state)
        low = np.floor(state[f"{self.name}.least"][rows] / width[rows])
        high = np.floor(state[f"{self.name}.most"][rows] / width[rows])
        outside = (low < first[rows]) | (high >= first[rows] + self.cells)
        rows, low, high = rows[outside], low[outside], high[outside]
        old = first[rows]
        factor = np.ones(len(rows))
        while (wide := np.floor(high / factor) - np.floor(low / factor) + 1.0 > self.cells).any():
            factor[wide] *= 2.0
        low, high = np.floor(low / factor), np.floor(high / factor)
        new = low - np.floor((self.cells - (high - low + 1.0)) / 2)
        counts = self.seen(state)[rows]
        place, cell = np.nonzero(counts)
        moved = (np.floor((cell + old[place]) / factor[place]) - new[place]).astype(np.int64)
        sums = np.bincount(place * self.cells + moved, weights=counts[place, cell], minlength=counts.size)
        self.seen(state)[rows] = np.minimum(sums, FULL).reshape(counts.shape)
        width[rows] *= factor
        first[rows] = new
