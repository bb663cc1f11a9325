"""Things that go wrong in a plant, with an onset that is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from simulators.plant.levers import Levers


class Recirculation(msgspec.Struct, frozen=True, kw_only=True):
    """Exhaust air finds its way back to the front of one rack: a blanking panel is missing at its top.

    From ``onset_s`` [s since 1970] ``share`` is added to the rack's share of own exhaust within ``ramp_s``.
    """

    rack: int
    onset_s: float
    ramp_s: float = 30.0
    share: float = 0.22

    def apply(self, levers: Levers, time_s: float) -> None:
        """Open the way for the air."""
        progress = min(1.0, max(0.0, (time_s - self.onset_s) / max(self.ramp_s, 1e-9)))
        levers.air.recirculation_add[self.rack] += self.share * progress

    def next_change_s(self, time_s: float) -> float:
        """Return when the share changes next."""
        if time_s < self.onset_s:
            return self.onset_s
        return time_s if time_s < self.onset_s + self.ramp_s else math.inf
