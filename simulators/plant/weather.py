"""Outdoor air and sun, a function of absolute time: a synthetic climate, or a year of hours that a person has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.physics import air, moist_air
from simulators.plant.bounds import refuse_outside
from simulators.plant.knots import Knots
from simulators.plant.noise import Noise
from simulators.plant.sun import SECONDS_PER_DAY, SECONDS_PER_YEAR, SunPosition, clear_sky

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.plant.knots import IntArray
    from simulators.plant.weather_year import WeatherYear

GRID_S = 900.0

_CLIMATE_BOUNDS = {
    "altitude_m": (-430.0, 6000.0),
    "latitude_deg": (-90.0, 90.0),
    "longitude_deg": (-180.0, 180.0),
    "mean_c": (-40.0, 45.0),
    "yearly_k": (0.0, 40.0),
    "daily_k": (0.0, 25.0),
    "noise_k": (0.0, 10.0),
    "dew_mean_c": (-50.0, 35.0),
    "dew_yearly_k": (0.0, 30.0),
    "warmest_day": (0.0, 366.0),
    "local_offset_s": (-14 * 3600.0, 14 * 3600.0),
    "clearness": (0.0, 1.0),
    "wind_m_s": (0.0, 30.0),
}


class Climate(msgspec.Struct, frozen=True, kw_only=True):
    """Means and swings [degC, K] of a place; the defaults resemble Kunming (mean 15.5 degC, wet bulb near 12 degC).

    ``local_offset_s`` turns UTC into local time. ``clearness`` is the share of a clear sky's light that arrives over
    the year (1500 kWh/m2 with the default), ``wind_m_s`` the mean wind.
    """

    altitude_m: float = 1892.0
    latitude_deg: float = 25.0
    longitude_deg: float = 102.7
    mean_c: float = 15.5
    yearly_k: float = 6.5
    daily_k: float = 5.0
    noise_k: float = 1.8
    dew_mean_c: float = 9.0
    dew_yearly_k: float = 6.0
    warmest_day: float = 195.0
    local_offset_s: float = 8 * 3600.0
    clearness: float = 0.63
    wind_m_s: float = 2.4

    def __post_init__(self) -> None:
        """Refuse a climate that does not exist on Earth."""
        refuse_outside(self, _CLIMATE_BOUNDS)


class Outdoor(msgspec.Struct, frozen=True):
    """Outdoor air [degC, 0..1, Pa], global irradiance [W/m2] on the ground and wind [m/s] at one time."""

    dry_bulb_c: float
    dew_point_c: float
    wet_bulb_c: float
    humidity: float
    pressure_pa: float
    irradiance_w_m2: float
    wind_m_s: float


class Drives:
    """The same over a row of times: one array for each of the quantities of `Outdoor`."""

    def __init__(self, columns: FloatArray, humidity: FloatArray) -> None:
        """Take the columns in the order of the knots."""
        self.dry_bulb_c, self.dew_point_c, self.wet_bulb_c = columns[:, 0], columns[:, 1], columns[:, 2]
        self.pressure_pa, self.irradiance_w_m2, self.wind_m_s = columns[:, 3], columns[:, 4], columns[:, 5]
        self.humidity = humidity


class Weather:
    """Outdoor air at any time. Worked out every 15 minutes of absolute time and linear in between.

    With a ``year`` its hours are used for every year, by the day of the year; else the synthetic climate of the seed.
    Irradiance is the mean light around a time; ``pressure_pa`` is the place's mean station pressure.
    """

    def __init__(self, seed: int, climate: Climate | None = None, year: WeatherYear | None = None) -> None:
        """Make the weather of a seed and a climate, or of a year of hours."""
        self.climate = climate or Climate()
        self.pressure_pa = air.station_pressure(self.climate.altitude_m)
        self._year = year
        if year is not None and year.pressure_pa is not None:
            self.pressure_pa = float(year.pressure_pa.mean())
        self._fronts = Noise(seed, 11, 2 * SECONDS_PER_DAY, 4)
        self._hours = Noise(seed, 12, 3 * 3600.0, 4)
        self._knots = Knots(GRID_S, self._worked)

    def block(self, times_s: FloatArray) -> Drives:
        """Return the weather at each time [s since 1970]."""
        columns = self._knots.between(times_s)
        return Drives(columns, moist_air.relative_humidity(columns[:, 0], columns[:, 1]))

    def at(self, time_s: float) -> Outdoor:
        """Return the weather at a time [s since 1970]."""
        now = self.block(np.array([time_s]))
        return Outdoor(
            float(now.dry_bulb_c[0]),
            float(now.dew_point_c[0]),
            float(now.wet_bulb_c[0]),
            float(now.humidity[0]),
            float(now.pressure_pa[0]),
            float(now.irradiance_w_m2[0]),
            float(now.wind_m_s[0]),
        )

    def _worked(self, knots: IntArray) -> FloatArray:
        times_s: FloatArray = knots.astype(np.float64) * GRID_S
        dry, dew, irradiance, wind = self._synthetic(times_s)
        pressure = np.full(len(knots), self.pressure_pa)
        year = self._year
        if year is not None:
            local_s = times_s + self.climate.local_offset_s
            dry, dew = year.at(local_s, year.dry_bulb_c), year.at(local_s, year.dew_point_c)
            if year.irradiance_w_m2 is not None:
                # Files give the light of the hour that ends at their time.
                irradiance = year.at(local_s + 1800.0, year.irradiance_w_m2)
            if year.wind_m_s is not None:
                wind = year.at(local_s, year.wind_m_s)
            if year.pressure_pa is not None:
                pressure = year.at(local_s, year.pressure_pa)
        dew = np.minimum(dew, dry)
        wet = moist_air.wet_bulb(dry, dew, pressure)
        return np.stack([dry, dew, wet, pressure, irradiance, wind], axis=1)

    def _synthetic(self, times_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return dry bulb, dew point, irradiance and wind of the climate."""
        place = self.climate
        local_s = times_s + place.local_offset_s
        season = np.cos(2 * np.pi * (local_s / SECONDS_PER_YEAR - place.warmest_day / 365.2425))
        # Air is warmest at three in the afternoon.
        day = np.cos(2 * np.pi * (local_s / SECONDS_PER_DAY - 15 / 24))
        fronts, hours = self._fronts.block(times_s), self._hours.block(times_s)
        dry = place.mean_c + place.yearly_k * season + place.daily_k * day
        dry += place.noise_k * (0.9 * fronts[:, 0] + 0.4 * hours[:, 0])
        dew = place.dew_mean_c + place.dew_yearly_k * season
        dew += place.noise_k * (0.8 * fronts[:, 1] + 0.3 * hours[:, 1])
        sun = SunPosition(times_s, place.latitude_deg, place.longitude_deg)
        clear = np.clip(place.clearness + 0.18 * fronts[:, 2] + 0.16 * hours[:, 2], 0.08, 1.0)
        wind = place.wind_m_s * np.maximum(0.05, 1.0 + 0.25 * day + 0.35 * fronts[:, 3] + 0.35 * hours[:, 3])
        return dry, np.minimum(dew, dry - 0.3), clear_sky(sun.up) * clear, wind
