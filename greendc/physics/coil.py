"""A chilled-water coil and the air that passes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.physics.air import AIR_HEAT_CAPACITY

if TYPE_CHECKING:
    from greendc.physics.kinds import Value

WATER_HEAT_CAPACITY = 4190.0
"""J/(kg K), liquid water at 10 to 20 degC."""
WATER_DENSITY = 999.0
"""kg/m3, liquid water at 10 to 20 degC."""


def effectiveness(transfer_units: Value) -> Value:
    """Return the effectiveness [0..1] of a coil: ``eps = 1 - exp(-NTU)``, the water side having much more capacity.

    Incropera, "Fundamentals of Heat and Mass Transfer", chapter 11.
    """
    value: Value = 1.0 - np.exp(-transfer_units)
    return value


def transfer_units(rated: float, water: Value, air: Value) -> Value:
    """Return NTU at flows relative to rated.

    ``NTU = NTU_rated f_w^0.4 f_a^-0.6``, both sides' film coefficients together.
    """
    units: Value = rated * water**0.4 * air**-0.6
    return units


def water_for(effectiveness_needed: Value, rated: float, air: Value) -> Value:
    """Return the water flow [of rated] that gives an effectiveness [0..1).

    `effectiveness` and `transfer_units` solved for f_w.
    """
    needed: Value = -np.log1p(-effectiveness_needed)
    water: Value = (needed / (rated * air**-0.6)) ** 2.5
    return water


def air_heat(flow_kg_s: Value, warm_c: Value, cold_c: Value) -> Value:
    """Return the sensible heat [W] between two air temperatures: ``Q = m cp (T1 - T2)``."""
    return flow_kg_s * AIR_HEAT_CAPACITY * (warm_c - cold_c)


def mixed_inlet(supply_c: Value, rise_k: Value, recirculation: Value) -> Value:
    """Return a server's inlet [degC] when a share [0..1) of its air is its own exhaust.

    ``T_in = (1 - phi) T_s + phi T_out`` with ``T_out = T_in + dT`` gives ``T_in = T_s + phi dT / (1 - phi)``.
    """
    return supply_c + rise_k * recirculation / (1.0 - recirculation)
