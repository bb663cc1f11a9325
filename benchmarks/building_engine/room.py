"""The room that both engines simulate, in plain numbers: sizes, set-points, and what stands in it hour by hour."""

from __future__ import annotations

import msgspec
import numpy as np


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """One case: sizes are the same in all of them, levers differ. Powers in W, flows in m3/s or kg/s, degC.

    Arrays are hourly over a common year in local standard time: power of the servers apart from their fans, losses and
    other loads that warm the room, the outdoor air, and what the controller decided: whether the economiser is on
    [0, 1] and how cold the tower's water shall be. Decisions are inputs on both sides; what comes of them is not.
    """

    servers_w: np.ndarray
    room_other_w: np.ndarray
    dry_bulb_c: np.ndarray
    dew_point_c: np.ndarray
    wet_bulb_c: np.ndarray
    pressure_pa: np.ndarray
    wind_m_s: np.ndarray
    altitude_m: float
    latitude_deg: float
    longitude_deg: float
    offset_h: float
    supply_c: float
    chilled_c: float
    condenser_c: float
    economising: np.ndarray
    tower_set_c: np.ndarray
    airflow_m3_s: float
    airflow_rated_m3_s: float
    server_fans_w: float
    server_flow_m3_s: float
    fan_minimum: float
    fan_gain_per_k: float
    fan_start_c: float
    recirculation: float
    crah_fans_w: float
    fan_fixed: float
    fan_exponent: float
    coil_w_per_k: float
    water_kg_s: float
    usual_water_kg_s: float
    chiller_w: float
    chiller_cop: float
    chiller_per_k_chilled: float
    chiller_per_k_condenser: float
    chiller_part_load: tuple[float, float, float, float]
    capacity_per_k_chilled: float
    capacity_per_k_condenser: float
    pump_w: float
    pump_minimum: float
    pump_fixed: float
    pump_exponent: float
    condenser_pump_w: float
    condenser_kg_s: float
    tower_w: float
    tower_fan_w: float
    tower_approach_k: float
    exchanger: float
    envelope_w_per_k: float
    volume_m3: float


class Yearly(msgspec.Struct, frozen=True, kw_only=True):
    """Electrical energy of a year [kWh]: servers with their fans, and each part of the cooling."""

    it: float
    crah: float
    chiller: float
    pumps: float
    tower: float
    other: float

    @property
    def cooling(self) -> float:
        """Return the energy of everything that removes heat."""
        return self.crah + self.chiller + self.pumps + self.tower

    @property
    def total(self) -> float:
        """Return the energy of the site without its transformer."""
        return self.it + self.cooling + self.other
