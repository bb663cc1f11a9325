"""Sizes and coefficients of a simulated room."""

from __future__ import annotations

import msgspec

from simulators.plant.weather import Climate


class PlantParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes and coefficients of the room; units in the names.

    ``supply_c`` and ``chilled_c`` are the set-points at the start.
    """

    racks: int = 6
    climate: Climate = msgspec.field(default_factory=Climate)
    server_idle_w: float = 260.0
    server_full_w: float = 690.0
    server_fan_w: float = 56.0
    server_flow_m3_s: float = 0.096
    power_factor: float = 0.97
    voltage_v: float = 230.0
    ups_rated_w: float = 25e3
    pdu_rated_w: float = 7.4e3
    pdu_fixed_w: float = 4.0
    pdu_full_load_w: float = 60.0
    transformer_rated_w: float = 63e3
    transformer_no_load_w: float = 110.0
    transformer_full_load_w: float = 870.0
    recirculation: float = 0.03
    supply_c: float = 18.0
    chilled_c: float = 10.0
    crah_flow_m3_s: float = 1.2
    crah_fan_w: float = 1100.0
    crah_minimum_speed: float = 0.4
    flow_margin: float = 1.2
    coil_rated_units: float = 1.0
    water_rated_kg_s: float = 4.6
    pump_rated_w: float = 900.0
    condenser_pump_w: float = 380.0
    chiller_rated_w: float = 38e3
    tower_rated_w: float = 72e3
    chiller_cop: float = 5.2
    tower_fan_w: float = 750.0
    condenser_set_c: float = 18.0
    lighting_w: float = 320.0
    auxiliary_w: float = 240.0
    envelope_w_per_k: float = 60.0
    room_heat_j_per_k: float = 1.6e6
    inlet_lag_s: float = 15.0
    fan_lag_s: float = 45.0
