"""The cooling of an edge cabinet: a split air conditioner with a condenser in the open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import PlantParameters, Water

EVAPORATOR_C = 9.0
RATED_OUTDOOR_C = 25.0
LEAST_DRIFT = 0.5


class SplitUnit:
    """A compressor whose power follows the heat it moves and the outdoor air."""

    def __init__(self, parameters: PlantParameters) -> None:
        """Take the unit's coefficients."""
        self.p: Water = parameters.water
        self.supply_c = EVAPORATOR_C
        self.power_w = 0.0

    def begin(self, levers: Levers) -> None:
        """Take over where the levers stand, and forget the rows of before."""
        self._eir = float(levers.water.chiller_eir[0])
        self._rows: list[tuple[float, float]] = []

    def step(self, load_w: float, dry_bulb_c: float) -> None:
        """Carry the coil's heat [W] away."""
        drift = max(LEAST_DRIFT, 1.0 + self.p.split_per_k * (dry_bulb_c - RATED_OUTDOOR_C))
        self.power_w = max(0.0, load_w) / self.p.split_cop * drift * self._eir
        self._row = (max(0.0, load_w), self.power_w)

    def keep(self) -> None:
        """Put what the step came to among the rows."""
        self._rows.append(self._row)

    def publish(self, put: Callable[[str, FloatArray], None]) -> FloatArray:
        """Publish the rows since `begin`; return the electrical power [W]."""
        rows = np.array(self._rows)
        power: FloatArray = rows[:, 1]
        put("split.power_w", power)
        put("split.cooling_w", rows[:, 0])
        return power
