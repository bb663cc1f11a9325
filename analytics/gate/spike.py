"""One or two readings far off that return: they are left out and counted; many of them are a finding.

Nobody can tell a spike from a step before the next readings. A reading that is far off is therefore held back; the
third one in a row is taken for a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import field
from analytics.gate.fault import Fault
from analytics.gate.frame import DAY_S, Frame, Kernel
from analytics.gate.groups import Groups

if TYPE_CHECKING:
    from analytics.gate.columns import FloatArray
    from analytics.gate.traits import Traits

BEYOND = 8.0
LONGEST = 2
WARM = 20
MEMORY = 32.0
LEAST_K = 0.5
LEAST_SHARE = 0.02
GRAINS = 3.0
FEWEST, FEWEST_LOADS = 4.5, 15.0
SHARE, SHARE_LOADS = 0.003, 0.01
"""A finding needs so many spikes in about a day, and so large a share of the readings; loads have some by nature."""
USUAL_TIMES = 4.0
USUAL_S = 14 * DAY_S
HALF = 0.5
OVER = 0.4
TOGETHER = 3
MOST = 250


class Spike(Kernel):
    """Keeps the last trusted value of each series and how far it usually moves between two readings."""

    def __init__(self, traits: Traits) -> None:
        """Make the state."""
        fields = {
            "ref": field("f8", np.nan),
            "scale": field(),
            "taken": field("u1"),
            "held": field("u1"),
            "spikes": field(),
            "readings": field(),
            "usual": field(),
        }
        super().__init__(fields, len(traits))
        self.adopt(traits)

    def adopt(self, traits: Traits) -> None:
        """Take what more series are."""
        celsius = np.array([unit in {"Cel", "K"} for unit in traits.units], dtype=np.bool_)[traits.unit]
        share = np.array([unit == "1" for unit in traits.units], dtype=np.bool_)[traits.unit]
        self._applies = traits.gauge
        self._least = np.where(celsius, LEAST_K, np.where(share, LEAST_SHARE, 0.0))
        self._fewest = np.where(traits.lively, FEWEST, FEWEST_LOADS)
        self._part = np.where(traits.lively, SHARE, SHARE_LOADS)
        self._place = Groups(traits.neighbours.place)
        self._zone = Groups(np.where(traits.gauge, traits.neighbours.zone, -1))
        self._relative = np.where(celsius | share, 0.0, LEAST_SHARE)

    def step(self, frame: Frame, grain: FloatArray) -> None:
        """Hold back what is far off, by more than a few counts (``grain``) of the sensor."""
        state, values = self.state, frame.values
        ref, scale, taken, held = state["ref"], state["scale"], state["taken"], state["held"]
        good = frame.good
        off = np.abs(values - ref)
        least = np.maximum(self._least + self._relative * np.abs(ref), GRAINS * grain)
        limit = np.maximum(BEYOND * scale, least)
        strange = good & self._applies & (taken >= WARM) & (off > limit)
        if strange.any():
            # What its device shows in another quantity of the same part, too, has really happened.
            moves = good & self._applies & (off > HALF * limit)
            strange &= self._place.total(moves) <= 1
        hold = strange & (held < LONGEST)
        took = good & ~hold
        if held.any() or hold.any():
            back = took & (held > 0) & ~strange
            state["spikes"][back] += 1.0
            frame.stepped = took & strange
            held[took] = 0
            held[hold] += 1
            frame.reject(Fault.SPIKE, hold)
        # A sensor that has become noisy widens its limit by what is held back, too.
        moved = good & (taken > 0)
        rate = 1.0 / np.minimum(MEMORY, taken + 1.0)
        np.add(scale, rate * (np.minimum(off, limit) - scale), out=scale, where=moved, casting="same_kind")
        np.copyto(ref, values, where=took)
        taken[took & (taken < MOST)] += 1
        state["readings"] += good

    def tick(self, frame: Frame, seconds: float) -> None:
        """Judge how many there were within about a day."""
        state = self.state
        keep = np.exp(-seconds / DAY_S)
        spikes, readings, usual = state["spikes"], state["readings"], state["usual"]
        least = np.maximum(self._fewest, self._part * readings)
        # Sensors do not fail together: what several of a room show is air or water that swings.
        together = self._zone.total(spikes >= OVER * least) >= TOGETHER
        many = (spikes >= np.maximum(least, USUAL_TIMES * usual)) & ~together
        frame.standing.stand(Fault.SPIKE, many, frame.now_s, usual, spikes)
        few = spikes < OVER * least
        frame.standing.over(Fault.SPIKE, few | together)
        calm: FloatArray = np.where(frame.standing.at(Fault.SPIKE), 0.0, seconds / USUAL_S)
        usual += calm * (spikes - usual)
        spikes *= keep
        readings *= keep
