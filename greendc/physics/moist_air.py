"""Moist air for whole arrays: the equations of ASHRAE Handbook Fundamentals 2017, chapter 1, which psychrolib has too.

psychrolib works on one number at a time; these give the same for arrays, and are tested against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.units import ABSOLUTE_ZERO_C

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

TRIPLE_POINT_C = 0.01
MOLAR_RATIO = 0.621945
"""Molar mass of water over that of dry air."""
LEAST_HUMIDITY_RATIO = 1e-7

_COLDEST_C = -100.0
_HALVINGS = 34


def saturation_pressure(temperature_c: FloatArray) -> FloatArray:
    """Return the vapour pressure [Pa] of saturated air over water, or over ice below the triple point.

    Equations 5 and 6 (Hyland and Wexler, 1983), -100 to 200 degC.
    """
    kelvin = np.asarray(temperature_c, dtype=np.float64) - ABSOLUTE_ZERO_C
    ice = (
        -5.6745359e03 / kelvin
        + 6.3925247
        + kelvin * (-9.677843e-03 + kelvin * (6.2215701e-07 + kelvin * (2.0747825e-09 + kelvin * -9.484024e-13)))
    )
    ice += 4.1635019 * np.log(kelvin)
    water = (
        -5.8002206e03 / kelvin
        + 1.3914993
        + kelvin * (-4.8640239e-02 + kelvin * (4.1764768e-05 + kelvin * -1.4452093e-08))
    )
    water += 6.5459673 * np.log(kelvin)
    pressure: FloatArray = np.exp(np.where(kelvin <= TRIPLE_POINT_C - ABSOLUTE_ZERO_C, ice, water))
    return pressure


def relative_humidity(temperature_c: FloatArray, dew_point_c: FloatArray) -> FloatArray:
    """Return the relative humidity [0..1]; a dew point above the dry bulb is taken as saturation."""
    ratio: FloatArray = saturation_pressure(np.minimum(dew_point_c, temperature_c)) / saturation_pressure(temperature_c)
    return ratio


def humidity_ratio(dew_point_c: FloatArray, pressure_pa: FloatArray) -> FloatArray:
    """Return kg of water per kg of dry air: ``W = 0.621945 p_w / (p - p_w)``, equation 20."""
    vapour = saturation_pressure(dew_point_c)
    ratio: FloatArray = np.maximum(MOLAR_RATIO * vapour / (pressure_pa - vapour), LEAST_HUMIDITY_RATIO)
    return ratio


def dew_point(temperature_c: FloatArray, humidity: FloatArray) -> FloatArray:
    """Return the dew point [degC] of a dry bulb [degC] and a relative humidity (0..1], by halving the interval."""
    high = np.array(temperature_c, dtype=np.float64)
    vapour = saturation_pressure(high) * humidity
    low = np.full_like(high, _COLDEST_C)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = saturation_pressure(middle) > vapour
        high = np.where(above, middle, high)
        low = np.where(above, low, middle)
    found: FloatArray = np.minimum(0.5 * (low + high), temperature_c)
    return found


def wet_bulb(temperature_c: FloatArray, dew_point_c: FloatArray, pressure_pa: FloatArray) -> FloatArray:
    """Return the thermodynamic wet bulb [degC] at a station pressure [Pa]: equations 33 and 35, by halving."""
    dry = np.asarray(temperature_c, dtype=np.float64)
    low = np.minimum(dew_point_c, dry)
    high = dry.copy()
    ratio = humidity_ratio(low, pressure_pa)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = ratio_at_wet_bulb(dry, middle, pressure_pa) > ratio
        high = np.where(above, middle, high)
        low = np.where(above, low, middle)
    found: FloatArray = 0.5 * (low + high)
    return found


def ratio_at_wet_bulb(dry: FloatArray, wet: FloatArray, pressure_pa: FloatArray) -> FloatArray:
    """Return kg of water per kg of dry air of a dry and a wet bulb [degC], equations 33 and 35."""
    saturated = humidity_ratio(wet, pressure_pa)
    over_water = ((2501.0 - 2.326 * wet) * saturated - 1.006 * (dry - wet)) / (2501.0 + 1.86 * dry - 4.186 * wet)
    over_ice = ((2830.0 - 0.24 * wet) * saturated - 1.006 * (dry - wet)) / (2830.0 + 1.86 * dry - 2.1 * wet)
    ratio: FloatArray = np.maximum(np.where(wet >= 0.0, over_water, over_ice), LEAST_HUMIDITY_RATIO)
    return ratio
