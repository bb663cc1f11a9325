"""Mistakes of units: a level that leaps to exactly what another unit would say, and stays there."""

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

BEYOND = 1.5
"""The new level must be so far beyond everything that has been seen."""
WARM_BLOCKS = 288
ALONE_BLOCKS = 864
NEAR = 0.06
NEAR_ALONE = 0.03
NEAR_FAR, FAR = 0.1, 5.0
"""Loads move while a leap is looked at; large factors are told from each other all the same."""
AGREE = 3
"""So many blocks in a row must say the same; the first one of a leap is half of each."""
LEVEL = 1 / 3
GRAINS = 20.0
MOVED_SHARE, MOVED_K, GRAINS_MOVED = 0.15, 1.5, 3.0
"""What moves by more from one block to the next takes part in what happens."""
MOVED_S = 1800.0
FORGET_S = 14 * DAY_S
STANDS_S = 7 * DAY_S
MOST = 60_000


class Conversion(Kernel):
    """Keeps the level of each series, the range it has had, and a leap that is being looked at."""

    def __init__(self, traits: Traits) -> None:
        """Make the state."""
        fields = {
            "level": field("f4", np.nan),
            "low": field("f4", np.nan),
            "high": field("f4", np.nan),
            "blocks": field("u2"),
            "leap": field("u1"),
            "agree": field("u1"),
            "kind": field("u1"),
            "leapt_s": field("u4"),
            "moved_s": field("u4"),
        }
        super().__init__(fields, len(traits))
        self.adopt(traits)

    def adopt(self, traits: Traits) -> None:
        """Take what more series are."""
        self._gauge = traits.gauge
        self._celsius = np.array([unit == "Cel" for unit in traits.units], dtype=np.bool_)[traits.unit]
        self._grain = traits.grain
        self._factors, self._offsets, self._counts = traits.conversion_table()
        self._far = np.maximum(np.abs(self._factors), 1.0 / np.abs(self._factors)) >= FAR
        self._device = Groups(traits.neighbours.device)
        self._siblings = Groups(traits.neighbours.siblings)

    def tick(self, frame: Frame, raw: FloatArray, seconds: float) -> None:
        """Judge a block, with values that are out of range among them."""
        state, standing = self.state, frame.standing
        known = self._gauge & ~np.isnan(raw)
        stands = standing.at(Fault.UNIT) & self._gauge
        outside = known & (state["blocks"] >= WARM_BLOCKS) & self._outside(raw)
        least = np.where(self._celsius, MOVED_K, MOVED_SHARE * np.abs(state["level"]))
        state["moved_s"][known & (np.abs(raw - state["level"]) > np.maximum(least, GRAINS_MOVED * self._grain))] = (
            frame.now_s
        )
        begins = outside & (state["leap"] == 0) & ~stands
        state["leapt_s"][begins] = frame.now_s
        follows = outside & (state["leap"] > 0) & ~stands
        if begins.any() or follows.any():
            self._follow(frame, raw, begins, follows)
        back = known & ~outside
        if stands.any():
            old = frame.now_s - standing.state["since_s"][:, Fault.UNIT] > STANDS_S
            standing.over(Fault.UNIT, stands & (back | old))
            self._accept(raw, stands & old & known)
        if (state["leap"] > 0).any():
            state["leap"][back] = 0
            state["agree"][back] = 0
        self._learn(raw, known & (state["leap"] == 0) & ~standing.at(Fault.UNIT), seconds)

    def _outside(self, raw: FloatArray) -> BoolArray:
        low, high = self.state["low"], self.state["high"]
        most = np.maximum(np.abs(low), np.abs(high))
        same = np.sign(low) * np.sign(high) > 0
        least = np.where(same, np.minimum(np.abs(low), np.abs(high)), 0.0)
        size = np.abs(raw)
        turned = same & (np.sign(raw) == -np.sign(low))
        return np.asarray((size > BEYOND * most) | (size < least / BEYOND) | turned)

    def _follow(self, frame: Frame, raw: FloatArray, begins: BoolArray, follows: BoolArray) -> None:
        state = self.state
        state["leap"][begins | follows] += 1
        kind = self._kind(raw, begins | follows)
        same = follows & (kind > 0) & ((kind == state["kind"]) | (state["agree"] == 0))
        first = begins & (kind > 0)
        state["agree"][first] = 1
        state["agree"][same] += 1
        state["kind"][first | same] = kind[first | same]
        # The first block may be half of each unit, and then fits nothing or something else.
        late = follows & ~same & (state["leap"] == LATEST_BEGIN)
        state["agree"][late] = kind[late] > 0
        state["kind"][late] = kind[late]
        other = follows & ~same & ~late
        self._accept(raw, other)
        sure = same & (state["agree"] >= AGREE)
        if sure.any():
            real = sure & self._others_move(frame)
            self._accept(raw, real)
            told = sure & ~real
            frame.standing.state["conversion"][told] = state["kind"][told]
            frame.standing.stand(Fault.UNIT, told, state["leapt_s"], state["level"], raw)
            state["leap"][told] = 0
            state["agree"][told] = 0

    def _kind(self, raw: FloatArray, where: BoolArray) -> np.ndarray:
        """Return the number of the mistake that explains a level; 0 where none does."""
        found = np.zeros(len(raw), dtype=np.uint8)
        at = np.flatnonzero(where)
        level = self.state["level"][at].astype(np.float64)
        wanted = level[:, None] * self._factors[None, :] + self._offsets[None, :]
        error = np.abs(raw[at][:, None] - wanted) / np.maximum(np.abs(raw[at])[:, None], 1e-9)
        near = np.where(self.state["blocks"][at] >= ALONE_BLOCKS, NEAR, NEAR_ALONE)[:, None]
        near = np.where(self._beside()[at][:, None], np.where(self._far, NEAR_FAR, NEAR), near)
        fits = self._counts[at] & (error <= near) & (np.abs(level) > GRAINS * self._grain[at])[:, None]
        best = np.where(fits, error, np.inf).argmin(axis=1)
        found[at] = np.where(fits.any(axis=1), best + 1, 0)
        return found

    def _beside(self) -> BoolArray:
        """Return which series have others of another quantity in their device that would tell of a real change."""
        told = self._gauge & (self.state["blocks"] >= WARM_BLOCKS)
        return np.asarray(self._device.total(told) > self._siblings.total(told))

    def _others_move(self, frame: Frame) -> BoolArray:
        """Return where other quantities of the device have moved, too: then it is the device, not the unit."""
        recent = self._gauge & (frame.now_s - self.state["moved_s"] < MOVED_S)
        return np.asarray(self._device.total(recent) > self._siblings.total(recent))

    def _accept(self, raw: FloatArray, where: BoolArray) -> None:
        """Take a new level for what it is."""
        if not where.any():
            return
        state = self.state
        state["level"][where] = raw[where]
        state["low"][where] = np.fmin(state["low"], raw)[where]
        state["high"][where] = np.fmax(state["high"], raw)[where]
        state["leap"][where] = 0
        state["agree"][where] = 0

    def _learn(self, raw: FloatArray, where: BoolArray, seconds: float) -> None:
        state = self.state
        level, low, high = state["level"], state["low"], state["high"]
        first = where & np.isnan(level)
        for array in (level, low, high):
            array[first] = raw[first]
        np.add(level, LEVEL * (raw - level), out=level, where=where, casting="same_kind")
        share = seconds / FORGET_S
        np.copyto(low, np.minimum(raw, low + share * (level - low)), where=where, casting="same_kind")
        np.copyto(high, np.maximum(raw, high + share * (level - high)), where=where, casting="same_kind")
        state["blocks"][where & (state["blocks"] < MOST)] += 1


LATEST_BEGIN = 2
"""In the second block of a leap the search for its unit may begin again."""
