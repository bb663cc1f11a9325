"""Two sensors of a device that have changed places: their difference turns round while their sum stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import DAY_S, HOUR_S, Frame, Kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.gate.columns import FloatArray
    from analytics.gate.traits import Traits

MEMORY_S = 12 * HOUR_S
SUM_MEMORY_S = 2 * HOUR_S
WARM = 144
"""Half a day of blocks."""
LEAST_K = 0.3
LEAST_SHARE = 0.05
LEAST_RELATIVE = 0.2
SPREADS = 3.0
NEAR = 0.3
SUM_NEAR = 0.5
HOLD = 6
ABRUPT = 2
STANDS_S = 7 * DAY_S
MOST = 60_000


class Swap(Kernel):
    """Keeps difference and sum of every pair of sensors; its state has one row a pair, not one a series."""

    def __init__(self, traits: Traits) -> None:
        """Make the state."""
        fields = {
            "apart": field("f4", np.nan),
            "spread": field(),
            "sum": field("f4", np.nan),
            "seen": field("u2"),
            "held": field("u1"),
            "begun_s": field("u4"),
            "swapped": field("u1"),
            "near": field("u1"),
        }
        super().__init__(fields, len(traits.neighbours.pairs))
        self.adopt(traits)

    def adopt(self, traits: Traits) -> None:
        """Take the pairs of more series; those that were there stay first."""
        self._pairs = traits.neighbours.pairs
        first = self._pairs[:, 0]
        self._celsius = np.array([unit == "Cel" for unit in traits.units], dtype=np.bool_)[traits.unit[first]]
        self._share = np.array([unit == "1" for unit in traits.units], dtype=np.bool_)[traits.unit[first]]

    def carried(self, traits: Traits, before: Mapping[tuple[int, int], int]) -> Swap:
        """Return the kernel of more series; ``before`` gives the row of each pair that is known already."""
        fresh = Swap(traits)
        old, new = self.state.snapshot("swap"), fresh.state.snapshot("swap")
        for row, (one, other) in enumerate(fresh._pairs.tolist()):
            at = before.get((one, other))
            if at is not None:
                for name, array in new.items():
                    array[row] = old[name][at]
        fresh.state.resume("swap", new)
        return fresh

    def tick(self, frame: Frame, mean: FloatArray, seconds: float) -> None:
        """Judge a block."""
        if not len(self._pairs):
            return
        state = self.state
        one, other = mean[self._pairs[:, 0]], mean[self._pairs[:, 1]]
        apart, total = one - other, one + other
        known = ~np.isnan(apart)
        usual = state["apart"]
        size = np.abs(usual)
        least = np.where(self._celsius, LEAST_K, np.where(self._share, LEAST_SHARE, LEAST_RELATIVE * np.abs(total) / 2))
        distinct = (state["seen"] >= WARM) & (size > np.maximum(least, SPREADS * np.sqrt(state["spread"])))
        swapped = state["swapped"] > 0
        turned = known & distinct & ~swapped & (np.abs(apart + usual) < NEAR * size)
        turned &= np.abs(total - state["sum"]) < SUM_NEAR * size
        held, near = state["held"], state["near"]
        # It turns round from one block to the next; what comes and goes with the day does not.
        turned &= (held > 0) | (near > 0)
        as_before = known & (np.abs(apart - usual) < NEAR * size)
        near[known & (near > 0)] -= 1
        near[as_before] = ABRUPT
        state["begun_s"][turned & (held == 0)] = frame.now_s
        held[turned] += 1
        held[known & ~turned] = 0
        self._tell(frame, turned & (held >= HOLD), as_before, mean)
        self._learn(known & ~turned & (state["swapped"] == 0), apart, total, seconds)

    def _tell(self, frame: Frame, found: np.ndarray, over: np.ndarray, mean: FloatArray) -> None:
        state = self.state
        swapped = state["swapped"]
        old = (swapped > 0) & (frame.now_s - state["begun_s"] > STANDS_S)
        state["apart"][old] *= -1.0
        ended = (swapped > 0) & (over | old)
        for number, where in ((1, found & (swapped == 0)), (0, ended)):
            for pair in np.flatnonzero(where):
                series = np.zeros(len(mean), dtype=np.bool_)
                series[self._pairs[pair]] = True
                if number:
                    a, b = self._pairs[pair]
                    before = mean.copy()
                    before[a], before[b] = mean[b], mean[a]
                    frame.standing.stand(Fault.SWAP, series, state["begun_s"][pair], before, mean)
                else:
                    frame.standing.over(Fault.SWAP, series)
            swapped[where] = number

    def _learn(self, where: np.ndarray, apart: FloatArray, total: FloatArray, seconds: float) -> None:
        state = self.state
        usual, spread, sums, seen = state["apart"], state["spread"], state["sum"], state["seen"]
        first = where & np.isnan(usual)
        usual[first] = apart[first]
        sums[first] = total[first]
        rate = np.maximum(1.0 / (seen + 1.0), min(1.0, seconds / MEMORY_S))
        off = apart - usual
        np.add(usual, rate * off, out=usual, where=where, casting="same_kind")
        np.add(spread, rate * (off * off - spread), out=spread, where=where, casting="same_kind")
        sum_rate = np.maximum(1.0 / (seen + 1.0), min(1.0, seconds / SUM_MEMORY_S))
        np.add(sums, sum_rate * (total - sums), out=sums, where=where, casting="same_kind")
        seen[where & (seen < MOST)] += 1
