"""What stands in a register follows from the true value, the register's scale and its width."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.profiles import Point, Raw
from simulators.devices.sensors import SensorErrors, draw_errors, modulus, raw_values

ENERGY = Point(quantity="active_energy_j", register=0, raw=Raw.UINT32, unit="W.h")


def _raw(point: Point, value: float) -> float:
    return float(raw_values(point, np.array([value]))[0])


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
    """Gain bends electrical quantities, offset temperatures; a humidity stays as it is."""
    errors = SensorErrors(gain=1.01, offset_k=0.2)
    one = np.array([1.0])
    assert errors.measured("active_power_w", one)[0] == pytest.approx(1.01)
    assert errors.measured("air_temperature_c", one)[0] == pytest.approx(1.2)
    assert errors.measured("relative_humidity_ratio", one)[0] == 1.0
