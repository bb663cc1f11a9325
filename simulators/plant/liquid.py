"""The liquid loop of accelerator racks: cold plates, a coolant distribution unit (CDU), facility water."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.physics.coil import WATER_DENSITY, WATER_HEAT_CAPACITY
from greendc.physics.flow import fan_power
from simulators.plant.bounds import refuse_outside

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

STANDS_BELOW = 0.01
"""A pump slower than this [0..1] moves nothing."""

_BOUNDS = {
    "rated_w": (1.0, 1e8),
    "liquid_share": (0.0, 0.98),
    "supply_c": (10.0, 50.0),
    "rise_k": (2.0, 25.0),
    "approach_k": (0.5, 15.0),
    "pump_w": (0.0, 1e6),
    "least_speed": (0.05, 1.0),
}


class LiquidParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of a loop.

    At ``rated_w`` of heat through the unit the coolant warms up by ``rise_k`` and comes back cooled to ``approach_k``
    above facility water. ``liquid_share`` of a rack's heat goes into the plates, the rest into the air.
    """

    rated_w: float = 320e3
    liquid_share: float = 0.78
    supply_c: float = 32.0
    rise_k: float = 10.0
    approach_k: float = 4.0
    pump_w: float = 5.5e3
    least_speed: float = 0.35

    def __post_init__(self) -> None:
        """Refuse a loop that cannot be."""
        refuse_outside(self, _BOUNDS)


class LiquidLoop(msgspec.Struct, frozen=True, kw_only=True):
    """The loop at each time: coolant [degC, m3/s]; heat into facility water, heat left to the air, pump power [W]."""

    supply_c: np.ndarray
    return_c: np.ndarray
    flow_m3_s: np.ndarray
    heat_w: np.ndarray
    air_w: np.ndarray
    pump_speed: np.ndarray
    power_w: np.ndarray


def plates_and_pump(parameters: LiquidParameters, racks_w: float, pump: float = 1.0) -> float:
    """Return the heat [W] of plates and pump for one moment, as `liquid_loop` has it for a row of them."""
    p = parameters
    speed = min(1.0, max(p.least_speed, p.liquid_share * racks_w / p.rated_w)) * min(1.0, max(0.0, pump))
    if speed <= STANDS_BELOW:
        return 0.0
    return p.liquid_share * racks_w + float(fan_power(p.pump_w, speed))


def liquid_loop(
    parameters: LiquidParameters, racks_w: FloatArray, facility_c: FloatArray, pump: FloatArray | float = 1.0
) -> LiquidLoop:
    """Return the loop of racks that take ``racks_w`` in all, on facility water of a temperature.

    The pump follows the heat at a constant rise, ``s = Q / Q_rated``, and never stops below its least speed; ``pump``
    0..1 is what a worn one still moves. ``P = P0 (a + (1 - a) s^n)`` ends up in the coolant. Coolant cannot be colder
    than facility water plus the approach, which grows with heat and falls with flow. Without any flow the plates give
    their heat to the air.
    """
    p = parameters
    wanted = np.clip(p.liquid_share * racks_w / p.rated_w, p.least_speed, 1.0)
    speed = wanted * np.clip(pump, 0.0, 1.0)
    moves = speed > STANDS_BELOW
    plates_w = np.where(moves, p.liquid_share * racks_w, 0.0)
    power_w = np.where(moves, fan_power(p.pump_w, speed), 0.0)
    heat_w = plates_w + power_w
    rated_m3_s = p.rated_w / (p.rise_k * WATER_HEAT_CAPACITY * WATER_DENSITY)
    flow = np.where(moves, speed * rated_m3_s, 0.0)
    approach_k = p.approach_k * heat_w / p.rated_w / np.maximum(speed, 0.05) ** 0.6
    supply_c = np.where(moves, np.maximum(p.supply_c, facility_c + approach_k), p.supply_c)
    rise_k = heat_w / np.maximum(flow * WATER_DENSITY * WATER_HEAT_CAPACITY, 1e-9)
    return LiquidLoop(
        supply_c=supply_c,
        return_c=supply_c + np.where(moves, rise_k, 0.0),
        flow_m3_s=flow,
        heat_w=heat_w,
        air_w=racks_w - plates_w,
        pump_speed=speed,
        power_w=power_w,
    )
