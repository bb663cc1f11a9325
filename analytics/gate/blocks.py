"""Means of five minutes, which the slow kernels look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import Frame, Kernel

if TYPE_CHECKING:
    from analytics.gate.columns import FloatArray
    from analytics.gate.traits import Traits


class Means:
    """Means of one block: of trusted readings, and of all that are numbers in a wrong unit at worst."""

    def __init__(self, good: FloatArray, raw: FloatArray) -> None:
        """Take the means, NaN where there was nothing."""
        self.good = good
        self.raw = raw


class Blocks(Kernel):
    """Adds up readings until the block is over."""

    def __init__(self, traits: Traits) -> None:
        """Make the sums."""
        super().__init__({"sum": field("f8"), "count": field(), "raw": field("f8"), "raws": field()}, len(traits))

    def step(self, frame: Frame) -> None:
        """Add the readings of a step."""
        state = self.state
        good = frame.good
        raw = good
        if (frame.moment != 0).any():
            raw = good | ((frame.moment == Fault.RANGE) & np.isfinite(frame.values))
        for total, count, where in (("sum", "count", good), ("raw", "raws", raw)):
            sums = state[total]
            np.add(sums, frame.values, out=sums, where=where)
            counts = state[count]
            np.add(counts, 1.0, out=counts, where=where, casting="same_kind")

    def take(self) -> Means:
        """Return the means of the block and begin the next one."""
        state = self.state
        found = []
        for total, count in (("sum", "count"), ("raw", "raws")):
            known = state[count] > 0
            found.append(np.divide(state[total], state[count], out=np.full(len(known), np.nan), where=known))
            state[total] = 0.0
            state[count] = 0.0
        return Means(*found)
