"""How busy the servers are: a day and week rhythm, slow drifts and short bursts, a function of absolute time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulators.plant.noise import Noise
from simulators.plant.weather import SECONDS_PER_DAY

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

WEEKEND_FACTOR = 0.82


class Workload:
    """Utilisation [0..1] of ``count`` servers at any time."""

    def __init__(self, seed: int, count: int, local_offset_s: float = 8 * 3600.0) -> None:
        """Draw each server's own level from the seed."""
        self._base = np.random.default_rng((seed, 20)).uniform(0.18, 0.62, count)
        self._offset_s = local_offset_s
        self._common = Noise(seed, 21, 3600.0)
        self._bursts = Noise(seed, 22, 240.0, count)
        self._ripple = Noise(seed, 23, 20.0, count)

    def at(self, time_s: float) -> FloatArray:
        """Return the utilisation of every server at a time [s since 1970]."""
        local_s = time_s + self._offset_s
        rhythm = 1.0 + 0.22 * math.sin(2 * math.pi * (local_s / SECONDS_PER_DAY - 9 / 24))
        # 1970-01-01 was a Thursday, so days 2 and 3 of each seven are a weekend.
        weekend = int(local_s // SECONDS_PER_DAY) % 7 in {2, 3}
        level = rhythm * (WEEKEND_FACTOR if weekend else 1.0) + 0.05 * float(self._common.at(time_s)[0])
        wander = 0.07 * self._bursts.at(time_s) + 0.02 * self._ripple.at(time_s)
        busy: FloatArray = np.clip(self._base * level + wander, 0.02, 0.98)
        return busy
