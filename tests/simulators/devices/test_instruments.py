"""Registers of a device: the same at once or over time, held between updates, rolling over, and wrong when told so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from greendc.model import Quality
from greendc.profiles import Identity, Match, ModbusMap, Point, Profile, Raw, profile
from simulators.devices.device import Device
from simulators.devices.sensors import SensorErrors, draw_errors
from simulators.devices.wiring import air, meters, power
from simulators.plant.plant import Plant

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.devices.device import Wires

START_S = 1_780_000_000.0


class Still:
    """A plant whose signals all have one value, at a time that the test sets."""

    def __init__(self, value: float = 5000.0) -> None:
        self.time_s = START_S
        self.held = value

    def value(self, _signal: str) -> float:
        """Return the one value."""
        return self.held

    def now_s(self) -> float:
        """Return the time."""
        return self.time_s


class Multiplied:
    """A fault that makes a device's powers ten times too large."""

    def touches(self, _part: str, quantity: str) -> bool:
        """Tell that powers are concerned."""
        return quantity == "active_power_w"

    def values(self, measured: FloatArray, _times_s: FloatArray) -> FloatArray:
        """Return ten times the value."""
        return measured * 10.0


class Gone:
    """A fault that leaves some times without a value."""

    def touches(self, part: str, _quantity: str) -> bool:
        """Tell that the first phase is concerned."""
        return part == "phase/l1"

    def values(self, measured: FloatArray, times_s: FloatArray) -> FloatArray:
        """Return nothing after a minute."""
        return np.where(times_s < START_S + 60.0, measured, np.nan)


def _meter(plant: Still, errors: SensorErrors, *points: Point) -> Device:
    family = Profile(
        schema=1,
        name="test-meter",
        version=1,
        protocol="modbus",
        kind="meter",
        maker="any",
        title="test",
        sources=["test"],
        points=list(points),
        match=Match(),
        identity=Identity(),
        modbus=ModbusMap(function=3),
    )
    wires: Wires = {(point.part, point.quantity): "load" for point in points}
    return Device("meter", family, wires, plant.value, errors, plant.now_s)


def _times(step_s: float, count: int) -> FloatArray:
    return START_S + step_s * np.arange(count, dtype=np.float64)


def _energy(raw: Raw, unit: str) -> Point:
    return Point(quantity="active_energy_j", register=0, raw=raw, unit=unit)


@pytest.mark.parametrize(
    ("raw", "unit", "joules", "width"), [("uint32", "W.h", 3.6e3, 2**32), ("uint16", "kW.h", 3.6e6, 2**16)]
)
def test_energy_rolls_over(raw: str, unit: str, joules: float, width: int) -> None:
    """A u32 of Wh starts again at 4.29 GWh and a u16 of kWh at 65 536 kWh, live and over time."""
    plant = Still((width - 2) * joules)
    device = _meter(plant, SensorErrors(), _energy(Raw(raw), unit))
    (wired,) = device.points
    assert device.raw(wired) == width - 2
    plant.held, plant.time_s = (width + 3) * joules, START_S + 60.0
    assert device.raw(wired) == 3.0
    counted = np.arange(width - 3.0, width + 3.0, dtype=np.float64) * joules
    values, qualities = device.stored(wired, counted, _times(60.0, 6))
    assert np.rint(values / joules).tolist() == [width - 3, width - 2, width - 1, 0, 1, 2]
    assert not qualities.any()


def test_energy_is_the_integral_of_the_gained_power() -> None:
    """A meter's register moves by its own power times time: the gain is in both, and the register never falls."""
    errors = draw_errors(3, "meter", 0.01)
    power = Point(quantity="active_power_w", register=4, raw=Raw.FLOAT64, unit="W")
    device = _meter(Still(), errors, _energy(Raw.UINT64, "W.h"), power)
    true_w = np.full(1440, 5000.0)
    times_s = _times(60.0, 1440)
    energy, _ = device.stored(device.points[0], np.cumsum(true_w) * 60.0, times_s)
    watts, _ = device.stored(device.points[1], true_w, times_s)
    assert np.diff(energy).min() >= 0.0
    assert energy[-1] - energy[0] == pytest.approx(watts[1:].sum() * 60.0, rel=2e-4)
    assert watts.std() == pytest.approx(5000.0 * errors.noise * errors.gain, rel=0.1)


