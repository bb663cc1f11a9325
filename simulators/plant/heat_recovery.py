"""A heat pump that lifts the heat of returning water to what a heating circuit needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.physics.coil import WATER_DENSITY, WATER_HEAT_CAPACITY
from greendc.units import ABSOLUTE_ZERO_C
from simulators.plant.bounds import refuse_outside

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

LEAST_LIFT_K = 5.0
HIGHEST_COP = 8.0
LEAST_SOURCE_C = 4.0

_BOUNDS = {
    "rated_w": (0.0, 1e8),
    "hot_c": (25.0, 90.0),
    "heating_return_k": (2.0, 40.0),
    "pinch_k": (0.0, 15.0),
    "quality": (0.2, 0.8),
    "starts_below_c": (-10.0, 30.0),
    "full_below_c": (-40.0, 29.0),
    "source_share": (0.0, 1.0),
}


class HeatRecoveryParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes: ``rated_w`` of heat given, at ``hot_c``; demand grows from none to full as it gets colder outdoors.

    ``quality`` is the share of Carnot's COP, ``pinch_k`` between the source's water and the evaporator,
    ``source_share`` the most of the source's heat that may be taken.
    """

    rated_w: float = 25e3
    hot_c: float = 50.0
    heating_return_k: float = 8.0
    pinch_k: float = 2.0
    quality: float = 0.5
    starts_below_c: float = 14.0
    full_below_c: float = 4.0
    source_share: float = 0.6

    def __post_init__(self) -> None:
        """Refuse a heat pump that cannot be."""
        refuse_outside(self, _BOUNDS)


class HeatRecovered(msgspec.Struct, frozen=True, kw_only=True):
    """What a heat pump does at each time: heat given and taken, and its power [W]; its heating circuit; its COP."""

    heat_w: np.ndarray
    source_w: np.ndarray
    power_w: np.ndarray
    supply_c: np.ndarray
    return_c: np.ndarray
    flow_m3_s: np.ndarray
    cop: np.ndarray


def heat_recovered(
    parameters: HeatRecoveryParameters,
    outdoor_c: FloatArray,
    source_c: FloatArray,
    available_w: FloatArray,
    allowed: FloatArray | float = 1.0,
) -> HeatRecovered:
    """Return what is recovered from water of ``source_c`` that carries ``available_w``, under an outdoor temperature.

    ``COP = 0.5 T_h / (T_h - T_c)``: half of Carnot's, with ``T_c`` of the source less the pinch. Heat given is source
    plus power, ``Q_h = Q_c / (1 - 1 / COP)``. ``allowed`` 0 switches it off. A source that would freeze gives nothing.
    """
    p = parameters
    cop = _cop(p, source_c)
    span_k = max(p.starts_below_c - p.full_below_c, 0.1)
    demand_w = p.rated_w * np.clip((p.starts_below_c - outdoor_c) / span_k, 0.0, 1.0) * allowed
    of_source = 1.0 - 1.0 / cop
    source_w = np.minimum(demand_w * of_source, p.source_share * np.maximum(available_w, 0.0))
    source_w = np.where(source_c - p.pinch_k > LEAST_SOURCE_C, source_w, 0.0)
    return heat_given(p, outdoor_c, source_c, source_w)


def _cop(p: HeatRecoveryParameters, source_c: FloatArray) -> FloatArray:
    lift_k = np.maximum(p.hot_c - (source_c - p.pinch_k), LEAST_LIFT_K)
    cop: FloatArray = np.minimum(p.quality * (p.hot_c - ABSOLUTE_ZERO_C) / lift_k, HIGHEST_COP)
    return cop


def heat_given(
    parameters: HeatRecoveryParameters, outdoor_c: FloatArray, source_c: FloatArray, source_w: FloatArray
) -> HeatRecovered:
    """Return what becomes of heat that was taken from water of ``source_c``, whatever the demand; see above."""
    p = parameters
    cop = _cop(p, source_c)
    heat_w = source_w / (1.0 - 1.0 / cop)
    on = heat_w > 0.0
    rated_m3_s = p.rated_w / (p.heating_return_k * WATER_HEAT_CAPACITY * WATER_DENSITY)
    fall_k = heat_w / (rated_m3_s * WATER_DENSITY * WATER_HEAT_CAPACITY) if rated_m3_s > 0.0 else np.zeros_like(heat_w)
    return HeatRecovered(
        heat_w=heat_w,
        source_w=source_w,
        power_w=heat_w - source_w,
        supply_c=np.where(on, p.hot_c, outdoor_c),
        return_c=np.where(on, p.hot_c - fall_k, outdoor_c),
        flow_m3_s=np.where(on, rated_m3_s, 0.0),
        cop=np.where(on, cop, 0.0),
    )
