"""Humidity ratio of saturated air at one pressure, quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.physics import moist_air

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

LOWEST_C = -40.0
HIGHEST_C = 70.0
PER_K = 4


class Saturation:
    """A table by quarter kelvins, linear between them; within 0.01 % of the equation."""

    def __init__(self, pressure_pa: float) -> None:
        """Fill the table for a pressure [Pa]."""
        steps = np.arange(round((HIGHEST_C - LOWEST_C) * PER_K) + 2)
        self._temperatures_c = LOWEST_C + steps / PER_K
        self._table = moist_air.humidity_ratio(self._temperatures_c, np.full(len(steps), pressure_pa))
        self._ratios: list[float] = self._table.tolist()

    def ratio(self, temperature_c: float) -> float:
        """Return kg of water per kg of dry air at a temperature [degC] within the table, else at its end."""
        position = (min(max(temperature_c, LOWEST_C), HIGHEST_C) - LOWEST_C) * PER_K
        below = int(position)
        left = self._ratios[below]
        return left + (position - below) * (self._ratios[below + 1] - left)

    def dew_points(self, ratios: FloatArray) -> FloatArray:
        """Return the temperatures [degC] at which air of these humidity ratios is saturated."""
        return np.interp(ratios, self._table, self._temperatures_c)
