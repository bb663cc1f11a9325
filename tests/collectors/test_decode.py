"""Raw values become readings: what is not known stays unknown, and is never 0."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import decode as d
from collectors.decode import Value, decode, unread
from greendc.model import Quality, Reading
from greendc.profiles import Point, Raw, profiles
from greendc.quantities import quantity

TENTHS = Point(quantity="air_temperature_c", oid="1.3.6.1", unit="Cel", scale=0.1, missing=[-9999, 32767])
POINTS = [point for profile in profiles() for point in profile.points]
RAW: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.integers(-(2**63), 2**64), st.floats(), st.text(max_size=12), st.sampled_from(["18.9 C", "-0", "nan"])
)


def read(point: Point, raw: Value) -> Reading:
    """Decode a raw value for a device at one instant."""
    return decode(point, raw, part=point.part, time_ns=7, site="s", device="d")


@pytest.mark.parametrize(
    ("raw", "value", "reason"),
    [
        (154, 15.4, ""),
        (0, 0.0, ""),
        (-1, -0.1, ""),
        ("185", 18.5, ""),
        (" 185 degree C", 18.5, ""),
        ("18.5e1", 18.5, ""),
        (None, None, d.NOT_SUPPORTED),
        (-9999, None, d.NOT_AVAILABLE),
        (32767, None, d.NOT_AVAILABLE),
        ("-9999", None, d.NOT_AVAILABLE),
        ("", None, d.NOT_AVAILABLE),
        ("N/A", None, d.NOT_AVAILABLE),
        ("warm", None, d.NOT_A_NUMBER),
        ("04/16/2019", None, d.NOT_A_NUMBER),
        ("12:30", None, d.NOT_A_NUMBER),
        ("1e999", None, d.NOT_A_NUMBER),
        (math.nan, None, d.NOT_A_NUMBER),
        (math.inf, None, d.NOT_A_NUMBER),
        (65535, None, d.OUT_OF_RANGE),
        (-2730, None, d.OUT_OF_RANGE),
    ],
)
def test_one_value(raw: Value, value: float | None, reason: str) -> None:
    """Numbers, numbers in text, sentinels, text, and impossible numbers each give their value or their reason."""
    reading = read(TENTHS, raw)
    assert reading.value == pytest.approx(value)
    assert reading.reason == reason
    assert reading.quality is (Quality.BAD if reason else Quality.GOOD)


def test_celsius_from_fahrenheit() -> None:
    """A value in tenths of a degree Fahrenheit is stored in degrees Celsius: 68.0 degF is 20 degC."""
    point = Point(quantity="air_temperature_c", oid="1.3.6.1", unit="[degF]", scale=0.1)
    assert read(point, 680).value == pytest.approx(20.0)


def test_ten_watts_a_count() -> None:
    """121 counts of 0.01 kW are 1210 W, and 19516 counts of 0.1 kWh are 1951.6 kWh = 7.02576 GJ."""
    assert read(Point(quantity="active_power_w", oid="1.3", unit="kW", scale=0.01), 121).value == pytest.approx(1210)
    energy = Point(quantity="active_energy_j", oid="1.3", unit="kW.h", scale=0.1)
    assert read(energy, 19516).value == pytest.approx(7.02576e9)


def test_negative_unsigned() -> None:
    """An agent that squeezes an unsigned number into Integer32 sends 3 000 000 000 as a negative number."""
    point = Point(quantity="memory_total_by", oid="1.3", unit="By", raw=Raw.UINT, missing=[4294967295])
    assert read(point, 3_000_000_000 - 2**32).value == 3_000_000_000
    assert read(point, -1).reason == d.NOT_AVAILABLE


def test_states() -> None:
    """A code gives the state's number in the data dictionary; a code without a state, or `unknown`, gives no value."""
    states = {"1": "other", "3": "normal", "9": "unknown"}
    point = Point(quantity="ups_source_state", oid="1.3", states=states)
    codes = quantity("ups_source_state").states
    assert read(point, 3).value == codes["normal"]
    assert read(point, "3").value == codes["normal"]
    assert [read(point, raw).reason for raw in (9, 0, 77, 2.5)] == [d.UNKNOWN_STATE] * 4
    assert [read(point, raw).value for raw in (9, 0, 77, 2.5)] == [None] * 4


def test_unread() -> None:
    """A point that got no answer is a bad reading without a value."""
    reading = unread(TENTHS, d.NO_ANSWER, part="x", time_ns=1, site="s", device="d")
    assert (reading.value, reading.quality, reading.reason) == (None, Quality.BAD, "no_answer")


@given(point=st.sampled_from(POINTS), raw=RAW)
def test_any_raw_value(point: Point, raw: Value) -> None:
    """Whatever a device sends, a reading comes out: a possible value, or none and a reason."""
    reading = read(point, raw)
    known = quantity(point.quantity)
    if reading.value is None:
        assert reading.quality is Quality.BAD
        assert reading.reason
    else:
        assert known.low <= reading.value <= known.high
        assert reading.reason == ""
        assert raw not in point.missing


@given(point=st.sampled_from([point for point in POINTS if point.missing]), data=st.data())
def test_sentinels_of_profiles(point: Point, data: st.DataObject) -> None:
    """No value that a profile lists as missing ever becomes a number, as an integer or as text."""
    raw = data.draw(st.sampled_from(point.missing))
    assert read(point, raw).reason == d.NOT_AVAILABLE
    assert read(point, f"{raw:.17g}").reason == d.NOT_AVAILABLE


@given(text=st.text(alphabet="abcXYZ /:-. °C", max_size=10), point=st.sampled_from(POINTS))
def test_text_without_digits_is_no_number(text: str, point: Point) -> None:
    """Text without a digit never becomes a value."""
    assert read(point, text).value is None
