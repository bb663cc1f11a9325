"""Seeded noise that is a function of absolute time, so that two runs that cover the same hour see the same hour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray


class Noise:
    """Smooth noise of mean 0 and deviation 1 at its knots, one channel for each of ``count`` things.

    Between knots that lie ``period_s`` apart the value follows half a cosine.
    """

    def __init__(self, seed: int, stream: int, period_s: float, count: int = 1) -> None:
        """Make the channels of one ``stream`` of a seed; streams are independent of each other."""
        self._key = (seed, stream)
        self._period_s = period_s
        self._count = count
        self._knot = -1
        self._left = np.zeros(count)
        self._right = np.zeros(count)

    def at(self, time_s: float) -> FloatArray:
        """Return the value of every channel at a time [s since 1970]."""
        position = time_s / self._period_s
        knot = math.floor(position)
        if knot != self._knot:
            self._left = self._right if knot == self._knot + 1 and self._knot >= 0 else self._draw(knot)
            self._right = self._draw(knot + 1)
            self._knot = knot
        share = 0.5 - 0.5 * math.cos(math.pi * (position - knot))
        return self._left * (1.0 - share) + self._right * share

    def _draw(self, knot: int) -> FloatArray:
        return np.random.default_rng((*self._key, knot)).standard_normal(self._count)
