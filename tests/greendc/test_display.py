"""Numbers for people."""

from __future__ import annotations

import math
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc import display
from greendc.clock import from_iso
from greendc.display import MINUS, SPACE, THIN, UNKNOWN, of_quantity
from greendc.quantities import quantity


@pytest.mark.parametrize(
    ("value_w", "text"),
    [
        (0.0, "0 W"),
        (350.4, "350 W"),
        (4_231.0, "4.23 kW"),
        (42_310.0, "42.3 kW"),
        (1_234_567.0, f"1{THIN}235 kW"),
        (12_345_678.0, "12.3 MW"),
        (-2_500.0, f"{MINUS}2.50 kW"),
        (None, UNKNOWN),
        (math.nan, UNKNOWN),
    ],
)
def test_a_power_has_three_digits_and_a_unit(value_w: float | None, text: str) -> None:
    """A power is shown in the unit that fits it, and as a dash when it is not known."""
    assert str(display.power(value_w)) == text.replace(" ", SPACE)


def test_an_energy_is_in_kilowatt_hours() -> None:
    """3.6 MJ are 1 kWh; large energies move on to MWh."""
    assert str(display.energy(3.6e6)) == f"1.00{SPACE}kWh"
    assert str(display.energy(3.6e9 * 25)) == f"25.0{SPACE}MWh"


def test_almost_everything_is_not_everything() -> None:
    """99.97 % does not round up to a false 100 %."""
    assert display.percent(0.9997) == display.Shown("99.9", "%")
    assert display.percent(1.0) == display.Shown("100.0", "%")
    assert display.percent(None) == display.NOTHING


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (0.4, "0 s", "0 秒"),
        (89, "89 s", "89 秒"),
        (240, "4 min", "4 分钟"),
        (3 * 3600, "3 h", "3 小时"),
        (2 * 86_400, "2 d", "2 天"),
        (-5, "0 s", "0 秒"),
        (None, UNKNOWN, UNKNOWN),
    ],
)
def test_an_age_reads_in_both_languages(seconds: float | None, en: str, zh: str) -> None:
    """An age takes the largest unit that says enough."""
    assert display.age(seconds, "en") == en
    assert display.age(seconds, "zh") == zh


def test_times_are_those_of_the_site() -> None:
    """A time is shown in the site's zone, which is written out."""
    zone = zoneinfo.ZoneInfo("Asia/Shanghai")
    noon = from_iso("2026-11-23T04:00:05Z")
    assert display.clock(noon, zone) == "12:00:05"
    assert display.moment(noon, zone) == "2026-11-23 12:00"
    assert display.zone_label(zone, noon) == "Asia/Shanghai (UTC+08:00)"
    assert display.moment(0, zone) == UNKNOWN


def test_other_quantities_keep_their_unit() -> None:
    """A stored unit without a form of its own is written as it is."""
    assert str(display.stored(230.4, "V")) == f"230{SPACE}V"
    assert str(display.stored(23.44, "Cel")) == f"23.4{SPACE}°C"
    assert str(display.stored(0.5, "1")) == f"50.0{SPACE}%"


def test_money_and_mass_carry_their_unit() -> None:
    """An amount has its currency, a mass changes to tonnes where that is shorter."""
    assert str(display.money(12_345.0, "CNY")) == f"12{THIN}345{SPACE}CNY"
    assert str(display.mass(512.0)) == f"512{SPACE}kg"
    assert str(display.mass(51_200.0)) == f"51.2{SPACE}t"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_what_is_shown_reads_back(value: float) -> None:
    """Whatever the size, the digits shown are the value to within half a per cent or the last decimal."""
    text = display.significant(value)
    back = float(text.replace(THIN, "").replace(MINUS, "-"))
    assert back == pytest.approx(value, rel=0.006, abs=0.00051)
    assert not text.startswith(f"{MINUS}0.000")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\ttwo\nthree", "one two three"),
        ("a\u202eb\u200bc\x07\ud800", "abc"),
        ("noncharacters \ufdd0\uffff\U0010ffff", "noncharacters "),
        ("垚昇喆镕 \ue123 中心", "垚昇喆镕 \ue123 中心"),
        ("unassigned \u0378", "unassigned \u0378"),
    ],
)
def test_only_what_is_no_letter_leaves_a_line(text: str, line: str) -> None:
    """Controls and marks of direction go; a letter of private use or an unassigned one does not vanish from a name."""
    assert display.one_line(text) == line


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("load_average_1", 2.05, "2.05"),
        ("load_ratio", 0.5, "50.0\u00a0%"),
        ("outlet_state", 2, "on"),
        ("memory_used_by", 3.5e9, "3.50\u00a0GB"),
        ("voltage_v", 230.0, "230\u00a0V"),
        ("voltage_v", None, "—"),
    ],
)
def test_a_value_of_a_quantity_reads_as_what_it_is(key: str, value: float | None, shown: str) -> None:
    """A count is no percentage, a state has a name, and bytes come in GB."""
    assert str(of_quantity(value, quantity(key))) == shown
