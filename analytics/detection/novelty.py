"""Novelty: a value that leaves the range seen so far by more than a twentieth of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.arrays import Slot

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays, BoolArray
    from analytics.detection.reading import Reading

BEYOND = 0.05
SLOTS = {"novelty.least": Slot(), "novelty.most": Slot()}


def step(state: Arrays, now: Reading) -> BoolArray:
    """Return which series leave their range, then widen it."""
    least, most = state["novelty.least"], state["novelty.most"]
    room = np.maximum(BEYOND * (most - least), now.floor)
    found = np.maximum(now.value - most, least - now.value) > room
    np.minimum(least, now.value, out=least)
    np.maximum(most, now.value, out=most)
    return found
