"""Air.

Station pressure, density, and moist air by psychrolib (ASHRAE Handbook Fundamentals 2017, chapter 1), always in SI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psychrolib

from greendc.units import ABSOLUTE_ZERO_C

if TYPE_CHECKING:
    from greendc.physics.kinds import Value

psychrolib.SetUnitSystem(psychrolib.SI)

SEA_LEVEL_PRESSURE_PA = 101_325.0
DRY_AIR_GAS_CONSTANT = 287.042
"""J/(kg K). ASHRAE Handbook Fundamentals 2017, chapter 1, equation 1."""
AIR_HEAT_CAPACITY = 1006.0
"""J/(kg K), dry air near 20 degC. ASHRAE Handbook Fundamentals 2017, chapter 1."""


def station_pressure(altitude_m: Value) -> Value:
    """Return the mean air pressure [Pa] at an altitude [m].

    ``p = 101325 (1 - 2.25577e-5 z)^5.2559``, the standard atmosphere. ASHRAE Handbook Fundamentals 2017, chapter 1,
    equation 3.
    """
    pressure: Value = SEA_LEVEL_PRESSURE_PA * (1.0 - 2.25577e-5 * altitude_m) ** 5.2559
    return pressure


def air_density(temperature_c: Value, pressure_pa: float) -> Value:
    """Return the density [kg/m3] of dry air: ``rho = p / (R T)``, the ideal gas law."""
    return pressure_pa / (DRY_AIR_GAS_CONSTANT * (temperature_c - ABSOLUTE_ZERO_C))


def dew_point(temperature_c: float, relative_humidity: float) -> float:
    """Return the dew point [degC] of air at a dry bulb [degC] and a relative humidity [0..1], by psychrolib."""
    return float(psychrolib.GetTDewPointFromRelHum(temperature_c, relative_humidity))


def wet_bulb(temperature_c: float, relative_humidity: float, pressure_pa: float) -> float:
    """Return the wet bulb [degC] at a dry bulb [degC], a humidity [0..1] and a pressure [Pa], by psychrolib."""
    return float(psychrolib.GetTWetBulbFromRelHum(temperature_c, relative_humidity, pressure_pa))


def relative_humidity(temperature_c: float, dew_point_c: float) -> float:
    """Return the relative humidity [0..1] at a dry bulb [degC] and a dew point [degC], by psychrolib.

    A dew point above the dry bulb is taken as saturation.
    """
    return float(psychrolib.GetRelHumFromTDewPoint(temperature_c, min(dew_point_c, temperature_c)))


def humidity_ratio(temperature_c: float, relative_humidity: float, pressure_pa: float) -> float:
    """Return kg of water per kg of dry air, by psychrolib."""
    return float(psychrolib.GetHumRatioFromRelHum(temperature_c, relative_humidity, pressure_pa))
