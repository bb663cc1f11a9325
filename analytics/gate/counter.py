"""Registers that fall: a wrap is none, a reset is told as such, and anything else counts backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import DAY_S, Frame, Kernel

if TYPE_CHECKING:
    from analytics.gate.columns import BoolArray, FloatArray, TimeArray
    from analytics.gate.traits import Traits

SLACK = 1e-7
"""Registers that come as 32-bit floats are no finer."""
NEAR_END = 0.98
RESET_SHARE = 0.02
RESET_STEPS = 30.0
EXACT = 2e-3
"""A register times ten is exactly ten times what it was."""
FAR_STEPS = 1000.0
LINGER_S = DAY_S
MEMORY = 64.0


class Counter(Kernel):
    """Keeps what each register showed last, and by how much it usually rises."""

    def __init__(self, traits: Traits) -> None:
        """Make the state."""
        fields = {"last": field("f8", np.nan), "rise": field(), "seen": field("u1"), "told_s": field("u4")}
        super().__init__(fields, len(traits))
        self.adopt(traits)

    def adopt(self, traits: Traits) -> None:
        """Take what more series are."""
        self._counter, self._register, self._modulus = traits.counter, traits.register, traits.modulus
        self._any = bool(traits.counter.any())
        self._factors, _, counts = traits.conversion_table()
        self._counts = counts & traits.register[:, None]

    def step(self, frame: Frame) -> None:
        """Leave out readings of registers that fall or leap."""
        if not self._any:
            return
        state = self.state
        last, rise = state["last"], state["rise"]
        good = frame.good & self._counter
        moved = np.subtract(frame.values, last, out=np.zeros(len(good)), where=good)
        moved[np.isnan(moved)] = 0.0
        fell = moved < -SLACK * np.abs(last)
        leapt = (moved > FAR_STEPS * rise) & (state["seen"] >= MEMORY) & (rise > 0) & (moved > 0.5 * np.abs(last))
        odd = good & (fell | leapt)
        if odd.any():
            self._judge(frame, odd, fell)
        steady = good & ~odd & ~np.isnan(last)
        rate = 1.0 / np.minimum(MEMORY, state["seen"] + 1.0)
        np.add(rise, rate * (moved - rise), out=rise, where=steady, casting="same_kind")
        state["seen"][good & (state["seen"] < MEMORY)] += 1
        np.copyto(last, frame.values, where=good)
        if state["told_s"].any():
            calm = frame.now_s - state["told_s"] > LINGER_S
            for fault in (Fault.RESET, Fault.BACKWARDS):
                frame.standing.over(fault, calm & self._counter)

    def _judge(self, frame: Frame, odd: BoolArray, fell: BoolArray) -> None:
        at = np.flatnonzero(odd)
        before, after, rise = self.state["last"][at], frame.values[at], self.state["rise"][at]
        unit = self._converted(at, before, after)
        wrap = fell[at] & (unit == 0) & self._wrapped(at, before, after)
        reset = fell[at] & (unit == 0) & ~wrap & (after <= np.maximum(RESET_SHARE * before, RESET_STEPS * rise))
        back = fell[at] & (unit == 0) & ~wrap & ~reset
        self._tell(frame, Fault.RESET, at[reset & self._register[at]])
        self._tell(frame, Fault.BACKWARDS, at[back & self._register[at]])
        self._tell_units(frame, at, unit)
        refused = np.zeros(len(odd), dtype=np.bool_)
        refused[at[back]] = True
        frame.reject(Fault.BACKWARDS, refused)

    def _wrapped(self, at: TimeArray, before: FloatArray, after: FloatArray) -> BoolArray:
        end = self._modulus[at]
        positive = np.maximum(before, 1.0)
        # Displays of so many digits start again at 0, too.
        decimal, binary = 10.0 ** np.ceil(np.log10(positive)), 2.0 ** np.ceil(np.log2(positive))
        found: BoolArray = (end > 0) & (before >= NEAR_END * end) & (before <= end) & (after <= (1.0 - NEAR_END) * end)
        # Where the end is only guessed the register must have been about to reach it.
        near = RESET_STEPS * self.state["rise"][at]
        for one in (decimal, binary):
            found |= (one - before <= near) & (after <= near)
        return found

    def _converted(self, at: TimeArray, before: FloatArray, after: FloatArray) -> TimeArray:
        wanted = before[:, None] * self._factors[None, :]
        slack = EXACT * np.abs(wanted)
        fits = (
            (np.abs(after[:, None] - wanted) <= slack) & self._counts[at] & (self._factors > 0) & (before > 0)[:, None]
        )
        return np.where(fits.any(axis=1), fits.argmax(axis=1) + 1, 0)

    def _tell(self, frame: Frame, fault: Fault, at: TimeArray) -> None:
        where = np.zeros(len(frame.good), dtype=np.bool_)
        where[at] = True
        self.state["told_s"][at] = frame.now_s
        frame.standing.stand(fault, where, frame.now_s, self.state["last"], frame.values)

    def _tell_units(self, frame: Frame, at: TimeArray, unit: TimeArray) -> None:
        """Let a mistake of units stand until the register leaps back by the same factor."""
        standing = frame.standing
        where = np.zeros(len(frame.good), dtype=np.bool_)
        where[at[unit > 0]] = True
        ends = where & standing.at(Fault.UNIT)
        begins = where & ~ends
        standing.over(Fault.UNIT, ends)
        standing.state["conversion"][at] = np.where(unit > 0, unit, standing.state["conversion"][at])
        standing.stand(Fault.UNIT, begins, frame.now_s, self.state["last"], frame.values)
