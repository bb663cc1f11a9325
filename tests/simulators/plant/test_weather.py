"""Synthetic weather is a function of time, and looks like the place it is made for."""

from __future__ import annotations

import numpy as np

from simulators.plant.noise import Noise
from simulators.plant.weather import SECONDS_PER_DAY, Weather
from simulators.plant.workload import Workload

START_S = 1_767_225_600.0


def test_weather_of_a_year() -> None:
    """The year's means lie near those of Kunming, and wet bulb and dew point never pass the dry bulb."""
    weather = Weather(1)
    hours = [weather.at(START_S + 3600.0 * hour) for hour in range(0, 8760, 5)]
    dry = np.array([hour.dry_bulb_c for hour in hours])
    wet = np.array([hour.wet_bulb_c for hour in hours])
    assert 14.0 < dry.mean() < 17.0
    assert 10.5 < wet.mean() < 13.0
    assert dry.min() > -6.0
    assert dry.max() < 36.0
    assert np.all(wet <= dry + 1e-6)
    assert all(hour.dew_point_c <= hour.dry_bulb_c for hour in hours)


def test_weather_does_not_depend_on_the_way() -> None:
    """Asking for an hour gives the same air whether or not the hours before were asked for."""
    walked, direct = Weather(3), Weather(3)
    for hour in range(48):
        walked.at(START_S + 1800.0 * hour)
    at_s = START_S + 2 * SECONDS_PER_DAY + 123.0
    assert walked.at(at_s) == direct.at(at_s)


def test_noise_does_not_depend_on_the_way() -> None:
    """Noise at a time is the same after any other question, and moves smoothly."""
    one, other = Noise(1, 2, 60.0, 3), Noise(1, 2, 60.0, 3)
    for second in range(0, 600, 7):
        one.at(float(second))
    np.testing.assert_array_equal(one.at(1000.0), other.at(1000.0))
    assert np.abs(one.at(1001.0) - one.at(1000.0)).max() < 0.2


def test_workload_has_a_day() -> None:
    """Servers are busier in the afternoon than before dawn, and never beyond 0 and 1."""
    load = Workload(1, 48)
    monday_s = 1_780_243_200.0
    dawn, afternoon = load.at(monday_s + 3 * 3600.0), load.at(monday_s + 15 * 3600.0)
    assert afternoon.mean() > dawn.mean() * 1.2
    assert 0.0 < dawn.min() <= afternoon.max() < 1.0
