"""The water of a cooling tower: what evaporates, drifts off and is bled to keep salts down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.physics.coil import WATER_DENSITY
from simulators.plant.bounds import refuse_outside

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

EVAPORATION_HEAT_J_KG = 2.45e6
"""Water at 20 degC. ASHRAE Handbook Fundamentals 2017, chapter 1."""

_BOUNDS = {
    "latent_share": (0.3, 1.0),
    "drift_share": (0.0, 0.01),
    "supply_conductivity_s_m": (1e-3, 0.5),
    "fewest_cycles": (1.01, 5.0),
    "most_cycles": (1.5, 30.0),
}


class TowerWaterParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Coefficients: the share of heat that leaves by evaporation (1.25 L/kWh with 0.85), drift of circulating water.

    ``supply_conductivity_s_m`` [S/m] is that of the make-up water; cycles of concentration are held within bounds.
    """

    latent_share: float = 0.85
    drift_share: float = 5e-4
    supply_conductivity_s_m: float = 0.035
    fewest_cycles: float = 1.5
    most_cycles: float = 12.0

    def __post_init__(self) -> None:
        """Refuse a tower that cannot be."""
        refuse_outside(self, _BOUNDS)


class TowerWater(msgspec.Struct, frozen=True, kw_only=True):
    """The water at each time [m3/s]: make-up is evaporation, drift, blow-down and leak; what circulates, in cycles."""

    makeup_m3_s: np.ndarray
    evaporation_m3_s: np.ndarray
    drift_m3_s: np.ndarray
    blowdown_m3_s: np.ndarray
    cycles: np.ndarray
    conductivity_s_m: np.ndarray


def tower_water(
    parameters: TowerWaterParameters,
    rejected_w: FloatArray,
    circulating_m3_s: FloatArray,
    cycles: FloatArray | float,
    leak_m3_s: FloatArray | float = 0.0,
) -> TowerWater:
    """Return the water of a tower that rejects heat [W] at a set number of cycles of concentration.

    ``E = s Q / h_fg``; salts leave with drift, blow-down and leak alone, so at rest ``B = E / (C - 1) - D - L`` (never
    below 0), and the true cycles are make-up over what leaves as liquid. Without evaporation the water stands.
    """
    p = parameters
    wanted = np.clip(cycles, p.fewest_cycles, p.most_cycles)
    evaporation = p.latent_share * np.maximum(rejected_w, 0.0) / (EVAPORATION_HEAT_J_KG * WATER_DENSITY)
    working = evaporation > 0.0
    # Drift eliminators see less water when the tower rejects less: never more than a tenth of what evaporates.
    drift = np.where(working, np.minimum(p.drift_share * circulating_m3_s, 0.1 * evaporation), 0.0)
    blowdown = np.maximum(evaporation / (wanted - 1.0) - drift - leak_m3_s, 0.0)
    liquid = drift + blowdown + leak_m3_s
    makeup = evaporation + liquid
    reached = np.where(working, makeup / np.maximum(liquid, 1e-12), wanted)
    return TowerWater(
        makeup_m3_s=makeup,
        evaporation_m3_s=evaporation,
        drift_m3_s=drift,
        blowdown_m3_s=blowdown,
        cycles=reached,
        conductivity_s_m=p.supply_conductivity_s_m * reached,
    )
