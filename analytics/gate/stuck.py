"""Values that stand still although what drives them, or their peers, move.

How long a series may stand still is learned from itself: coarse sensors stand for hours. A register is stuck when the
rate beside it has passed through many times what it usually takes for the register to move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import DAY_S, Frame, Kernel
from analytics.gate.groups import Groups

if TYPE_CHECKING:
    from analytics.gate.blocks import Means
    from analytics.gate.columns import BoolArray, FloatArray
    from analytics.gate.traits import Traits

LEAST_S = 1800.0
MOVING_S = 600.0
CHANCE_NATS = 16.0
LONGER, LONGER_COARSE = 2.5, 6.0
"""A stretch must be so many times as long as any natural one of the last weeks; what a coarse sensor shows depends on
where between two counts the value lies, so that yesterday tells less of today."""
FINE_RUN = 1.3
FORGET_S = 14 * DAY_S
WARM_RUNS = 20
RUN_MEMORY = 50.0
LIVELY_RUN = 4.0
ALWAYS = 1.2
"""What moves with nearly every reading need not be watched for a day first."""
STILL_RUNS = 6.0
HALF = 0.5
FEWEST_LOADS = 2
GRAINS = 2.5
FEWEST = 3
LEVEL_SHARE = 0.2
"""Power and the like stand still when a machine idles; only what stands near its usual level is stuck."""
AMOUNT_TIMES = 12.0
RATE_SHARE = 0.1
MOST = 60_000


class Stuck(Kernel):
    """Keeps the held value of each series, since when it stands, how long it usually does, and its smallest change."""

    def __init__(self, traits: Traits) -> None:
        """Make the state."""
        fields = {
            "held": field("f8", np.nan),
            "since_s": field("u4"),
            "first_s": field("u4"),
            "count": field("u2"),
            "run": field("f4", 1.0),
            "runs": field("u2"),
            "longest_s": field(),
            "level": field("f4", np.nan),
            "amount": field(),
            "usual_amount": field(),
            "grain": field("f4", np.inf),
            "peer_low": field("f4", np.nan),
            "peer_high": field("f4", np.nan),
        }
        super().__init__(fields, len(traits))
        self.adopt(traits)

    def adopt(self, traits: Traits) -> None:
        """Take what more series are, and their neighbours."""
        self._measured, self._lively = traits.measured, traits.lively
        self._low, self._high = traits.low, traits.high
        self._metered = traits.register & (traits.neighbours.rate >= 0)
        self._grain = traits.grain
        self._rate = np.maximum(traits.neighbours.rate, 0)
        self._load = traits.load
        self._zone = Groups(np.where(traits.measured & ~traits.load, traits.neighbours.zone, -1))
        self._device = Groups(np.where(traits.lively, traits.neighbours.device, -1))
        self._place = Groups(np.where(traits.load, traits.neighbours.place, -1))

    def step(self, frame: Frame) -> None:
        """Count how long values stand."""
        state = self.state
        held, since, count = state["held"], state["since_s"], state["count"]
        changed = frame.good & (frame.values != held)
        if changed.any():
            run_s = np.where(changed & (since > 0), frame.now_s - since, 0.0)
            rate = 1.0 / np.minimum(RUN_MEMORY, state["runs"] + 1.0)
            natural = changed & ~frame.standing.at(Fault.STUCK)
            state["run"][natural] += (rate * (count - state["run"]))[natural]
            state["usual_amount"][natural] += (rate * (state["amount"] - state["usual_amount"]))[natural]
            state["longest_s"][natural] = np.maximum(state["longest_s"], run_s)[natural]
            state["runs"][natural & (state["runs"] < MOST)] += 1
            apart = np.abs(frame.values - held)
            np.fmin(state["grain"], apart, out=state["grain"], where=changed, casting="same_kind")
            np.copyto(held, frame.values, where=changed)
            since[changed] = frame.now_s
            count[changed] = 0
            state["amount"][changed] = 0.0
            state["peer_low"][changed] = np.nan
            frame.standing.over(Fault.STUCK, changed)
        count[frame.good & (count < MOST)] += 1

    def grain(self) -> FloatArray:
        """Return what one count is worth: as the profile says, else the smallest change that was ever seen."""
        learned = self.state["grain"]
        return np.where(self._grain > 0, self._grain, np.where(np.isinf(learned), 0.0, learned))

    def tick(self, frame: Frame, means: Means, period_s: FloatArray, seconds: float) -> None:
        """Judge what stands still."""
        state = self.state
        stood_s = frame.now_s - state["since_s"]
        heard = ~np.isnan(means.good)
        self._follow_peers(means.good)
        self._learn_level(means.good, heard, seconds)
        lively = self._measured & (state["runs"] >= WARM_RUNS) & (state["run"] <= LIVELY_RUN)
        pace_s = np.nan_to_num(np.maximum(period_s, 1.0), nan=60.0)
        moving = lively & (stood_s <= np.maximum(MOVING_S, STILL_RUNS * state["run"] * pace_s))
        first = state["first_s"]
        first[heard & (first == 0)] = frame.now_s
        known = (frame.now_s - first > DAY_S) | (state["run"] <= ALWAYS)
        still = heard & known & self._measured & (state["runs"] >= WARM_RUNS) & (stood_s >= LEAST_S)
        longer = np.where(state["run"] <= FINE_RUN, LONGER, LONGER_COARSE)
        still &= (state["count"] > CHANCE_NATS * state["run"]) & (stood_s > longer * state["longest_s"])
        still &= self._unlimited()
        if still.any():
            still &= self._driven(still, lively, moving)
        full = self._metered & heard & self._passed(means.good, seconds) & (stood_s >= LEAST_S)
        found = still | full
        frame.standing.stand(Fault.STUCK, found, state["since_s"], state["held"], state["held"])
        state["longest_s"] *= np.float32(np.exp(-seconds / FORGET_S))

    def _learn_level(self, mean: FloatArray, heard: BoolArray, seconds: float) -> None:
        level = self.state["level"]
        moves = heard & (self.state["count"] <= RUN_MEMORY)
        begin = moves & np.isnan(level)
        np.copyto(level, mean, where=begin, casting="same_kind")
        np.add(level, seconds / DAY_S * (mean - level), out=level, where=moves, casting="same_kind")

    def _unlimited(self) -> BoolArray:
        """Return which held values are not at the end of their range, and of power which are near the usual level."""
        held = self.state["held"]
        inside = (held > self._low) & (held < self._high)
        near = np.abs(held) >= np.maximum(LEVEL_SHARE * np.abs(self.state["level"]), 1e-9)
        return np.asarray(inside & (self._lively | near))

    def _follow_peers(self, mean: FloatArray) -> None:
        """Keep between which values the median of the peers has been since the value stands."""
        low, high = self.state["peer_low"], self.state["peer_high"]
        middle = np.where(self._zone.total(~np.isnan(mean)) >= FEWEST, self._zone.median(mean), np.nan)
        begin = np.isnan(low)
        high[begin] = middle[begin]
        np.copyto(low, np.fmin(low, middle), casting="same_kind")
        np.copyto(high, np.fmax(high, middle), casting="same_kind")

    def _driven(self, still: BoolArray, lively: BoolArray, moving: BoolArray) -> BoolArray:
        """Return where something says that the value should have moved.

        Peers have gone further than a count of the sensor could hide; or, for a fine sensor, most others of its device
        move. Loads have no peers: only power and current of the same outlet or phase tell of one another.
        """
        others, movers = lively & ~still, moving & ~still
        found = np.zeros(len(still), dtype=np.bool_)
        fine = self.state["run"] <= FINE_RUN
        count, of = self._device.total(movers), self._device.total(others)
        found |= fine & self._lively & (count >= 1) & (count >= HALF * of)
        # A rack that is loaded to the full hardly moves: each of its loads must, to blame the one that does not.
        count, of = self._place.total(movers), self._place.total(others)
        found |= fine & self._load & (of >= FEWEST_LOADS) & (count == of)
        span = self.state["peer_high"] - self.state["peer_low"]
        return np.asarray(found | (~self._load & (span > GRAINS * self.grain()) & (span > 0)))

    def _passed(self, mean: FloatArray, seconds: float) -> BoolArray:
        """Return which registers should have moved by what their rates say."""
        state = self.state
        rate = np.where(self._metered, mean[self._rate], np.nan)
        level = np.abs(state["level"][self._rate])
        runs = self._metered & (rate > RATE_SHARE * level)
        amount = state["amount"]
        np.add(amount, rate * seconds, out=amount, where=runs, casting="same_kind")
        # Within one block it is not known when a register moved.
        usual = np.maximum(state["usual_amount"], level * seconds)
        return np.asarray(runs & (state["runs"] >= WARM_RUNS) & (amount > AMOUNT_TIMES * usual))