def test_a_register_holds_its_value_until_its_update() -> None:
    """What was first asked for after an update stands until the next one, live and over time."""
    plant = Still(100.0)
    point = Point(quantity="active_power_w", register=0, raw=Raw.FLOAT64, unit="W")
    device = _meter(plant, SensorErrors(update_ms=10_000), point)
    (wired,) = device.points
    shown = []
    for second in range(0, 25, 4):
        plant.time_s, plant.held = START_S + second, 100.0 + second
        shown.append(device.raw(wired))
    assert shown == [100.0, 100.0, 100.0, 112.0, 112.0, 120.0, 120.0]
    values, _ = device.stored(wired, 100.0 + _times(4.0, 7) - START_S, _times(4.0, 7))
    assert values.tolist() == shown


@pytest.mark.parametrize("name", ["apc-rpdu2", "ups-rfc1628", "geist-environment", "schneider-iem3000"])
def test_at_once_and_over_time_are_the_same(name: str) -> None:
    """All points of a device read live have exactly the values of their columns at that time."""
    plant = Plant(3, START_S)
    wires = {
        "apc-rpdu2": power.rack_pdu("/0/2"),
        "ups-rfc1628": power.ups("/0"),
        "geist-environment": air.environment("/3", "room.dew_point_c"),
        "schneider-iem3000": meters.iem3000("utility"),
    }[name]
    family = profile(name)
    errors = draw_errors(3, name, 0.01, family.protocol)
    device = Device(name, family, wires, plant.blocks.value, errors, lambda: plant.time_s)
    live = device.readings("hall", round(plant.time_s * 1e9))
    times_s = _times(60.0, 701) - 42_000.0
    for wired, reading in zip(device.points, live, strict=True):
        true = np.full(701, plant.blocks.value(wired.signal) if wired.signal else wired.fixed)
        values, qualities = device.stored(wired, true, times_s)
        assert values[-1] == reading.value, reading.key.label()
        assert qualities[-1] == reading.quality == Quality.GOOD


def test_a_fault_changes_what_is_shown() -> None:
    """A fault bends what the sensor gives, for the points that it touches, at once and over time."""
    plant = Still(100.0)
    phase = Point(quantity="active_power_w", part="phase/l1", register=0, raw=Raw.FLOAT32, unit="W")
    current = Point(quantity="current_a", part="phase/l2", register=2, raw=Raw.INT16, unit="A", missing=[-32768])
    lost = Point(quantity="current_a", part="phase/l1", register=3, raw=Raw.UINT16, unit="A", high=1000)
    device = _meter(plant, SensorErrors(), phase, current, lost)
    device.faults.append(Multiplied())
    assert [device.raw(wired) for wired in device.points] == [1000.0, 100.0, 100.0]
    device.faults.append(Gone())
    plant.time_s += 60.0
    assert device.raw(device.points[1]) == 100.0
    assert np.isnan(device.raw(device.points[0]))
    assert device.raw(device.points[2]) == 65_535.0
    values, qualities = device.stored(device.points[0], np.full(3, 100.0), _times(60.0, 3))
    assert values[0] == 1000.0
    assert np.isnan(values[1:]).all()
    assert qualities.tolist() == [Quality.GOOD, Quality.BAD, Quality.BAD]
    (shown, _, overflowing) = device.readings("hall", 0)
    assert (shown.value, shown.quality, shown.reason) == (None, Quality.BAD, "not_available")
    assert (overflowing.value, overflowing.reason) == (None, "out_of_range")


def test_a_missing_code_is_no_value() -> None:
    """A value that happens to read as "not available" is stored as a collector would: without a value."""
    point = Point(quantity="current_a", register=0, raw=Raw.INT16, unit="A", missing=[-1])
    device = _meter(Still(-1.0), SensorErrors(), point)
    (reading,) = device.readings("hall", 0)
    assert (reading.value, reading.reason) == (None, "not_available")


def test_columns_are_fast_enough_for_a_backfill() -> None:
    """A day of a point at 5 min takes so little that one process makes a million readings a second."""
    device = _meter(
        Still(), draw_errors(1, "m", 0.01), Point(quantity="active_power_w", register=0, raw=Raw.FLOAT32, unit="kW")
    )
    true, times_s = np.full(288, 5000.0), _times(300.0, 288)
    device.stored(device.points[0], true, times_s)
    start_s = time.perf_counter()
    for _ in range(300):
        device.stored(device.points[0], true, times_s)
    assert 300 * 288 / (time.perf_counter() - start_s) > 500_000
