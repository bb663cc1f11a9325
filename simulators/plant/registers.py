"""Registers of energy, heat, water and time: each is the integral of one signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greendc.physics.kinds import FloatArray


class Registers:
    """Totals by name. A row of steps adds up one after the other, so that its length makes no difference."""

    def __init__(self) -> None:
        """Start without any."""
        self._totals: dict[str, FloatArray] = {}

    def count(self, name: str, rate: FloatArray, dt_s: float) -> FloatArray:
        """Return the register ``name`` after each step, for a rate by step."""
        moved = np.multiply(rate, dt_s)
        total = self._totals.get(name)
        if total is not None:
            moved[0] += total
        np.cumsum(moved, axis=0, out=moved)
        self._totals[name] = np.array(moved[-1])
        return moved

    def age(self, factor: float) -> None:
        """Multiply all totals, as if they had been counted for so much longer."""
        for name, total in self._totals.items():
            self._totals[name] = np.asarray(total * factor)

    def clear(self) -> None:
        """Forget all totals."""
        self._totals.clear()

    def rows(self) -> dict[str, list[float]]:
        """Return all totals as plain numbers, to go on from later."""
        return {name: total.ravel().tolist() for name, total in self._totals.items()}

    def restore(self, rows: Mapping[str, Sequence[float]]) -> None:
        """Set totals to what they were; names that are not known here are left out."""
        for name, row in rows.items():
            total = self._totals.get(name)
            if total is not None and total.size == len(row):
                self._totals[name] = np.array(row, dtype=np.float64).reshape(total.shape)
