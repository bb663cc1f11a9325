"""A simulated device's points follow their wires, also where the device decides what a raw step is worth."""

from __future__ import annotations

import numpy as np
import pytest

from greendc.profiles import ModbusMap, Point, Profile, Raw
from simulators.devices.device import Device, Levels, State, Wires
from simulators.devices.sensors import SensorErrors
from simulators.front_ends.modbus_image import RegisterImage

UNIT = {"0": "off", "1": "on", "2": "standby", "3": "fault"}


def device(wires: Wires, *points: Point) -> Device:
    """Return a device of these points; each signal reads 1234."""
    family = Profile(
        schema=1,
        name="test",
        version=1,
        protocol="modbus",
        kind="meter",
        maker="test",
        title="test",
        sources=["test"],
        points=list(points),
        modbus=ModbusMap(function=3),
    )
    return Device("d", family, wires, lambda _: 1234.0, SensorErrors())


def test_a_scale_factor_is_served_beside_its_value() -> None:
    """1234 W by a factor of ten are 123 with a 1 beside; what is stored is what a reader makes of it."""
    made = device(
        {("", "active_power_w"): "x.power_w"},
        Point(quantity="active_power_w", register=14, sf=17, raw=Raw.INT16, unit="W"),
    )
    image = RegisterImage(made)
    assert image.spans() == [(14, 4)]
    assert image.read(14, 4) == b"\x00\x7b\x00\x00\x00\x00\x00\x01"
    assert made.stored(made.points[0], np.array([1234.0]), np.array([0.0]))[0].tolist() == [1230.0]


def test_a_negative_scale_factor_is_served_as_sixteen_bits() -> None:
    """Volts come in tenths: -1 is 0xFFFF."""
    made = device(
        {("", "voltage_v"): "x.voltage_v"}, Point(quantity="voltage_v", register=3, sf=2, raw=Raw.UINT16, unit="V")
    )
    image = RegisterImage(made)
    assert image.read(2, 2) == b"\xff\xff" + (12340).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("wire", "codes", "stored"),
    [
        (State("fault"), [3, 3, 3], [4, 4, 4]),
        (Levels("x", ("off", "on")), [0, 0, 1], [1, 1, 2]),
        (Levels("x", ("fault", "standby", "on"), (-1.0, 1.0)), [3, 2, 1], [4, 3, 2]),
    ],
)
def test_states_follow_their_signal(wire: State | Levels, codes: list[float], stored: list[float]) -> None:
    """At -5, 0 and 5 a fixed state stays, and others change at their edges."""
    made = device({("", "unit_state"): wire}, Point(quantity="unit_state", register=0, raw=Raw.UINT16, states=UNIT))
    values, times_s = np.array([-5.0, 0.0, 5.0]), np.array([0.0, 60.0, 120.0])
    assert made.raw_column(made.points[0], values, times_s).tolist() == codes
    assert made.stored(made.points[0], values, times_s)[0].tolist() == stored


def test_the_first_of_several_codes_is_served() -> None:
    """Where a profile reads two codes as one state, the device shows the first."""
    states = {"4": "on", "1": "off", "5": "on"}
    made = device(
        {("", "unit_state"): State("on")}, Point(quantity="unit_state", register=0, raw=Raw.UINT16, states=states)
    )
    assert made.raw(made.points[0]) == 4.0


def test_a_state_that_the_family_does_not_have_is_refused() -> None:
    """A wire whose state has no code in the profile leads nowhere."""
    with pytest.raises(ValueError, match="no point for"):
        device(
            {("", "unit_state"): Levels("x", ("off", "fault"))},
            Point(quantity="unit_state", register=0, raw=Raw.UINT16, states={"0": "off"}),
        )
