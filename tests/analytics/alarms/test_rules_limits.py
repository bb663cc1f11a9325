"""Hard limits of power, air and water on readings by hand."""

from __future__ import annotations

import pytest

from tests.analytics.alarms.judging import Bench

KW = 1000.0
PHASES = ("phase/l1", "phase/l2", "phase/l3")


def test_a_breaker_carries_no_more_than_its_share_for_long() -> None:
    """80 % of the rating is for long loads, the rating itself for none; without a rating nothing is judged."""
    bench = Bench({"r01:a": "apc-rpdu2", "r01:b": "apc-rpdu2"}, racks={"r01": 5.0}, rated={"a": 16.0})
    bench.run(5, {"a/phase/l1 current_a": 13.0, "a/phase/l2 current_a": 12.0, "b/phase/l1 current_a": 30.0})
    verdicts = bench.judge("breaker_load")
    assert [(alarm.id, alarm.kind, alarm.part) for alarm in verdicts.raised] == [
        ("breaker_load/a", "continuous", "phase/l1")
    ]
    assert [(entry.node, entry.missing) for entry in verdicts.not_evaluated] == [("b", ("rated_a",))]
    bench.run(5, {"a/phase/l1 current_a": 16.5})
    assert bench.raised("breaker_load") == ["breaker_load/a overload"]


def test_two_feeds_carry_no_more_than_one_could() -> None:
    """The sum of a phase over both feeds is what one of them would have to carry."""
    bench = Bench({"r01:a": "apc-rpdu2", "r01:b": "apc-rpdu2"}, racks={"r01": 5.0}, rated={"a": 16.0, "b": 16.0})
    bench.run(10, {"a/phase/l2 current_a": 7.5, "b/phase/l2 current_a": 8.0})
    assert bench.raised("feed_redundancy") == []
    bench.run(10, {"a/phase/l2 current_a": 9.0, "b/phase/l2 current_a": 8.0})
    assert bench.raised("feed_redundancy") == ["feed_redundancy/r01 lost"]


def test_a_rack_takes_no_more_than_its_rating() -> None:
    """The power of both PDUs counts, and the sentence says both figures."""
    bench = Bench({"r01:a": "apc-rpdu2", "r01:b": "apc-rpdu2"}, racks={"r01": 5.0})
    bench.run(10, {"a active_power_w": 2.4 * KW, "b active_power_w": 2.4 * KW})
    assert bench.raised("rack_power") == []
    bench.run(10, {"a active_power_w": 2.7 * KW, "b active_power_w": 2.5 * KW})
    (alarm,) = bench.judge("rack_power").raised
    assert "5.20\u00a0kW" in alarm.detail(bench.site.zone(), "en")
    assert "5.00\u00a0kW" in alarm.detail(bench.site.zone(), "zh")


def test_a_rack_without_a_rating_or_a_meter_cannot_be_judged() -> None:
    """What is missing is named by rack."""
    bench = Bench({"r01:a": "apc-rpdu2"}, racks={"r01": 5.0})
    bench.run(5, {"a load_state": 2.0})
    assert [entry.missing for entry in bench.judge("rack_power").not_evaluated] == [("active_power_w",)]


@pytest.mark.parametrize(
    ("name", "value", "kinds"),
    [
        ("dew_point_c", 22.0, ["dew_high"]),
        ("dew_point_c", -13.0, ["dew_low"]),
        ("dew_point_c", 12.0, []),
        ("relative_humidity_ratio", 0.85, ["moist"]),
        ("relative_humidity_ratio", 0.05, ["dry"]),
    ],
)
def test_air_is_neither_too_moist_nor_too_dry(name: str, value: float, kinds: list[str]) -> None:
    """The allowable range of the equipment's class, one alarm a room."""
    bench = Bench({"r01:e1": "geist-environment", "r02:e2": "geist-environment"}, racks={"r01": 5.0, "r02": 5.0})
    bench.run(15, {f"e1/internal/1 {name}": value, f"e2/internal/1 {name}": value})
    assert [alarm.kind for alarm in bench.judge("room_moisture").raised] == kinds


def test_cooling_water_stays_above_the_dew_point() -> None:
    """Two kelvin are wanted; none is dripping."""
    bench = Bench({"cdu": "generic-cdu", "r01:e1": "geist-environment"}, racks={"r01": 5.0})
    bench.run(10, {"cdu supply_water_temperature_c": 15.0, "e1/internal/1 dew_point_c": 12.0})
    assert bench.raised("water_margin") == []
    bench.run(10, {"cdu supply_water_temperature_c": 15.0, "e1/internal/1 dew_point_c": 13.5})
    assert bench.raised("water_margin") == ["water_margin/cdu close"]
    bench.run(10, {"cdu supply_water_temperature_c": 13.0, "e1/internal/1 dew_point_c": 13.5})
    assert bench.raised("water_margin") == ["water_margin/cdu drips"]


