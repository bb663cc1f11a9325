"""Sensors that wander off from their peers in the zone, over days.

Six-hour means of sensor minus median of its peers; the mean of the last day is compared with a reference that moves so
slowly (thirty days) that a drift adds up against it. What a whole rack or a whole zone does is no drift of a sensor.
What leaps from one quarter of a day to the next is none either: a missing blanking panel does that, and the reference
is then learned anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import DAY_S, Frame, Kernel
from analytics.gate.groups import Groups

if TYPE_CHECKING:
    from analytics.gate.columns import BoolArray, FloatArray
    from analytics.gate.traits import Traits

QUARTER_S = DAY_S / 4
QUARTERS = 4
LEARN = 8
"""The first two days are the reference."""
REFERENCE = 1 / 120
FEWEST_PEERS = 4
SCALES = 6.0
MAD = 1.4826
BACK = 0.5
FEWEST_BLOCKS = 8
MOST = 60_000
SIBLINGS = 2
LEAP = 0.7
"""So large a part of the limit within six hours is no drift."""
LEAP_KEPT = 0.97
SLOW = 0.5


class Drift(Kernel):
    """Keeps how far each sensor is from its peers: of late, and as it used to be."""

    def __init__(self, traits: Traits) -> None:
        """Make the state."""
        fields = {
            "sum": field(),
            "count": field("u2"),
            "quarters": field("f4", np.nan, QUARTERS),
            "reference": field("f4", np.nan),
            "level": field("f4", np.nan),
            "seen": field("u2"),
            "leap": field(),
        }
        super().__init__(fields, len(traits))
        self._quarter = -1
        self.adopt(traits)

    def adopt(self, traits: Traits) -> None:
        """Take the peers of more series."""
        self._limit, self._relative = traits.drift, traits.relative
        zone = np.where(np.isnan(traits.drift), -1, traits.neighbours.zone)
        self._zone = Groups(zone)
        self._siblings = Groups(np.where(np.isnan(traits.drift), -1, traits.neighbours.siblings))
        self._any = bool((zone >= 0).any())

    def tick(self, frame: Frame, mean: FloatArray) -> None:
        """Add a block; judge when a quarter of a day is over."""
        if not self._any:
            return
        state = self.state
        peers = self._zone.total(~np.isnan(mean))
        apart = np.where(peers >= FEWEST_PEERS, mean - self._zone.median(mean), np.nan)
        known = ~np.isnan(apart)
        np.add(state["sum"], apart, out=state["sum"], where=known, casting="same_kind")
        state["count"][known] += 1
        np.copyto(state["level"], mean, where=known, casting="same_kind")
        quarter = int(frame.now_s // QUARTER_S)
        if quarter != self._quarter:
            if self._quarter >= 0:
                self._judge(frame)
            self._quarter = quarter

    def _judge(self, frame: Frame) -> None:
        state = self.state
        count = state["count"]
        enough = count >= FEWEST_BLOCKS
        own = np.divide(state["sum"], count, out=np.full(len(count), np.nan, dtype=np.float32), where=enough)
        state["sum"] = 0.0
        state["count"] = 0
        self._relearn(own)
        quarters = state["quarters"]
        quarters[:, :-1] = quarters[:, 1:]
        quarters[:, -1] = own
        day = quarters.mean(axis=1, dtype=np.float64)
        self._learn(own, frame)
        ready = (state["seen"] > LEARN) & ~np.isnan(day)
        change = np.where(ready, day - state["reference"], np.nan)
        wandered = self._wandered(change)
        frame.standing.stand(Fault.DRIFT, wandered, frame.now_s, state["reference"], day)
        limit = self._limits()
        frame.standing.over(Fault.DRIFT, ready & (np.abs(change) < BACK * limit))

    def _learn(self, own: FloatArray, frame: Frame) -> None:
        state = self.state
        known = ~np.isnan(own) & ~frame.standing.at(Fault.DRIFT)
        reference, seen = state["reference"], state["seen"]
        first = known & np.isnan(reference)
        reference[first] = own[first]
        rate = np.where(seen < LEARN, 1.0 / (seen + 1.0), REFERENCE)
        np.add(reference, rate * (own - reference), out=reference, where=known, casting="same_kind")
        seen[known & (seen < MOST)] += 1

    def _relearn(self, own: FloatArray) -> None:
        """Begin anew where a sensor has leapt; keep how far it moved at most from one quarter to the next."""
        state = self.state
        moved = np.nan_to_num(np.abs(own - state["quarters"][:, -1]))
        leapt = moved > LEAP * self._limits()
        state["seen"][leapt] = 0
        state["quarters"][leapt] = np.nan
        state["leap"][...] = np.where(leapt, 0.0, np.maximum(moved, LEAP_KEPT * state["leap"]))

    def _limits(self) -> FloatArray:
        return np.where(self._relative, self._limit * np.abs(self.state["level"]), self._limit)

    def _wandered(self, change: FloatArray) -> BoolArray:
        """Return who changed far more than its peers in the zone did, and than its siblings in the device."""
        limit = self._limits()
        middle = self._zone.median(change)
        own = np.abs(change - middle)
        spread = MAD * self._zone.median(own)
        peers = self._zone.total(~np.isnan(change))
        found = (own > np.maximum(limit, SCALES * spread)) & (peers >= FEWEST_PEERS)
        beside = np.abs(change - self._siblings.median(change))
        alone = self._siblings.total(~np.isnan(change)) <= SIBLINGS
        # Of two sensors nobody knows which one wandered off; the zone does.
        slow = self.state["leap"] < SLOW * own
        return np.asarray(found & slow & (alone | (beside > limit)))

    @property
    def quarter(self) -> int:
        """Return the quarter of a day that is being added up."""
        return self._quarter

    @quarter.setter
    def quarter(self, number: int) -> None:
        self._quarter = number
