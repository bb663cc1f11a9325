"""What stands in a register follows from the true value, the register's scale and its width."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.profiles import Point, Raw
from simulators.devices.registers import Registers, modulus
from simulators.devices.sensors import SensorErrors, draw_errors, normal

ENERGY = Point(quantity="active_energy_j", register=0, raw=Raw.UINT32, unit="W.h")


def _raw(point: Point, value: float) -> float:
    return float(Registers.of([point]).raw(np.array([value]))[0])


def test_counter_wraps_at_its_width() -> None:
    """A u32 counter of Wh starts again at 4 294 967 296; a u16 of kWh at 65 536; a stated modulus wins."""
    assert _raw(ENERGY, 4_294_967_297 * 3600.0) == 1.0
    small = Point(quantity="active_energy_j", register=0, raw=Raw.UINT16, unit="kW.h")
    assert _raw(small, 65_535 * 3.6e6) == 65_535.0
    assert _raw(small, 65_537 * 3.6e6) == 1.0
    odometer = Point(quantity="active_energy_j", register=0, raw=Raw.UINT32, unit="kW.h", modulus=1e6)
    assert _raw(odometer, 1_000_002 * 3.6e6) == 2.0


def test_gauge_stops_at_its_width() -> None:
    """A gauge does not wrap: 700 A in tenths stays at the most that 16 bits hold."""
    gauge = Point(quantity="current_a", register=0, raw=Raw.INT16, unit="A", scale=0.01)
    assert _raw(gauge, 700.0) == 32_767.0
    assert _raw(gauge, -700.0) == -32_768.0


def test_scale_and_offset_by_hand() -> None:
    """5.9 kW at 10 W a step is 590; 39 % busy is 61 % idle; 68 degF is 20 degC."""
    assert _raw(Point(quantity="active_power_w", oid="1.3.1", unit="kW", scale=0.01), 5903.0) == 590.0
    idle = Point(quantity="cpu_utilisation_ratio", oid="1.3.1", unit="%", scale=-1, offset=100)
    assert _raw(idle, 0.39) == 61.0
    fahrenheit = Point(quantity="air_temperature_c", oid="1.3.1", unit="[degF]", scale=0.1)
    assert _raw(fahrenheit, 20.0) == 680.0


@given(st.floats(0.0, 1e12), st.sampled_from(["J", "W.h", "kW.h"]), st.sampled_from([0.001, 0.1, 1.0, 10.0]))
def test_reading_back_is_within_half_a_step(energy_j: float, unit: str, scale: float) -> None:
    """What a collector reads back differs from the true value by half a register step at most."""
    point = Point(quantity="active_energy_j", oid="1.3.1", raw=Raw.COUNTER64, unit=unit, scale=scale)
    step = point.stored(1.0)
    assert abs(point.stored(_raw(point, energy_j)) - energy_j) <= step / 2 + 1e-3
    assert modulus(point) == 2.0**64


@given(st.integers(0, 2**31), st.sampled_from([0.005, 0.01]))
def test_errors_stay_within_class(seed: int, accuracy: float) -> None:
    """A device's own gain never exceeds its class, and is its own."""
    errors = draw_errors(seed, "meter-main", accuracy)
    assert abs(errors.gain - 1.0) <= accuracy + 1e-12
    assert abs(errors.offset_k) <= 0.3
    assert errors == draw_errors(seed, "meter-main", accuracy)
    assert errors != draw_errors(seed, "meter-mech", accuracy)


def test_errors_touch_what_they_belong_to() -> None:
    """Gain bends what is metered, offset temperatures; a humidity stays as it is."""
    errors = SensorErrors(gain=1.01, offset_k=0.2)
    assert errors.gain_of("active_power_w") == errors.gain_of("active_energy_j") == errors.gain_of("current_a") == 1.01
    assert errors.gain_of("air_temperature_c") == errors.gain_of("run_time_s") == 1.0
    assert errors.offset_of("air_temperature_c") == 0.2
    assert errors.offset_of("supply_air_setpoint_c") == errors.offset_of("relative_humidity_ratio") == 0.0


def test_noise_is_near_to_normal_and_bounded() -> None:
    """Mean 0, deviation 1, no memory, nothing beyond 3.47, another row for another key; the same on each call."""
    counts = np.arange(200_000)
    one, other = (normal(np.array([key], dtype=np.uint64), counts) for key in (1, 2))
    assert abs(one.mean()) < 0.01
    assert one.std() == pytest.approx(1.0, abs=0.01)
    assert np.abs(one).max() < 3.47
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.01
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.01
    assert np.array_equal(one[500:600], normal(np.array([1], dtype=np.uint64), counts[500:600]))


def test_registers_of_energy_have_no_noise() -> None:
    """Noise belongs to what is measured at a moment: powers, temperatures; never to counters or set-points."""
    errors = draw_errors(1, "meter-main", 0.01)
    assert errors.noise_of("active_power_w")[0] == pytest.approx(0.001)
    assert errors.noise_of("air_temperature_c") == (0.0, 0.05)
    for still in ("active_energy_j", "heat_energy_j", "water_volume_m3", "supply_air_setpoint_c", "unit_state"):
        assert errors.noise_of(still) == (0.0, 0.0)


@given(st.integers(0, 2**31), st.sampled_from([0.002, 0.005, 0.01, 0.02]))
def test_gain_and_noise_stay_within_class(seed: int, accuracy: float) -> None:
    """The sum of a meter's errors never exceeds its class."""
    errors = draw_errors(seed, "meter", accuracy)
    assert abs(errors.gain - 1.0) + 3.47 * errors.noise <= accuracy + 1e-12


def test_updates_are_held_for_their_period() -> None:
    """A card that updates each 7 s, 2 s off the clock, shows the same update from 5 s to 12 s."""
    errors = SensorErrors(update_ms=7000, phase_ms=2000)
    assert errors.updates(np.array([4.9, 5.0, 11.9, 12.0])).tolist() == [0, 1, 1, 2]


def test_lost_reads_are_rare_and_the_same_again() -> None:
    """The share of lost reads is what was asked for, at the same seconds each time, and none without loss."""
    times_s = 1_780_000_000.0 + np.arange(1e6, dtype=np.float64)
    errors = SensorErrors(loss=1e-3, key=5)
    lost = ~errors.answered(times_s)
    assert 900 < lost.sum() < 1100
    assert np.array_equal(errors.answered(times_s[700:800] + 0.3), ~lost[700:800])
    assert SensorErrors(key=5).answered(times_s).all()
