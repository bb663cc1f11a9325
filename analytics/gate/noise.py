"""Sensors whose noise changes: the variance of an hour against that of the days before.

Noise is what is left in second differences: slow changes of what is measured cancel out in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import DAY_S, HOUR_S, Frame, Kernel
from analytics.gate.groups import Groups

if TYPE_CHECKING:
    from analytics.gate.columns import FloatArray
    from analytics.gate.traits import Traits

TIMES = 4.0
SECOND_DIFFERENCE = 6.0
"""The variance of a second difference by that of a value."""
OVERLAP = 1.94
"""Second differences overlap: their variance is as uncertain as that of so many times fewer numbers."""
Z = 6.5
FEWEST = 10
ENOUGH = 36
WINDOW_S, LONG_S = HOUR_S, 3 * HOUR_S
MEMORY_S = 7 * DAY_S
WARM = 8
"""Windows, and a day, before anything is said."""
ROUNDS = 2
CLEARLY = 1.5
"""What is so far beyond the limit needs no second window."""
OWN_SCALES = 5.0
FEWEST_PEERS = 3
SHARED = 2.5
SHARED_S = 3 * HOUR_S
GRAIN_VARIANCE = 1 / 12
QUIET_GRAINS = 4.0
BACK = 2.0
STANDS_S = 7 * DAY_S
MOST = 60_000


class Noise(Kernel):
    """Keeps the last two values, the sum of squares of this window, and mean and spread of the logarithm of before."""

    def __init__(self, traits: Traits) -> None:
        """Make the state."""
        fields = {
            "one": field("f8", np.nan),
            "two": field("f8", np.nan),
            "squares": field(),
            "count": field(),
            "begun_s": field("u4"),
            "usual": field("f4", np.nan),
            "spread": field(),
            "windows": field("u2"),
            "rounds": field("i1"),
            "wild_s": field("u4"),
            "first_s": field("u4"),
        }
        super().__init__(fields, len(traits))
        self.adopt(traits)

    def adopt(self, traits: Traits) -> None:
        """Take what more series are, and their peers."""
        # What a loop controls is as restless as its valve; that is no sensor's noise.
        self._applies = ~np.isnan(traits.drift)
        self._device = Groups(np.where(self._applies, traits.neighbours.device, -1))
        self._zone = Groups(np.where(self._applies, traits.neighbours.zone, -1))

    def step(self, frame: Frame) -> None:
        """Add the squares of a step."""
        state = self.state
        good = frame.good & self._applies
        one, two = state["one"], state["two"]
        if frame.stepped.any():
            one[frame.stepped] = np.nan
        second = frame.values - 2.0 * one + two
        known = good & ~np.isnan(second)
        np.add(state["squares"], second * second, out=state["squares"], where=known, casting="same_kind")
        np.add(state["count"], 1.0, out=state["count"], where=known, casting="same_kind")
        np.copyto(two, one, where=good)
        np.copyto(one, frame.values, where=good)
        # A step is no noise.
        two[frame.stepped] = np.nan

    def tick(self, frame: Frame, grain: FloatArray) -> None:
        """Judge the windows that are over; ``grain`` is what one count of the sensor is worth."""
        state = self.state
        begun = state["begun_s"]
        begun[begun == 0] = frame.now_s
        first = state["first_s"]
        first[first == 0] = frame.now_s
        long_s = frame.now_s - begun
        over = self._applies & (long_s >= WINDOW_S) & (state["count"] >= FEWEST)
        # Slow sensors need longer until chance no longer explains what they do.
        over &= (state["count"] >= ENOUGH) | (long_s >= LONG_S)
        if not over.any():
            return
        count = np.where(over, state["count"], 1.0)
        variance = state["squares"] / count / SECOND_DIFFERENCE
        floor = np.maximum(grain * grain * GRAIN_VARIANCE, 1e-12)
        level = np.log(variance + floor)
        self._judge(frame, over, level, count, np.log(floor))
        state["squares"][over] = 0.0
        state["count"][over] = 0.0
        begun[over] = frame.now_s

    def _judge(self, frame: Frame, over: np.ndarray, level: FloatArray, count: FloatArray, floor: FloatArray) -> None:
        state = self.state
        standing = frame.standing.at(Fault.NOISE)
        usual, spread = state["usual"], state["spread"]
        ratio = np.where(over, level - usual, np.nan)
        peers = self._zone.total(~np.isnan(ratio))
        common = np.where(peers >= FEWEST_PEERS, self._zone.median(ratio), 0.0)
        own = ratio - np.nan_to_num(common)
        chance = Z * np.sqrt(2.0 * OVERLAP / count)
        # A loop that hunts shows in more than one sensor of its device, if not in the same window.
        state["wild_s"][over & (np.abs(own) > np.maximum(np.log(SHARED), chance / 2.0))] = frame.now_s
        shared = self._device.total(frame.now_s - state["wild_s"] < SHARED_S) > 1
        limit = np.maximum(np.log(TIMES), np.maximum(chance, OWN_SCALES * np.sqrt(spread)))
        ready = over & (state["windows"] >= WARM) & (frame.now_s - state["first_s"] > DAY_S)
        louder = ready & ~shared & (own > limit) & (ratio > np.log(TIMES))
        # Below one count of the sensor nobody sees how quiet it is.
        quieter = ready & ~shared & (own < -limit) & (ratio < -np.log(TIMES)) & (usual > floor + np.log(QUIET_GRAINS))
        # What does not move at all is stuck, not quiet.
        quieter &= state["squares"] > 0
        rounds = state["rounds"]
        rounds[over] = np.where(louder, np.maximum(rounds, 0) + 1, np.where(quieter, np.minimum(rounds, 0) - 1, 0))[
            over
        ]
        np.clip(rounds, -100, 100, out=rounds)
        found = over & ((np.abs(rounds) >= ROUNDS) | (louder & (own > CLEARLY * limit)))
        frame.standing.stand(Fault.NOISE, found, frame.now_s, np.exp(usual / 2.0), np.exp(level / 2.0))
        since = frame.standing.state["since_s"][:, Fault.NOISE]
        calm = over & ((np.abs(own) < np.log(BACK)) | (frame.now_s - since > STANDS_S))
        frame.standing.over(Fault.NOISE, calm)
        self._learn(over & ~standing & ~louder & ~quieter, ratio, level)

    def _learn(self, where: np.ndarray, ratio: FloatArray, level: FloatArray) -> None:
        state = self.state
        usual, spread, windows = state["usual"], state["spread"], state["windows"]
        first = where & np.isnan(usual)
        usual[first] = level[first]
        later = where & ~first
        rate = np.maximum(1.0 / (windows + 1.0), WINDOW_S / MEMORY_S)
        np.add(usual, rate * ratio, out=usual, where=later, casting="same_kind")
        np.add(spread, rate * (ratio * ratio - spread), out=spread, where=later, casting="same_kind")
        windows[where & (windows < MOST)] += 1
