"""Series that fall silent, and series that lose far more readings than they used to.

A series has dropped out when nothing came for three periods. That is told as a finding only once chance cannot explain
it: one that loses readings now and then is waited for a little longer. A pace counts once it has held for some minutes:
a backlog that arrives at once, or an odd burst, is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import Frame, Kernel
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.gate.columns import BoolArray, FloatArray, TimeArray
    from analytics.gate.traits import Traits

PERIODS = 3.0
CHANCE_NATS = 25.0
"""A silence is no chance when losing that many readings in a row has odds below exp(-25)."""
LEAST_LOSS = 0.01
ALL_LOST = 0.95
WARM = 10
NEAR = 1.02
STEP = 1.03
OTHER_PACE = 4
"""So many intervals in a row of another length are a new pace."""
OTHER_MOST = 250
HELD_S = 300.0
"""A pace has held for this long [s] before it is believed; a backlog of hours arrives in less."""
FAST, SLOW = 1 / 100, 1 / 3000
LOSSY = 0.25
LOSSY_TIMES = 4.0
LOSSY_READINGS = 300
MOST_SEEN = 60_000
MOST_MISSED = 5.0
"""A long silence is no loss of single readings."""


class Dropout(Kernel):
    """Keeps the usual period of each series and how many readings it misses for each that comes, now and usually."""

    def __init__(self, traits: Traits) -> None:
        """Make the state. Declared periods are not used: history may have been filled at another pace."""
        fields = {
            "period_s": field("f4", np.nan),
            "held_s": field(),
            "other_s": field(),
            "other_held_s": field(),
            "other": field("u1"),
            "missed": field(),
            "usual": field(),
            "seen": field("u2"),
        }
        super().__init__(fields, len(traits))

    def step(self, frame: Frame, newest: TimeArray) -> BoolArray:
        """Learn from what came; return which series are silent."""
        state = self.state
        known = frame.good & ~np.isnan(frame.interval_s)
        period = state["period_s"]
        begin = known & np.isnan(period)
        if begin.any():
            period[begin] = frame.interval_s[begin]
        if known.any():
            self._learn(frame.interval_s, known)
        seen = state["seen"]
        seen[frame.good & (seen < MOST_SEEN)] += 1
        age_s = (frame.now_ns - newest) / NS_PER_SECOND
        paced = (seen >= WARM) & (state["held_s"] >= HELD_S)
        silent = ~frame.good & paced & (age_s > PERIODS * period) & ~frame.fresh
        self._tell(frame, silent, age_s)
        return silent

    def _learn(self, interval_s: FloatArray, known: BoolArray) -> None:
        state = self.state
        period = state["period_s"]
        ratio = np.divide(interval_s, period, out=np.ones(len(period)), where=known)
        another = known & ((ratio > PERIODS - 0.5) | (ratio < 1.0 / (PERIODS - 0.5)))
        alike = known & ~another
        nudge = np.where(ratio > NEAR, STEP, np.where(ratio < 1.0 / NEAR, 1.0 / STEP, 1.0))
        np.multiply(period, nudge, out=period, where=alike, casting="same_kind")
        np.add(state["held_s"], interval_s, out=state["held_s"], where=alike, casting="same_kind")
        if another.any() or state["other"].any():
            self._change(interval_s, another, alike)
        missed = np.clip(np.rint(ratio) - 1.0, 0.0, MOST_MISSED)
        for name, least in (("missed", FAST), ("usual", SLOW)):
            rate = np.maximum(least, 1.0 / (state["seen"] + 10.0))
            mean = state[name]
            np.add(mean, rate * (missed - mean), out=mean, where=known, casting="same_kind")

    def _change(self, interval_s: FloatArray, another: BoolArray, alike: BoolArray) -> None:
        """Take a pace over that is another one for good; what was learned of less than one such interval gives way."""
        state = self.state
        period, other_s, held_s, other = (state[name] for name in ("period_s", "other_s", "other_held_s", "other"))
        # After a silence comes its backlog: a long interval and short ones are no pace together.
        turned = another & (other > 0) & ((other_s < period) != (interval_s < period))
        other[alike | turned] = 0
        first = another & (other == 0)
        held_s[first] = 0.0
        shorter = np.where(first, interval_s, np.minimum(interval_s, other_s))
        np.copyto(other_s, shorter, where=another, casting="same_kind")
        np.add(held_s, interval_s, out=held_s, where=another, casting="same_kind")
        other[another & (other < OTHER_MOST)] += 1
        for_good = (interval_s > period) | (held_s >= np.maximum(HELD_S, PERIODS * period))
        changed = another & (other >= OTHER_PACE) & for_good
        changed |= another & (interval_s > np.maximum(period, state["held_s"]))
        period[changed] = other_s[changed]
        state["held_s"][changed] = held_s[changed]
        other[changed] = 0

    def _tell(self, frame: Frame, silent: BoolArray, age_s: FloatArray) -> None:
        state, standing = self.state, frame.standing
        period = state["period_s"]
        if silent.any():
            missed = age_s / period - 1.0
            chance = np.minimum(_share(state["missed"]) + LEAST_LOSS, ALL_LOST)
            sure = silent & (missed * -np.log(chance) > CHANCE_NATS)
            standing.stand(Fault.DROPOUT, sure, frame.now_s - age_s, period, age_s)
        standing.over(Fault.DROPOUT, frame.good)
        enough = frame.good & (state["seen"] >= LOSSY_READINGS)
        loss, usual = _share(state["missed"]), _share(state["usual"])
        lossy = enough & (loss > np.maximum(LOSSY, LOSSY_TIMES * usual))
        standing.stand(Fault.LOSSY, lossy, frame.now_s, usual, loss)
        standing.over(Fault.LOSSY, frame.good & (loss < LOSSY / 2.0))


def _share(missed: FloatArray) -> FloatArray:
    """Return the share of readings that is lost where so many are missed for each that comes."""
    return missed / (1.0 + missed)
