"""Values at evenly spaced knots of absolute time, worked out for a row of knots at once and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray

IntArray = NDArray[np.int64]

SPARSE = 8
"""When asked times lie further apart than this many knots, only the knots beside them are worked out."""


class Knots:
    """Rows of values at knots ``period_s`` apart, each a function of its knot alone.

    ``worked`` gives the rows of an array of knots, the knot k standing at ``k period_s`` since 1970. Who asks second by
    second gets ``ahead`` more knots worked out at a time.
    """

    def __init__(self, period_s: float, worked: Callable[[IntArray], FloatArray], ahead: int = 64) -> None:
        """Keep nothing yet."""
        self._period_s = period_s
        self._worked = worked
        self._ahead = ahead
        self._first = 0
        self._rows: FloatArray = np.zeros((0, 0))

    def around(self, times_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the rows before and after each time [s since 1970], and how far [0..1) it is between them."""
        position = np.asarray(times_s, dtype=np.float64) / self._period_s
        below = np.floor(position)
        share = position - below
        at = below.astype(np.int64)
        low, high = int(at.min()), int(at.max())
        if high - low > SPARSE * len(at):
            known, where = np.unique(np.concatenate([at, at + 1]), return_inverse=True)
            rows = self._worked(known)[where]
            return rows[: len(at)], rows[len(at) :], share
        if low < self._first or high + 1 >= self._first + len(self._rows):
            follows = self._first <= low <= self._first + len(self._rows)
            self._rows = self._worked(np.arange(low, high + 2 + (self._ahead if follows else 0)))
            self._first = low
        at -= self._first
        return self._rows[at], self._rows[at + 1], share

    def held(self, times_s: FloatArray) -> FloatArray:
        """Return the row of the knot at or before each time: a value that moves in steps."""
        return self.around(times_s)[0]

    def between(self, times_s: FloatArray) -> FloatArray:
        """Return the rows at each time, linear between knots."""
        left, right, share = self.around(times_s)
        return left + share[:, None] * (right - left)
