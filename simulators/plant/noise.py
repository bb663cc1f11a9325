"""Seeded noise that is a function of absolute time, so that two runs that cover the same hour see the same hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulators.plant.knots import Knots

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.plant.knots import IntArray

WordArray = NDArray[np.uint64]

# The finaliser of the generator SplitMix64 (Steele, Lea and Flood, 2014), and two odd constants that spread its input.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint64(0xD1342543DE82EF95)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)

_HALVES = 4
_HALF_MEAN = _HALVES * 65_535 / 2
_HALF_DEVIATION = (_HALVES * (65_536.0**2 - 1.0) / 12.0) ** 0.5


class Draws:
    """Random words, uniform and nearly normal numbers by knot and channel, each a function of seed, stream and place.

    No state and no order of drawing: any knot can be asked for at any time, and whole blocks of them at once.
    """

    def __init__(self, seed: int, stream: int, count: int = 1) -> None:
        """Make ``count`` channels of one ``stream`` of a seed; streams are independent of each other."""
        key = np.random.SeedSequence((seed, stream)).generate_state(1, np.uint64)
        self._channels: WordArray = key + np.arange(count, dtype=np.uint64) * _ODD

    def words(self, knots: IntArray) -> WordArray:
        """Return 64 random bits by knot and channel."""
        word = (knots.astype(np.uint64) * _GOLDEN)[:, None] + self._channels
        word ^= word >> np.uint64(30)
        word *= _MIX_1
        word ^= word >> np.uint64(27)
        word *= _MIX_2
        word ^= word >> np.uint64(31)
        return word

    def uniform(self, knots: IntArray) -> FloatArray:
        """Return numbers in [0, 1) by knot and channel."""
        numbers: FloatArray = (self.words(knots) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return numbers

    def normal(self, knots: IntArray) -> FloatArray:
        """Return numbers of mean 0 and deviation 1 by knot and channel: sums of four uniform ones, never past 3.5."""
        words = self.words(knots)
        halves = words.view(np.uint16).reshape(*words.shape, _HALVES)
        numbers: FloatArray = (halves.sum(axis=-1, dtype=np.float64) - _HALF_MEAN) / _HALF_DEVIATION
        return numbers


class Noise:
    """Smooth noise of mean 0 and deviation 1 at its knots, one channel for each of ``count`` things.

    Between knots that lie ``period_s`` apart the value follows half a cosine.
    """

    def __init__(self, seed: int, stream: int, period_s: float, count: int = 1) -> None:
        """Make the channels of one ``stream`` of a seed; streams are independent of each other."""
        self._knots = Knots(period_s, Draws(seed, stream, count).normal)

    def block(self, times_s: FloatArray) -> FloatArray:
        """Return the value of every channel at each time [s since 1970], by time and channel."""
        left, right, share = self._knots.around(times_s)
        turned = (0.5 - 0.5 * np.cos(np.pi * share))[:, None]
        return left + turned * (right - left)

    def at(self, time_s: float) -> FloatArray:
        """Return the value of every channel at a time [s since 1970]."""
        values: FloatArray = self.block(np.array([time_s]))[0]
        return values


class Steps:
    """A uniform number in [0, 1) for each of ``count`` things, drawn anew every ``period_s``, each on its own beat."""

    def __init__(self, seed: int, stream: int, period_s: float, count: int = 1) -> None:
        """Make the channels of one ``stream`` of a seed."""
        self._period_s = period_s
        self._draws = Draws(seed, stream, count)
        self._beat = Draws(seed, stream + 1_000_000, count).uniform(np.zeros(1, dtype=np.int64))[0]
        self._knots = Knots(period_s, self._draws.uniform)

    def block(self, times_s: FloatArray) -> FloatArray:
        """Return the number of every channel at each time [s since 1970], by time and channel."""
        left, right, share = self._knots.around(times_s)
        return np.where(share[:, None] < self._beat, left, right)

    def since_s(self, times_s: FloatArray) -> FloatArray:
        """Return for how long [s] every channel has had its number at each time."""
        share = times_s[:, None] / self._period_s - self._beat
        since_s: FloatArray = (share - np.floor(share)) * self._period_s
        return since_s
