"""The signals of a plant by name: what devices can measure, in SI with degrees Celsius and ratios.

A signal is named ``block`` for a single value or ``block/i/j`` for one element of an array of values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray


class SignalBlocks:
    """Arrays of signals, each set as a whole; the order of first setting is the order of the flat vector."""

    def __init__(self) -> None:
        """Start without signals."""
        self._blocks: dict[str, FloatArray] = {}

    def set(self, block: str, values: FloatArray | float) -> None:
        """Set a block; its shape must stay the same."""
        self._blocks[block] = np.asarray(values, dtype=np.float64)

    def __contains__(self, block: str) -> bool:
        """Return whether there is a block of this name."""
        return block in self._blocks

    def array(self, block: str) -> FloatArray:
        """Return a block."""
        return self._blocks[block]

    def value(self, signal: str) -> float:
        """Return one signal.

        Raises:
            KeyError: there is no such block.
        """
        block, *index = signal.split("/")
        return float(self._blocks[block][tuple(int(i) for i in index)])

    def vector(self) -> FloatArray:
        """Return all signals in one vector, a copy."""
        return np.concatenate([values.ravel() for values in self._blocks.values()])

    def positions(self) -> dict[str, int]:
        """Return where in the vector each signal stands."""
        found: dict[str, int] = {}
        for block, values in self._blocks.items():
            for index in np.ndindex(values.shape):
                found["/".join((block, *map(str, index)))] = len(found)
        return found

    def by_name(self) -> dict[str, float]:
        """Return all signals by name."""
        return dict(zip(self.positions(), self.vector().tolist(), strict=True))
