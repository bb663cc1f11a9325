"""Things that go wrong in a plant, with an onset that is known."""

from __future__ import annotations

import msgspec


class Recirculation(msgspec.Struct, frozen=True, kw_only=True):
    """Exhaust air finds its way back to the front of one rack: a blanking panel is missing at its top.

    From ``onset_s`` [s since 1970] the rack's share of own exhaust moves to ``share`` within ``ramp_s``.
    """

    rack: int
    onset_s: float
    ramp_s: float = 30.0
    share: float = 0.25

    def progress(self, time_s: float) -> float:
        """Return how far the fault has come, 0 before the onset and 1 when it is complete."""
        return min(1.0, max(0.0, (time_s - self.onset_s) / max(self.ramp_s, 1e-9)))
