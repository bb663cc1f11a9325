"""What heat recovery wants from the returning water, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulators.plant.heat_recovery import HeatRecovered, heat_given, heat_recovered

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.plant.heat_recovery import HeatRecoveryParameters

_LOWEST_C, _HIGHEST_C = -20, 80
_PLENTY_W = 1e15
_COLD_C = -60.0


class HeatSource:
    """The heat pump's request for heat at the temperature of the return, from a table of its own equations."""

    def __init__(self, parameters: HeatRecoveryParameters) -> None:
        """Ask the equations once for each degree."""
        self.p = parameters
        degrees = np.arange(_LOWEST_C, _HIGHEST_C + 1, dtype=np.float64)
        full = heat_recovered(parameters, np.full(len(degrees), _COLD_C), degrees, np.full(len(degrees), _PLENTY_W))
        rated = max(parameters.rated_w, 1e-9)
        self._share: list[float] = (full.source_w / rated).tolist()
        self._demand: list[float] = []

    def begin(self, outdoor_c: FloatArray, allowed: float) -> None:
        """Take the outdoor air of a row of steps; ``allowed`` 0..1 is what works of the heat pump."""
        p = self.p
        span_k = max(p.starts_below_c - p.full_below_c, 0.1)
        self._allowed = allowed
        demand = p.rated_w * np.clip((p.starts_below_c - outdoor_c) / span_k, 0.0, 1.0) * allowed
        self._demand = demand.tolist()

    def wanted_w(self, i: int, source_c: float) -> float:
        """Return the heat [W] that the heat pump takes at step ``i`` from water of a temperature."""
        demand = self._demand[i]
        if demand <= 0.0:
            return 0.0
        position = min(max(source_c, _LOWEST_C), _HIGHEST_C - 1) - _LOWEST_C
        below = int(position)
        left, right = self._share[below], self._share[below + 1]
        if left <= 0.0:
            return 0.0
        return demand * (left + (position - below) * (right - left))

    def given(self, outdoor_c: FloatArray, source_c: FloatArray, source_w: FloatArray) -> HeatRecovered:
        """Return what the heat pump made of the heat that it took."""
        return heat_given(self.p, outdoor_c, source_c, source_w)
