"""Synthetic weather is a function of time, and looks like the place it is made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pvlib
import pytest

from greendc.errors import ConfigError
from simulators.plant.sun import SECONDS_PER_DAY, SunPosition, clear_sky, plane_irradiance
from simulators.plant.weather import Climate, Weather
from simulators.plant.weather_year import HOURS, WeatherYear, hour_of_year

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

START_S = 1_767_225_600.0
"""2026-01-01T00:00Z."""


def _times(first_s: float, apart_s: float, count: int) -> FloatArray:
    return first_s + apart_s * np.arange(count, dtype=np.float64)


def test_weather_of_a_year() -> None:
    """The year's means lie near those of Kunming, and wet bulb and dew point never pass the dry bulb."""
    year = Weather(1).block(_times(START_S, 3600.0, 8760))
    assert 14.0 < year.dry_bulb_c.mean() < 17.0
    assert 10.5 < year.wet_bulb_c.mean() < 13.0
    assert year.dry_bulb_c.min() > -6.0
    assert year.dry_bulb_c.max() < 36.0
    assert np.all(year.wet_bulb_c <= year.dry_bulb_c + 1e-6)
    assert np.all(year.dew_point_c <= year.wet_bulb_c + 1e-6)
    assert np.all((year.humidity > 0.0) & (year.humidity <= 1.0))
    assert 1400.0 < year.irradiance_w_m2.sum() / 1e3 < 1650.0
    assert np.all(year.wind_m_s > 0.0)


def test_weather_does_not_depend_on_the_way() -> None:
    """Asking for an hour gives the same air whether or not the hours before were asked for, alone or in a block."""
    walked, direct = Weather(3), Weather(3)
    times_s = _times(START_S, 1800.0, 200) + 123.0
    one_by_one = np.array([walked.at(float(time_s)).wet_bulb_c for time_s in times_s])
    np.testing.assert_allclose(one_by_one, Weather(3).block(times_s).wet_bulb_c, rtol=1e-12)
    assert walked.at(float(times_s[7])).dry_bulb_c == pytest.approx(direct.at(float(times_s[7])).dry_bulb_c, rel=1e-12)
    far = Weather(3).block(np.concatenate([times_s, times_s + 400 * SECONDS_PER_DAY]))
    np.testing.assert_allclose(far.wet_bulb_c[: len(times_s)], one_by_one, rtol=1e-12)


def test_another_seed_is_another_weather() -> None:
    """Two seeds share a climate, not a day."""
    times_s = _times(START_S, 3600.0, 48)
    assert np.abs(Weather(1).block(times_s).dry_bulb_c - Weather(2).block(times_s).dry_bulb_c).max() > 0.3


def test_a_climate_that_cannot_be() -> None:
    """A parameter outside its bounds is named with them, and so is every other one."""
    with pytest.raises(
        ConfigError, match=r"altitude_m of Climate is 20000; it must lie between -430 and 6000"
    ) as refused:
        Climate(altitude_m=20_000.0, noise_k=-1.0, mean_c=float("nan"))
    assert [problem.path for problem in refused.value.problems] == [
        "Climate.altitude_m",
        "Climate.mean_c",
        "Climate.noise_k",
    ]


@pytest.mark.parametrize("latitude_deg", [-35.0, 0.0, 25.0, 60.0])
def test_sun_stands_where_pvlib_has_it(latitude_deg: float) -> None:
    """Zenith, incidence on a tilted plane, clear sky and tilted light agree with pvlib."""
    times_s = _times(START_S + 1800.0, 7 * 3600.0, 1252)
    sun = SunPosition(times_s, latitude_deg, 102.7)
    theirs = pvlib.solarposition.get_solarposition(pd.to_datetime(times_s, unit="s", utc=True), latitude_deg, 102.7)
    zenith = np.rad2deg(np.arccos(sun.up))
    np.testing.assert_allclose(zenith, theirs["zenith"], atol=0.7)
    incidence = pvlib.irradiance.aoi_projection(20.0, 180.0, theirs["zenith"], theirs["azimuth"])
    np.testing.assert_allclose(sun.on_plane(20.0, 180.0), np.maximum(incidence, 0.0), atol=0.013)
    clear = pvlib.clearsky.haurwitz(pd.Series(zenith))["ghi"].to_numpy()
    np.testing.assert_allclose(clear_sky(sun.up), clear, atol=0.5)
    ghi = 0.7 * clear
    split = pvlib.irradiance.erbs(pd.Series(ghi), pd.Series(zenith), pd.Series(np.arange(len(ghi)) % 365 + 1))
    high = zenith < 80.0
    share = np.asarray(split["dhi"])
    there = pvlib.irradiance.get_total_irradiance(
        20.0, 180.0, theirs["zenith"], theirs["azimuth"], np.asarray(split["dni"]), ghi, share, albedo=0.2
    )["poa_global"]
    there = np.asarray(there)
    assert plane_irradiance(sun, ghi, 20.0, 180.0)[high].sum() == pytest.approx(there[high].sum(), rel=0.03)


def test_hour_of_year() -> None:
    """Hours count within a common year, and 29 February is the 28th once more."""
    local = ["2026-01-01T00:00", "2026-12-31T23:30", "2024-02-28T06:00", "2024-02-29T06:00", "2024-03-01T00:00"]
    seconds = np.array(local, dtype="datetime64[s]").astype(np.float64)
    expected = [0.0, 8759.5, 58 * 24 - 24 + 6.0, 58 * 24 + 6.0 - 24 + 0.0, 59 * 24.0]
    expected[2] = expected[3] = 58 * 24 + 6.0
    np.testing.assert_allclose(hour_of_year(seconds), expected)


def test_a_year_of_hours_serves_every_year() -> None:
    """A file's hours come back at local time in any year, with its own pressure, light and wind where it has them."""
    hours = np.arange(HOURS, dtype=np.float64)
    own = WeatherYear(dry_bulb_c=hours / 400.0, dew_point_c=hours / 400.0 - 5.0, pressure_pa=np.full(HOURS, 90_000.0))
    weather = Weather(1, Climate(local_offset_s=3600.0), own)
    assert weather.pressure_pa == 90_000.0
    for year_s in (START_S, START_S + 365 * SECONDS_PER_DAY):
        now = weather.at(year_s + 100.25 * 3600.0)
        assert now.dry_bulb_c == pytest.approx(101.25 / 400.0)
        assert now.dew_point_c == pytest.approx(101.25 / 400.0 - 5.0)
        assert now.pressure_pa == 90_000.0
    noon = weather.at(START_S + 5 * 3600.0)
    assert noon.irradiance_w_m2 > 0.0
