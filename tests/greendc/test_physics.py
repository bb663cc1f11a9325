"""Component equations against published or independently worked numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.physics import air, chiller, coil, electrical, flow, server


def test_station_pressure_of_kunming() -> None:
    """At 1892 m the standard atmosphere has 80.5 kPa, within one per cent of the city's mean of 81.1."""
    assert air.station_pressure(0.0) == 101_325.0
    assert air.station_pressure(1892.0) == pytest.approx(80_560, abs=60)
    assert air.station_pressure(1892.0) == pytest.approx(81_100, rel=0.01)


def test_air_density() -> None:
    """Dry air has 1.204 kg/m3 at 20 degC and sea level, and 0.96 to 0.97 in Kunming."""
    assert air.air_density(20.0, 101_325.0) == pytest.approx(1.2041, abs=5e-4)
    assert air.air_density(20.0, 81_100.0) == pytest.approx(0.964, abs=2e-3)


def test_moist_air() -> None:
    """At sea level 25 degC and 50 % have a dew point of 13.9 and a wet bulb of 17.9 degC on the ASHRAE chart."""
    assert air.dew_point(25.0, 0.5) == pytest.approx(13.86, abs=0.05)
    assert air.wet_bulb(25.0, 0.5, 101_325.0) == pytest.approx(17.9, abs=0.1)
    assert air.humidity_ratio(25.0, 0.5, 101_325.0) == pytest.approx(0.00988, abs=5e-5)
    assert air.relative_humidity(25.0, 13.86) == pytest.approx(0.5, abs=0.003)
    assert air.relative_humidity(10.0, 12.0) == pytest.approx(1.0)


@pytest.mark.parametrize(("load", "efficiency"), [(0.15, 0.908), (0.30, 0.94), (0.5, 0.956), (1.0, 0.958)])
def test_ups_efficiency(load: float, efficiency: float) -> None:
    """The default losses give the usual efficiency curve of a double-conversion UPS."""
    loss = electrical.ups_loss(load * 1000.0, 1000.0)
    assert load * 1000.0 / (load * 1000.0 + loss) == pytest.approx(efficiency, abs=0.006)


def test_small_losses_by_hand() -> None:
    """A transformer, a strip and a power supply at half load, worked by hand."""
    assert electrical.transformer_loss(50e3, 100e3, no_load_w=100.0, full_load_w=800.0) == 300.0
    assert electrical.conductor_loss(1000.0, 2000.0, fixed_w=5.0, full_load_w=20.0) == 10.0
    assert electrical.supply_input(482.5 - 14.0, efficiency=0.965) == pytest.approx(500.0)


def test_fan_power_by_hand() -> None:
    """Half speed takes 0.1 + 0.9 / 2^2.5 = 25.9 % of rated power; thinner air takes less of the moving part."""
    assert flow.fan_power(1000.0, 0.5) == pytest.approx(259.1, abs=0.05)
    assert flow.fan_power(1000.0, 1.0) == pytest.approx(1000.0)
    assert flow.fan_power(1000.0, 1.0, density_ratio=0.8) == pytest.approx(820.0)
    assert flow.hydraulic_power(0.002, 150_000.0, 0.6) == pytest.approx(500.0)
    assert flow.speed_for_flow(0.2, 1.0) == 0.4


@given(st.floats(0.0, 0.99), st.floats(0.001, 0.01), st.floats(0.0, 0.5), st.floats(1.0, 3.0))
def test_fan_power_rises_with_speed(speed: float, step: float, fixed: float, exponent: float) -> None:
    """More speed always takes more power, whatever the coefficients."""
    slow = flow.fan_power(500.0, speed, fixed_share=fixed, exponent=exponent)
    assert flow.fan_power(500.0, speed + step, fixed_share=fixed, exponent=exponent) > slow


