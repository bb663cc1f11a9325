"""Stamps that cannot be: in the future, or not after the reading before (a clock set back, a block sent twice)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import HOUR_S, Frame, Kernel
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.gate.traits import Traits

AHEAD_S = 60.0
"""Clocks of edge nodes may be ahead by so much."""
FUTURE_RUN = 3
BACK_RUN = 5
"""So many readings in a row are no coincidence."""
LINGER_S = HOUR_S


class Clock(Kernel):
    """Keeps the newest stamp of each series, and how many in a row were not possible."""

    def __init__(self, traits: Traits) -> None:
        """Make the state."""
        fields = {"newest": field("i8"), "future": field("u1"), "back": field("u1"), "seen_s": field("u4")}
        super().__init__(fields, len(traits))

    def step(self, frame: Frame) -> None:
        """Leave out readings with such stamps, and tell how far off they are [s]."""
        state, stamps = self.state, frame.stamps
        newest = state["newest"]
        future = frame.fresh & (stamps > frame.now_ns + AHEAD_S * NS_PER_SECOND)
        back = frame.fresh & ~future & (newest > 0) & (stamps <= newest)
        fine = frame.fresh & ~future & ~back
        known = fine & (newest > 0)
        np.subtract(stamps, newest, out=frame.interval_s, where=known)
        frame.interval_s /= NS_PER_SECOND
        np.copyto(newest, stamps, where=fine)
        if (state["future"] > 0).any() or (state["back"] > 0).any() or future.any() or back.any():
            self._count(frame, future, back, fine)
        if state["seen_s"].any():
            frame.standing.over(Fault.CLOCK, fine & (frame.now_s - state["seen_s"] > LINGER_S))

    def _count(self, frame: Frame, future: np.ndarray, back: np.ndarray, fine: np.ndarray) -> None:
        state = self.state
        for name, where, run in (("future", future, FUTURE_RUN), ("back", back, BACK_RUN)):
            counts = state[name]
            counts[where] = np.minimum(counts[where] + 1, 200)
            counts[fine] = 0
            held = where & (counts >= run)
            base = frame.now_ns if name == "future" else state["newest"]
            off_s = (frame.stamps - base) / NS_PER_SECOND
            frame.standing.stand(Fault.CLOCK, held, frame.now_s, np.zeros(len(off_s)), off_s)
            state["seen_s"][held] = frame.now_s
        frame.reject(Fault.CLOCK, future | back)
