"""Degree days and free cooling from weather that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.kpis import compute
from greendc.clock import from_iso
from greendc.model import SeriesKey
from greendc.physics.air import station_pressure, wet_bulb
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START
from tests.analytics.room import room

if TYPE_CHECKING:
    from analytics.result import KpiResult

DAY = 24 * HOUR
STEP = 15 * MINUTE


def _add(history: MemoryHistory, device: str, quantity: str, values: list[float], *, part: str = "") -> None:
    history.add(SeriesKey(SITE, device, part, quantity), [START + i * STEP for i in range(len(values))], values)


def _figure(history: MemoryHistory, key: str, length_ns: int, *, timezone: str = "UTC") -> KpiResult:
    site = room()
    site = msgspec.structs.replace(site, info=msgspec.structs.replace(site.info, timezone=timezone))
    return compute(history, site, START, START + length_ns, {key})[0]


def test_golden_degree_days_from_readings() -> None:
    """Days of 20, 23, 24, 26 and 30 degC make 3 + 5 + 9 = 17 degree days: below 24 degC nothing counts."""
    history = MemoryHistory()
    means = [20.0, 23.0, 24.0, 26.0, 30.0]
    _add(history, "chiller-1", "outdoor_temperature_c", [mean for mean in means for _ in range(96)])
    found = _figure(history, "cooling_degree_days", 5 * DAY)
    assert (found.value, found.unit) == (17.0, "K.d")
    assert found.remarks[0].params["n"] == "5"


def test_days_are_the_sites_own() -> None:
    """In Shanghai five days of UTC hold four whole local days, each half of the one and half of the next."""
    history = MemoryHistory()
    _add(history, "chiller-1", "outdoor_temperature_c", [mean for mean in (20.0, 40.0) for _ in range(96)])
    # 16:00 UTC on is the next day: 8 h at 20 degC and 16 h at 40 degC.
    found = _figure(history, "cooling_degree_days", 2 * DAY, timezone="Asia/Shanghai")
    assert found.value == pytest.approx((8 * 20.0 + 16 * 40.0) / 24 - 21.0)
    assert _figure(history, "cooling_degree_days", 20 * HOUR).reason == "no_whole_day"


def test_a_day_of_23_hours_is_a_whole_day() -> None:
    """The day on which clocks go forward counts with its 23 hours."""
    history = MemoryHistory()
    start = from_iso("2026-03-28T23:00:00Z")
    times = [start + i * STEP for i in range(23 * 4)]
    history.add(SeriesKey(SITE, "w", "", "outdoor_temperature_c"), times, [25.0] * len(times))
    site = plant.site(timezone="Europe/Berlin")
    (found,) = compute(history, site, start, start + 23 * HOUR, {"cooling_degree_days"})
    assert (found.value, found.coverage) == (4.0, 1.0)


def test_unknown_days_cost_coverage() -> None:
    """Two of five days known are too few, four of five are provisional."""
    history = MemoryHistory()
    _add(history, "chiller-1", "outdoor_temperature_c", [25.0] * (2 * 96))
    assert _figure(history, "cooling_degree_days", 5 * DAY).reason == "coverage"
    _add(history, "chiller-1", "outdoor_temperature_c", [25.0] * (4 * 96))
    found = _figure(history, "cooling_degree_days", 5 * DAY)
    assert (found.value, found.provisional) == (16.0, True)
    assert _figure(MemoryHistory(), "cooling_degree_days", 5 * DAY).reason == "no_outdoor_sensor"


def _cooled(states: list[float], wet: list[float]) -> MemoryHistory:
    history = MemoryHistory()
    _add(history, "eco-1", "economiser_state", [state for state in states for _ in range(4)])
    _add(history, "chiller-1", "outdoor_wet_bulb_c", [value for value in wet for _ in range(4)])
    _add(history, "chiller-1", "supply_water_setpoint_c", [15.0] * (4 * len(wet)))
    return history


def test_free_cooling_used_against_possible() -> None:
    """With water at 15 degC and approaches of 6 K a wet bulb of 9 degC is enough; half of such hours were used."""
    history = _cooled([3, 3, 1, 2, 1, 1], [5.0, 9.0, 8.0, 7.0, 9.1, 20.0])
    used, possible, share = (
        _figure(history, key, 6 * HOUR) for key in ("free_cooling_hours", "free_cooling_possible", "free_cooling_share")
    )
    assert used.value == pytest.approx(3.0)
    assert used.unit == "h"
    assert used.remarks[0].params["hours"] == "1.0"
    assert possible.value == pytest.approx(4.0)
    assert {remark.code for remark in possible.remarks} == {"free_cooling_assumed", "rule_unconfirmed"}
    assert share.value == pytest.approx(0.5)


def test_free_cooling_that_was_never_possible() -> None:
    """In the heat there is no share, and the reason says so."""
    assert _figure(_cooled([1, 1], [20.0, 21.0]), "free_cooling_share", 2 * HOUR).reason == "never_possible"


def test_wet_bulb_from_a_weather_station() -> None:
    """Without a wet bulb, temperature and humidity at the site's altitude give it."""
    history = MemoryHistory()
    wet = wet_bulb(20.0, 0.3, float(station_pressure(1890.0)))
    for water, hours in ((wet + 6.01, 2.0), (wet + 5.99, 0.0)):
        _add(history, "weather", "outdoor_temperature_c", [20.0] * 8)
        _add(history, "weather", "relative_humidity_ratio", [0.3] * 8, part="outdoor")
        _add(history, "chiller-1", "supply_water_setpoint_c", [water] * 8)
        found = _figure(history, "free_cooling_possible", 2 * HOUR)
        assert found.value == pytest.approx(hours)
        assert found.remarks[0].params["wet"] == "computed"


@pytest.mark.parametrize(
    ("key", "without", "reason"),
    [
        ("free_cooling_hours", "economiser_state", "no_economiser"),
        ("free_cooling_share", "economiser_state", "no_economiser"),
        ("free_cooling_possible", "outdoor_wet_bulb_c", "no_outdoor_wet_bulb"),
        ("free_cooling_possible", "supply_water_setpoint_c", "no_chilled_water_setpoint"),
    ],
)
def test_what_free_cooling_needs_is_named(key: str, without: str, reason: str) -> None:
    """A missing state, wet bulb or set-point is named."""
    whole, some = _cooled([3, 3], [5.0, 5.0]), MemoryHistory()
    for one in whole.series(SITE):
        if one.quantity != without:
            some.write(whole.readings(one))
    found = _figure(some, key, 2 * HOUR)
    assert (found.value, found.reason) == (None, reason)