def test_server_answers_inlet_temperature() -> None:
    """A 450 W server takes 0.35 to 0.5 % more per kelvin from 23 to 30 degC, and 7 to 9 % more at 35."""
    inlet = np.array([20.0, 23.0, 30.0, 35.0])
    power = 446.4 + server.fan_power(server.fan_speed(inlet), np.full(4, 56.0))
    assert power[0] == power[1]
    assert 0.0035 <= (power[2] / power[1] - 1.0) / 7.0 <= 0.005
    assert 0.07 <= power[3] / power[1] - 1.0 <= 0.09
    assert server.airflow(0.5, 0.1) == pytest.approx(0.05)


def test_server_power_between_idle_and_full() -> None:
    """The curve starts at idle, ends at full power and bends upwards early."""
    assert server.compute_power(0.0, 200.0, 600.0) == 200.0
    assert server.compute_power(1.0, 200.0, 600.0) == pytest.approx(600.0)
    assert server.compute_power(0.5, 200.0, 600.0) > 400.0


@pytest.mark.parametrize(("load", "factor"), [(0.25, 1.20), (0.5, 0.96), (0.75, 0.94), (1.0, 1.0)])
def test_chiller_part_load(load: float, factor: float) -> None:
    """The part-load curve passes the four catalogue medians."""
    assert chiller.part_load_factor(load) == pytest.approx(factor, abs=1e-9)


def test_chiller_temperatures() -> None:
    """One kelvin of chilled water is worth 2.4 %, one of condenser water 2.2 %, at any temperature."""
    base = chiller.temperature_factor(10.0, 24.0)
    assert chiller.temperature_factor(11.0, 24.0) / base == pytest.approx(0.976)
    assert chiller.temperature_factor(10.0, 23.0) / base == pytest.approx(0.978)
    assert chiller.chiller_power(40e3, 7.0, 29.4, rated_w=40e3, rated_cop=5.0) == pytest.approx(8000.0)


@given(st.floats(5e3, 40e3), st.floats(6.0, 16.0), st.floats(15.0, 32.0))
def test_chiller_works_harder_against_more_lift(heat: float, chilled: float, condenser: float) -> None:
    """At equal heat the chiller takes less with warmer chilled water and more with warmer condenser water."""
    power = chiller.chiller_power(heat, chilled, condenser, rated_w=60e3, rated_cop=5.2)
    assert chiller.chiller_power(heat, chilled + 0.5, condenser, rated_w=60e3, rated_cop=5.2) < power * 1.001
    assert chiller.chiller_power(heat, chilled, condenser + 0.5, rated_w=60e3, rated_cop=5.2) > power
    assert chiller.temperature_factor(chilled + 0.5, condenser) < chiller.temperature_factor(chilled, condenser)


def test_tower_approach_by_hand() -> None:
    """Half the heat halves the approach; less air raises it."""
    assert chiller.tower_approach(25e3, 50e3, 1.0) == 2.0
    assert chiller.tower_approach(25e3, 50e3, 0.5) == pytest.approx(2.0 / 0.5**0.8)


@given(st.floats(0.05, 0.8), st.floats(0.3, 1.0))
def test_coil_water_inverts_effectiveness(wanted: float, air_flow: float) -> None:
    """The water flow that is asked for gives back the effectiveness that was wanted."""
    water = coil.water_for(wanted, 1.8, air_flow)
    assert coil.effectiveness(coil.transfer_units(1.8, water, air_flow)) == pytest.approx(wanted)


def test_coil_by_hand() -> None:
    """NTU 1 is an effectiveness of 63.2 %; 1 kg/s over 10 K is 10.06 kW; a third of own exhaust at 12 K adds 6 K."""
    assert coil.effectiveness(1.0) == pytest.approx(0.6321, abs=1e-4)
    assert coil.air_heat(1.0, 30.0, 20.0) == pytest.approx(10_060.0)
    assert coil.mixed_inlet(19.0, 12.0, 1.0 / 3.0) == pytest.approx(25.0)
