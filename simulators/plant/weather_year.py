"""A year of hourly weather, used for every year by the day of the year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

HOURS = 8760
_LEAP_DAY = 59
_LEAP_YEAR = 366


class WeatherYear(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """8760 values by hour of a common year, local standard time; hour 0 is midnight of New Year.

    Temperatures [degC] and pressure [Pa] are those at the hour, irradiance [W/m2] the mean of the hour that ends there.
    None is what the file does not tell.
    """

    dry_bulb_c: np.ndarray
    dew_point_c: np.ndarray
    pressure_pa: np.ndarray | None = None
    irradiance_w_m2: np.ndarray | None = None
    wind_m_s: np.ndarray | None = None

    def at(self, local_s: FloatArray, hourly: FloatArray) -> FloatArray:
        """Return hourly values at local times [s since 1970], linear between hours; 29 February is the 28th again."""
        position = hour_of_year(local_s)
        hour = np.floor(position).astype(np.int64)
        share = position - hour
        hour %= HOURS
        values: FloatArray = hourly[hour] + share * (hourly[(hour + 1) % HOURS] - hourly[hour])
        return values


def hour_of_year(local_s: FloatArray) -> FloatArray:
    """Return the hour [0, 8760) in a common year of local times [s since 1970]."""
    seconds = np.floor(local_s)
    day = np.asarray(seconds, dtype=np.int64).astype("datetime64[s]").astype("datetime64[D]")
    year = day.astype("datetime64[Y]")
    day_of_year = (day - year.astype("datetime64[D]")).astype(np.int64)
    leap = ((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(np.int64) == _LEAP_YEAR
    day_of_year -= (leap & (day_of_year >= _LEAP_DAY)).astype(np.int64)
    midnight_s = day.astype("datetime64[s]").astype(np.int64)
    hours: FloatArray = day_of_year * 24.0 + (local_s - midnight_s) / 3600.0
    return hours
