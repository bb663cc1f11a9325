"""State as named arrays whose first axis is the series: made, grown, taken apart and put back together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Rows = NDArray[np.int64]
Arrays = dict[str, FloatArray]
"""State by name. Kept as float64 or narrower; reads mix with float64 as numpy has it."""


class Slot(msgspec.Struct, frozen=True):
    """One part of the state of a series: its shape beside the series axis, its numpy kind and how it begins."""

    shape: tuple[int, ...] = ()
    kind: str = "f8"
    begin: float = 0.0

    def made(self, size: int) -> FloatArray:
        """Return the part for so many new series."""
        return np.full((size, *self.shape), self.begin, dtype=self.kind)


def make(slots: Mapping[str, Slot], size: int) -> Arrays:
    """Return the state of so many new series."""
    return {name: slot.made(size) for name, slot in slots.items()}


def grow(state: Arrays, slots: Mapping[str, Slot], more: int) -> Arrays:
    """Return the state with so many new series behind the others."""
    return {name: np.concatenate([state[name], slot.made(more)]) for name, slot in slots.items()}


def take(state: Arrays, rows: Rows) -> Arrays:
    """Return a copy of the state of some series."""
    return {name: part[rows] for name, part in state.items()}


def put(state: Arrays, rows: Rows, taken: Arrays) -> None:
    """Write the state of some series back."""
    for name, part in taken.items():
        state[name][rows] = part


def bytes_each(slots: Mapping[str, Slot]) -> int:
    """Return the bytes of state of one series."""
    return sum(slot.made(1).nbytes for slot in slots.values())
