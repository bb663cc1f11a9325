"""A photovoltaic array: light on its plane, module temperature, direct current, inverter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from simulators.plant.bounds import refuse_outside
from simulators.plant.sun import SunPosition, plane_irradiance

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.plant.weather import Climate, Drives

STANDARD_W_M2 = 1000.0
STANDARD_C = 25.0

_BOUNDS = {
    "rated_w": (0.0, 1e9),
    "inverter_w": (0.0, 1e9),
    "tilt_deg": (0.0, 90.0),
    "azimuth_deg": (0.0, 360.0),
    "per_k": (-0.01, 0.0),
    "system_ratio": (0.3, 1.0),
    "inverter_efficiency": (0.5, 1.0),
    "inverter_own": (0.0, 0.05),
    "cooled_w_m2_k": (5.0, 100.0),
    "cooled_by_wind": (0.0, 30.0),
    "string_v": (20.0, 1500.0),
}


class PvParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes and coefficients of an array.

    ``rated_w`` at 1000 W/m2 and 25 degC, ``inverter_w`` the most that the inverter gives, ``per_k`` the loss of power
    per kelvin of module temperature, ``system_ratio`` what dirt, mismatch and cables leave, ``inverter_own`` the
    inverter's own use as a share of ``inverter_w``. With these the performance ratio of a year is near 0.8.
    """

    rated_w: float = 20e3
    inverter_w: float = 18e3
    tilt_deg: float = 20.0
    azimuth_deg: float = 180.0
    per_k: float = -0.004
    system_ratio: float = 0.88
    inverter_efficiency: float = 0.975
    inverter_own: float = 0.004
    cooled_w_m2_k: float = 25.0
    cooled_by_wind: float = 6.84
    string_v: float = 620.0

    def __post_init__(self) -> None:
        """Refuse an array that cannot be."""
        refuse_outside(self, _BOUNDS)


class PvYield(msgspec.Struct, frozen=True, kw_only=True):
    """What an array does at each time: powers [W], volts, module temperature [degC], light on its plane [W/m2]."""

    power_w: np.ndarray
    dc_power_w: np.ndarray
    dc_voltage_v: np.ndarray
    module_c: np.ndarray
    plane_w_m2: np.ndarray


def pv_yield(
    parameters: PvParameters, climate: Climate, times_s: FloatArray, drives: Drives, strings: FloatArray | float = 1.0
) -> PvYield:
    """Return the yield at times [s since 1970] with a share of ``strings`` [0..1] that work.

    ``T_m = T_a + G / (u0 + u1 v)`` (Faiman, "Assessing the outdoor operating temperature of photovoltaic modules",
    2008); ``P_dc = P_rated G / 1000 (1 + k (T_m - 25)) PR strings``; ``P_ac = min(eta P_dc - own, P_inverter)``. At
    night the inverter is off the grid and takes nothing.
    """
    p = parameters
    sun = SunPosition(times_s, climate.latitude_deg, climate.longitude_deg)
    plane = plane_irradiance(sun, drives.irradiance_w_m2, p.tilt_deg, p.azimuth_deg)
    module_c = drives.dry_bulb_c + plane / (p.cooled_w_m2_k + p.cooled_by_wind * drives.wind_m_s)
    heat = 1.0 + p.per_k * (module_c - STANDARD_C)
    dc_w = p.rated_w * plane / STANDARD_W_M2 * heat * p.system_ratio * strings
    power_w = np.clip(p.inverter_efficiency * dc_w - p.inverter_own * p.inverter_w, 0.0, p.inverter_w)
    # Clipping moves the array to a voltage at which it gives no more than the inverter takes.
    dc_w = np.where(
        power_w > 0.0, np.minimum(dc_w, (power_w + p.inverter_own * p.inverter_w) / p.inverter_efficiency), 0.0
    )
    volts = np.where(dc_w > 0.0, p.string_v * (1.0 - 0.003 * (module_c - STANDARD_C)), 0.0)
    return PvYield(power_w=power_w, dc_power_w=dc_w, dc_voltage_v=volts, module_c=module_c, plane_w_m2=plane)
