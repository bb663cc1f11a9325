"""Values that no sensor of the kind can measure: out of range, negative power, or a number that stands for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import HOUR_S, Frame, Kernel

if TYPE_CHECKING:
    from analytics.gate.columns import BoolArray, FloatArray
    from analytics.gate.traits import Traits

SURE = 2.5
"""Three within about an hour are told."""
LINGER_S = HOUR_S
NEGATIVE_SHARE = 0.02
NEGATIVE_LEAST = 1.0
"""Meters without a load may show a watt below 0."""
POSITIVE_RUN = 50
"""Power that has been above 0 for so many readings should stay there."""
FAR_K = 10.0
FAR_SCALES = 8.0


class Plausible(Kernel):
    """Counts values that cannot be; each of them is left out at once."""

    def __init__(self, traits: Traits) -> None:
        """Take bounds and sentinels."""
        fields = {
            "range": field(),
            "sentinel": field(),
            "range_s": field("u4"),
            "sentinel_s": field("u4"),
            "positive": field("u1"),
        }
        super().__init__(fields, len(traits))
        self.adopt(traits)

    def adopt(self, traits: Traits) -> None:
        """Take the bounds of more series."""
        self._low, self._high = traits.low, traits.high
        self._unsigned = traits.unsigned
        self._grain = traits.grain
        self._sentinels, self._counts = traits.sentinel_table()

    def step(self, frame: Frame, ref: FloatArray, scale: FloatArray) -> None:
        """Leave out impossible values; ``ref`` and ``scale`` are what was read last and how far it usually moves."""
        values = frame.values
        sentinel = self._is_sentinel(frame, ref, scale)
        outside = frame.fresh & ((values < self._low) | (values > self._high))
        outside |= self._is_negative(frame, ref)
        outside &= ~sentinel
        self._count(frame, Fault.SENTINEL, sentinel, ref)
        self._count(frame, Fault.RANGE, outside, ref)

    def _is_sentinel(self, frame: Frame, ref: FloatArray, scale: FloatArray) -> BoolArray:
        values, table = frame.values, self._sentinels
        place = np.minimum(np.searchsorted(table, values), len(table) - 1)
        found: BoolArray = frame.fresh & (table[place] == values)
        if found.any():
            found &= self._counts[np.arange(len(values)), place]
            far = np.abs(values - ref) > np.maximum(FAR_K, FAR_SCALES * scale)
            found &= far | np.isnan(ref)
        return found

    def _is_negative(self, frame: Frame, ref: FloatArray) -> BoolArray:
        run = self.state["positive"]
        above = frame.fresh & (frame.values >= 0)
        run[above & (run < POSITIVE_RUN)] += 1
        below: BoolArray = frame.fresh & (frame.values < 0) & self._unsigned
        if not below.any():
            return below
        least = np.maximum(NEGATIVE_LEAST, np.maximum(NEGATIVE_SHARE * np.abs(ref), 5.0 * self._grain))
        # Power that may have either sign shows it early.
        run[below & (run < POSITIVE_RUN)] = 0
        below &= (run >= POSITIVE_RUN) & ~(frame.values >= -least)
        return below

    def _count(self, frame: Frame, fault: Fault, where: BoolArray, ref: FloatArray) -> None:
        state = self.state
        recent = state[fault.key]
        if where.any():
            frame.reject(fault, where)
            recent[where] += 1.0
            state[f"{fault.key}_s"][where] = frame.now_s
            frame.standing.stand(fault, where & (recent >= SURE), frame.now_s, ref, frame.values)

    def tick(self, frame: Frame, seconds: float) -> None:
        """Forget by and by."""
        for fault in (Fault.SENTINEL, Fault.RANGE):
            self.state[fault.key] *= np.float32(np.exp(-seconds / HOUR_S))
            quiet = frame.now_s - self.state[f"{fault.key}_s"] > LINGER_S
            frame.standing.over(fault, quiet)
