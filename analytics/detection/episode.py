"""Episodes: a surprise is raised once, and again only when it grows or after it has been quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.arrays import BoolArray, FloatArray, Slot

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays

SLOTS = {"episode.peak": Slot(), "episode.age": Slot(), "episode.quiet": Slot(begin=1.0)}


class Episodes(msgspec.Struct, frozen=True):
    """Arrays over series: the surprise where it is raised, else 0; whether an episode begins; whether one lasts."""

    raised: FloatArray
    alarm: BoolArray
    active: BoolArray


def step(state: Arrays, surprise: FloatArray, theta: float, held: int) -> Episodes:
    """Return what is raised in this step."""
    peak, age = state["episode.peak"], state["episode.age"]
    age += 1.0
    peak[age > held] = 0.0
    record = surprise > peak
    raised = np.where(record, surprise, 0.0)
    was_active = state["episode.quiet"] == 0.0
    over = surprise >= theta
    alarm = record & over & ~was_active
    # A surprise that grows within an episode belongs to it: it moves the peak, and raises nothing.
    raised[record & over & was_active] = 0.0
    peak[record] = surprise[record]
    age[record] = 0.0
    active = over | (was_active & (age <= held))
    state["episode.quiet"][:] = ~active
    return Episodes(raised, alarm, active)
