"""The array gives what light, warmth and its inverter allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from greendc.errors import ConfigError
from simulators.plant.pv import PvParameters, pv_yield
from simulators.plant.weather import Climate, Drives, Weather

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

START_S = 1_767_225_600.0
PLACE = Climate()


def _drives(light: float, dry_c: float = 20.0, wind: float = 1.0) -> Drives:
    return Drives(np.array([[dry_c, 5.0, 10.0, 81_100.0, light, wind]]), np.array([0.5]))


def _noon() -> FloatArray:
    """Return noon at 102.7 degrees east on 1 April."""
    return np.array([START_S + 90 * 86_400.0 + (12.0 - 102.7 / 15.0) * 3600.0])


def test_performance_ratio_of_a_year() -> None:
    """Over a year the yield is near 0.8 of rated power times light on the plane, and night gives nothing at all."""
    times_s = START_S + 900.0 * np.arange(4 * 8760, dtype=np.float64)
    drives = Weather(1).block(times_s)
    year = pv_yield(PvParameters(), PLACE, times_s, drives)
    ratio = year.power_w.sum() / (20e3 * year.plane_w_m2.sum() / 1e3)
    assert 0.74 < ratio < 0.86
    assert year.plane_w_m2.sum() > 1.0 * drives.irradiance_w_m2.sum()
    dark = drives.irradiance_w_m2 == 0.0
    assert not year.power_w[dark].any()
    assert not year.dc_voltage_v[dark].any()
    assert year.power_w.max() <= 18e3


def test_warm_modules_give_less() -> None:
    """A kelvin of module temperature costs 0.4 %, and wind cools the modules."""
    cool, warm = (pv_yield(PvParameters(), PLACE, _noon(), _drives(500.0, dry_c)) for dry_c in (10.0, 30.0))
    assert warm.dc_power_w[0] / cool.dc_power_w[0] == pytest.approx(1.0 - 0.004 * 20.0, abs=0.006)
    calm, windy = (pv_yield(PvParameters(), PLACE, _noon(), _drives(500.0, wind=wind)) for wind in (0.5, 8.0))
    assert windy.module_c[0] < calm.module_c[0] - 8.0
    assert windy.power_w[0] > calm.power_w[0]


def test_strings_and_clipping() -> None:
    """Half of the strings give half of the direct current; a small inverter clips, and takes no more than it needs."""
    whole = pv_yield(PvParameters(), PLACE, _noon(), _drives(500.0))
    half = pv_yield(PvParameters(), PLACE, _noon(), _drives(500.0), 0.5)
    assert half.dc_power_w[0] == pytest.approx(0.5 * whole.dc_power_w[0])
    small = pv_yield(PvParameters(inverter_w=5e3), PLACE, _noon(), _drives(900.0))
    assert small.power_w[0] == 5e3
    assert 5e3 < small.dc_power_w[0] < 5.3e3


def test_an_array_that_cannot_be() -> None:
    """An efficiency above one is refused with its bounds."""
    with pytest.raises(
        ConfigError, match=r"inverter_efficiency of PvParameters is 1\.2; it must lie between 0\.5 and 1"
    ):
        PvParameters(inverter_efficiency=1.2)