def test_exhaust_has_a_limit_where_it_is_measured() -> None:
    """A rack with a sensor before it only cannot be judged."""
    bench = Bench(
        {"r01:rear": "generic-rear-sensor", "r01:e1": "geist-environment", "r02:e2": "geist-environment"},
        racks={"r01": 5.0, "r02": 5.0},
    )
    inlets = {"e1/remote/1 air_temperature_c": 22.0, "e2/remote/1 air_temperature_c": 61.0}
    bench.run(10, {"rear/rear air_temperature_c": 52.0, **inlets})
    assert bench.raised("rack_outlet") == ["rack_outlet/r01 warm"]
    assert [entry.node for entry in bench.judge("rack_outlet").not_evaluated] == ["r02"]


def test_components_have_limits_by_kind() -> None:
    """A server's sensor may be hotter than a battery."""
    bench = Bench({"srv": "host", "ups": "ups-rfc1628"})
    bench.run(10, {"srv/sensor/cpu component_temperature_c": 85.0, "ups battery_temperature_c": 45.0})
    assert bench.raised("component_heat") == ["component_heat/ups hot"]


def test_mains_that_fail_are_worse_without_a_generator() -> None:
    """A running generator makes it the lesser alarm."""
    bench = Bench({"genset": "generic-generator"})
    bench.run(5, {"genset mains_state": 1.0, "genset generator_state": 1.0})
    assert bench.raised("mains") == []
    bench.run(5, {"genset mains_state": 2.0, "genset generator_state": 1.0})
    assert bench.raised("mains") == ["mains/lab no_generator"]
    bench.run(25, {"genset mains_state": 2.0, "genset generator_state": 3.0})
    assert bench.raised("mains") == ["mains/lab failed"]


def test_phases_without_a_past_are_judged_in_silence() -> None:
    """A device whose first readings are minutes old has no rating by its past: no alarm and no warning."""
    bench = Bench({"u": "ups-rfc1628"})
    bench.run(5, {f"u/output/l{phase} current_a": 10.0 for phase in (1, 2, 3)})
    assert bench.raised("phase_imbalance") == []


def test_fuel_is_ordered_in_time() -> None:
    """Half a tank is low, a tenth is nearly empty."""
    bench = Bench({"genset": "generic-generator"})
    bench.run(10, {"genset fuel_level_ratio": 0.45})
    assert bench.raised("fuel") == ["fuel/genset low"]
    bench.run(10, {"genset fuel_level_ratio": 0.08})
    assert bench.raised("fuel") == ["fuel/genset empty"]


def test_a_leak_is_told_at_once() -> None:
    """A wet sensor of any device is an alarm within seconds."""
    bench = Bench({"r01:e1": "geist-environment"}, racks={"r01": 5.0})
    bench.run(2, {"e1/leak/1 leak_state": 1.0}, every_s=10.0)
    assert bench.raised("leak") == []
    bench.run(0.5, {"e1/leak/1 leak_state": 2.0}, every_s=5.0)
    assert bench.raised("leak") == ["leak/e1/leak/1 wet"]


def test_one_ups_less_must_do() -> None:
    """Ratings are what power and share of load say; without the largest the other carries all."""
    bench = Bench({"a": "ups-rfc1628", "b": "ups-rfc1628"})
    power, load = "output/l1 active_power_w", "output/l1 load_ratio"
    bench.run(40, {f"a/{power}": 45e3, f"a/{load}": 0.45, f"b/{power}": 40e3, f"b/{load}": 0.4})
    assert bench.raised("ups_redundancy") == []
    bench.run(40, {f"a/{power}": 55e3, f"a/{load}": 0.55, f"b/{power}": 50e3, f"b/{load}": 0.5})
    (alarm,) = bench.judge("ups_redundancy").raised
    assert "105\u00a0kW" in alarm.detail(bench.site.zone(), "en")


def test_one_air_handler_less_must_do() -> None:
    """A unit with a fault is no reserve; one that stands by is."""
    bench = Bench(dict.fromkeys(("c1", "c2", "c3"), "generic-crah"))
    busy = {f"{name} fan_speed_ratio": 0.75 for name in ("c1", "c2")}
    states = {"c1 unit_state": 2.0, "c2 unit_state": 2.0, "c3 unit_state": 3.0, "c3 fan_speed_ratio": 0.0}
    bench.run(60, {**busy, **states})
    assert bench.raised("cooling_redundancy") == []
    bench.run(60, {**busy, **states, "c3 unit_state": 4.0})
    assert bench.raised("cooling_redundancy") == ["cooling_redundancy/air lost"]
