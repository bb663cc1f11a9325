"""Plant rules on readings by hand: two days of their own past, then a fault, its absence, or a mode that is off."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.alarms.rules.control_hunting import reversals
from analytics.alarms.rules.usual import Driver, usual
from tests.analytics.alarms.judging import Bench

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DAY = 1440.0


def _day(low: float, high: float) -> Callable[[float], float]:
    """Return a course that goes once up and down a day."""
    return lambda minute: low + (high - low) * 0.5 * (1.0 - math.cos(2.0 * math.pi * minute / DAY))


def _after(
    bench: Bench,
    past: Mapping[str, float | Callable[[float], float]],
    now: Mapping[str, float | Callable[[float], float]],
    hours: float,
) -> None:
    bench.run(2 * DAY, past, every_s=600.0)
    bench.run(hours * 60.0, {**past, **now}, every_s=300.0)


# Of each rule: devices, what the past was, what is broken now, which alarms that raises, what still is kept.
CRAH = {
    "c unit_state": 2.0,
    "c supply_air_temperature_c": 18.0,
    "c supply_air_setpoint_c": 18.0,
    "c return_air_temperature_c": 29.0,
    "c fan_speed_ratio": 0.6,
    "c air_flow_m3_s": 1.0,
    "c valve_position_ratio": 0.3,
    "c supply_water_temperature_c": 10.0,
    "c/filter pressure_pa": 25.0,
    "c/humidifier active_power_w": 0.0,
}
CHILLER = {
    "ch unit_state": 2.0,
    "ch active_power_w": 10e3,
    "ch cooling_power_w": 60e3,
    "ch supply_water_temperature_c": 10.0,
    "ch return_water_temperature_c": 18.0,
    "ch condenser_supply_temperature_c": 22.0,
    "ch outdoor_wet_bulb_c": 17.0,
}
AIR, WATER = {"c": "generic-crah"}, {"ch": "generic-chiller"}
ECONOMISER = {"ec economiser_state": 1.0, "ec/water valve_position_ratio": 0.0}
TREATMENT = {
    "t/makeup water_flow_m3_s": 3.4e-5,
    "t/blowdown water_flow_m3_s": 9e-6,
    "t concentration_cycles": 4.0,
}
UPS = {
    **{f"u/output/l{i} load_ratio": 0.33 for i in (1, 2, 3)},
    **{f"u/output/l{i} active_power_w": 10e3 for i in (1, 2, 3)},
    **{f"u/output/l{i} current_a": 45.0 for i in (1, 2, 3)},
    **{f"u/input/l{i} active_power_w": 10.6e3 for i in (1, 2, 3)},
    "u battery_runtime_s": 900.0,
    "u battery_charge_ratio": 1.0,
}
CASES = {
    "unit_air": (AIR, CRAH, {"c unit_state": 1.0, "c fan_speed_ratio": 0.0}, ["unit_air/c stopped"], {}),
    "unit_air weak": (AIR, CRAH, {"c air_flow_m3_s": 0.6}, ["unit_air/c weak"], {"c air_flow_m3_s": 0.9}),
    "supply_air": (
        AIR,
        CRAH,
        {"c supply_air_temperature_c": 21.0},
        ["supply_air/c warm"],
        {"c supply_air_temperature_c": 19.0},
    ),
    "supply_air cold": (AIR, CRAH, {"c supply_air_temperature_c": 15.0}, ["supply_air/c cold"], {}),
    "valve_leak": (AIR, CRAH, {"c valve_position_ratio": 0.0}, ["valve_leak/c leaks"], {}),
    "coil_fouling": (
        AIR,
        CRAH,
        {"c valve_position_ratio": 0.42},
        ["coil_fouling/c fouled"],
        {"c valve_position_ratio": 0.33},
    ),
    "filter_clog": (
        AIR,
        CRAH,
        {"c/filter pressure_pa": 45.0},
        ["filter_clog/c clogged"],
        # Four times the pressure at twice the flow is the same filter.
        {"c/filter pressure_pa": 100.0, "c air_flow_m3_s": 2.0},
    ),
    "chiller_power": (
        WATER,
        CHILLER,
        {"ch active_power_w": 11.5e3},
        ["chiller_power/ch more"],
        # At a lift that has never been seen nothing is known.
        {"ch active_power_w": 14e3, "ch condenser_supply_temperature_c": 30.0},
    ),
    "tower_approach": (
        WATER,
        CHILLER,
        {"ch condenser_supply_temperature_c": 25.5},
        ["tower_approach/ch warm"],
        {"ch condenser_supply_temperature_c": 23.0},
    ),
    "free_cooling_lost": (
        {**WATER, "ec": "generic-economiser"},
        {**CHILLER, **ECONOMISER},
        {"ch outdoor_wet_bulb_c": 5.0},
        ["free_cooling_lost/ec lost"],
        {"ch outdoor_wet_bulb_c": 5.0, "ec economiser_state": 3.0},
    ),
    "economiser_open": (
        {**WATER, **AIR, "ec": "generic-economiser"},
        {**CHILLER, **CRAH, **ECONOMISER},
        {"ec/water valve_position_ratio": 0.9, "ch outdoor_wet_bulb_c": 20.0},
        ["economiser_open/ec/water open"],
        {"ec/water valve_position_ratio": 0.9, "ch outdoor_wet_bulb_c": 8.0},
    ),
    "water_balance": (
        {**WATER, "t": "generic-water-treatment"},
        {**CHILLER, **TREATMENT},
        {"t/makeup water_flow_m3_s": 6e-5},
        ["water_balance/t leak"],
        {"t/makeup water_flow_m3_s": 3.8e-5},
    ),
    "water_cycles": (
        {"t": "generic-water-treatment"},
        TREATMENT,
        {"t concentration_cycles": 2.5},
        ["water_cycles/t thin"],
        {"t concentration_cycles": 3.5},
    ),
    "drive_power": (
        {"p": "generic-drive"},
        {"p active_power_w": 300.0, "p drive_speed_ratio": 0.4},
        {"p active_power_w": 375.0},
        ["drive_power/p more"],
        {"p active_power_w": 900.0, "p drive_speed_ratio": 0.7},
    ),
    "pump_flow": (
        {"cdu": "generic-cdu"},
        {"cdu water_flow_m3_s": 2e-3, "cdu drive_speed_ratio": 0.6},
        {"cdu water_flow_m3_s": 1.4e-3},
        ["pump_flow/cdu less"],
        {"cdu water_flow_m3_s": 1e-3, "cdu drive_speed_ratio": 0.3},
    ),
    "chilled_delta_t": (
        {"cdu": "generic-cdu"},
        {
            "cdu supply_water_temperature_c": 10.0,
            "cdu return_water_temperature_c": 20.0,
            "cdu heat_power_w": 70e3,
        },
        {"cdu return_water_temperature_c": 16.0},
        ["chilled_delta_t/cdu low"],
        {"cdu return_water_temperature_c": 19.0},
    ),
    "ups_modules": (
        {"u": "ups-rfc1628"},
        UPS,
        {f"u/output/l{i} load_ratio": 0.66 for i in (1, 2, 3)},
        ["ups_modules/u lost"],
        {
            f"u/output/l{i} {name}": value
            for i in (1, 2, 3)
            for name, value in (("load_ratio", 0.165), ("active_power_w", 5e3))
        },
    ),
    "ups_loss": (
        {"u": "ups-rfc1628"},
        UPS,
        {f"u/input/l{i} active_power_w": 10.4e3 for i in (1, 2, 3)},
        ["ups_loss/u less"],
        # While the battery charges nothing is known of the loss.
        {**{f"u/input/l{i} active_power_w": 11.5e3 for i in (1, 2, 3)}, "u battery_charge_ratio": 0.8},
    ),
    "battery_aged": (
        {"u": "ups-rfc1628"},
        UPS,
        {"u battery_runtime_s": 500.0},
        ["battery_aged/u aged"],
        {"u battery_runtime_s": 500.0, "u battery_charge_ratio": 0.6},
    ),
    "phase_imbalance": (
        {"u": "ups-rfc1628"},
        UPS,
        {"u/output/l2 current_a": 90.0},
        ["phase_imbalance/u uneven"],
        {"u/output/l2 current_a": 55.0},
    ),
    "feed_lost": (
        {"r01:a": "apc-rpdu2", "r01:b": "apc-rpdu2"},
        {"a active_power_w": 1500.0, "b active_power_w": 1500.0},
        {"a active_power_w": 0.0, "b active_power_w": 3000.0},
        ["feed_lost/a lost"],
        # A rack that was shut down has lost no feed.
        {"a active_power_w": 0.0, "b active_power_w": 0.0},
    ),
    "outlet_dead": (
        {"r01:a": "apc-rpdu2"},
        {"a active_power_w": 1500.0, "a/outlet/3 active_power_w": 200.0, "a/outlet/3 outlet_state": 2.0},
        {"a/outlet/3 active_power_w": 0.0},
        ["outlet_dead/r01/outlet/3 dead"],
        # Switched off on purpose.
        {"a/outlet/3 active_power_w": 0.0, "a/outlet/3 outlet_state": 1.0},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_found_and_its_absence_is_none(name: str) -> None:
    """After two days of its own past a machine is alarmed when it departs from them, and not for what explains it."""
    devices, past, broken, found, kept = CASES[name]
    rule = name.split(" ", maxsplit=1)[0]
    bench = Bench(devices, racks={"r01": 5.0})
    _after(bench, past, broken, 4)
    assert bench.raised(rule) == found
    again = Bench(devices, racks={"r01": 5.0})
    _after(again, past, kept, 4)
    assert again.raised(rule) == []


def test_a_difference_of_temperatures_is_in_kelvin() -> None:
    """Water that comes back 6 K warmer than it left is not said to have 6 degrees Celsius."""
    devices, past, broken, *_ = CASES["chilled_delta_t"]
    bench = Bench(devices)
    _after(bench, past, broken, 4)
    (told,) = bench.judge("chilled_delta_t").raised
    assert told.explanation is not None
    assert told.explanation.unit == "K"
    assert told.explanation.value == pytest.approx(6.0)
    assert {fact.unit for fact in told.facts if fact.name in {"measured", "usual"}} == {"K"}


@pytest.mark.parametrize("name", [name for name in CASES if " " not in name])
def test_a_rule_says_what_it_lacks(name: str) -> None:
    """On a device that tells one thing only, the rule names the node and what is missing; it raises nothing."""
    devices, *_ = CASES[name]
    bench = Bench(devices, racks={"r01": 5.0})
    bench.run(30, {f"{next(iter(devices)).rpartition(':')[2]} uptime_s": 1.0})
    verdicts = bench.judge(name)
    assert verdicts.raised == []
    if name != "feed_lost":
        assert verdicts.not_evaluated
    assert all(entry.missing and entry.rule == name for entry in verdicts.not_evaluated)


@pytest.mark.parametrize("name", ["unit_air", "supply_air", "valve_leak", "coil_fouling", "filter_clog"])
def test_a_unit_that_is_kept_in_reserve_is_not_judged(name: str) -> None:
    """A unit that stands by is neither stopped nor fouled nor off its set-point."""
    bench = Bench(AIR)
    idle = {"c unit_state": 3.0, "c fan_speed_ratio": 0.0, "c air_flow_m3_s": 0.0, "c supply_air_temperature_c": 27.0}
    _after(bench, {**CRAH, **idle}, {"c valve_position_ratio": 0.0}, 4)
    assert bench.raised(name) == []


def test_nothing_is_usual_before_a_day() -> None:
    """Without a past there is nothing to compare with."""
    bench = Bench(AIR)
    bench.run(600, CRAH, every_s=300.0)
    bench.run(240, {**CRAH, "c valve_position_ratio": 0.6}, every_s=300.0)
    assert bench.raised("coil_fouling") == []


def test_moisture_is_not_made_and_taken_at_once() -> None:
    """A humidifier at work while a coil is colder than the dew point; with a dry coil it may work."""
    bench = Bench({**AIR, "r01:e1": "geist-environment"}, racks={"r01": 5.0})
    wetting = {**CRAH, "c/humidifier active_power_w": 2000.0}
    bench.run(180, {**wetting, "e1/internal/1 dew_point_c": 13.0})
    assert bench.raised("humidity_fight") == ["humidity_fight/c fight"]
    bench.run(180, {**wetting, "e1/internal/1 dew_point_c": 6.0})
    assert bench.raised("humidity_fight") == []


def test_exhaust_that_returns_is_one_racks_matter() -> None:
    """A rack far above the others is told; all racks warmer together are not, that is the supply air's matter."""
    names = [f"r{i:02}" for i in range(1, 6)]
    bench = Bench(
        {**{f"{name}:e{name}": "geist-environment" for name in names}, **AIR}, racks=dict.fromkeys(names, 5.0)
    )
    past = {f"e{name}/remote/1 air_temperature_c": 19.0 + i / 10 for i, name in enumerate(names)} | CRAH
    _after(bench, past, {"er03/remote/1 air_temperature_c": 23.5}, 3)
    assert bench.raised("recirculation") == ["recirculation/r03 exhaust"]
    (told,) = bench.judge("recirculation").raised
    assert "K above" in told.detail(dt.UTC, "en")
    assert told.explanation is not None
    assert "°C" not in told.explanation.sentence("en")
    warmer = {name: value + 4.0 for name, value in past.items() if name.startswith("er")}
    bench.run(180, {**past, **warmer}, every_s=300.0)
    assert bench.raised("recirculation") == []


def test_an_aisle_that_is_warmer_than_its_supply_is_told() -> None:
    """All racks of a row breathe air that is warmer than before, while the units supply what they did."""
    names = [f"r{i:02}" for i in range(1, 5)]
    bench = Bench(
        {**{f"{name}:e{name}": "geist-environment" for name in names}, **AIR}, racks=dict.fromkeys(names, 5.0)
    )
    past = {f"e{name}/remote/1 air_temperature_c": 18.5 for name in names} | CRAH
    _after(bench, past, {name: 20.0 for name in past if name.startswith("er")}, 3)
    assert [entry.split("/")[0] for entry in bench.raised("aisle_warm")] == ["aisle_warm"]
    # With warmer supply air it is no news.
    bench.run(180, {name: 20.0 for name in past if name.startswith("er")} | {"c supply_air_temperature_c": 19.5})
    assert bench.raised("aisle_warm") == []


def test_an_economiser_that_says_to_carry_heat_is_not_open_in_vain() -> None:
    """Behind it the return water is cold already, which says nothing of what it cools."""
    bench = Bench({**WATER, "ec": "generic-economiser"})
    cold = {**CHILLER, "ch return_water_temperature_c": 11.0, "ch outdoor_wet_bulb_c": 12.0}
    bench.run(120, {**cold, "ec/water valve_position_ratio": 1.0, "ec/water cooling_power_w": 40e3})
    assert bench.raised("economiser_open") == []
    bench.run(120, {**cold, "ec/water valve_position_ratio": 1.0, "ec/water cooling_power_w": -2e3})
    assert bench.raised("economiser_open") == ["economiser_open/ec/water open"]


def test_outdoor_air_that_overcools_is_told() -> None:
    """A damper that is open though the supply air is far below its set-point; its closed valve is no leak."""
    bench = Bench({**AIR, **WATER, "ec": "generic-economiser", "w": "sunspec-weather"})
    now = {**CRAH, **CHILLER, "w outdoor_temperature_c": 2.0, "ec/outdoor_air damper_position_ratio": 1.0}
    bench.run(120, {**now, "c supply_air_temperature_c": 12.0, "c valve_position_ratio": 0.0})
    assert bench.raised("economiser_open") == ["economiser_open/ec/outdoor_air open"]
    assert bench.raised("valve_leak") == []


def test_cold_air_that_returns_unused_is_told() -> None:
    """The unit's return falls while the racks' exhaust stays as warm as it was."""
    bench = Bench({**AIR, "r01:rear": "generic-rear-sensor"}, racks={"r01": 5.0})
    past = {**CRAH, "rear/rear air_temperature_c": 30.0}
    _after(bench, past, {"c return_air_temperature_c": 26.0}, 4)
    assert bench.raised("air_bypass") == ["air_bypass/c bypass"]
    bench.run(240, {**past, "c return_air_temperature_c": 26.0, "rear/rear air_temperature_c": 27.0}, every_s=300.0)
    assert bench.raised("air_bypass") == []


def test_a_pv_plant_is_compared_with_its_sun() -> None:
    """Half of the strings are gone at the same sun; a cloud is no fault."""
    bench = Bench({"pv": "sunspec-inverter", "w": "sunspec-weather"})
    sun = _day(0.0, 900.0)
    bench.run(
        6 * DAY, {"pv active_power_w": lambda m: 8.0 * sun(m), "w/horizontal irradiance_w_m2": sun}, every_s=600.0
    )
    bench.run(780, {"pv active_power_w": lambda m: 4.0 * sun(m), "w/horizontal irradiance_w_m2": sun}, every_s=300.0)
    assert bench.raised("pv_yield") == ["pv_yield/pv low"]
    cloudy = Bench({"pv": "sunspec-inverter", "w": "sunspec-weather"})
    cloudy.run(
        6 * DAY, {"pv active_power_w": lambda m: 8.0 * sun(m), "w/horizontal irradiance_w_m2": sun}, every_s=600.0
    )
    clouds = {"pv active_power_w": lambda m: 3.2 * sun(m), "w/horizontal irradiance_w_m2": lambda m: 0.4 * sun(m)}
    cloudy.run(780, clouds, every_s=300.0)
    assert cloudy.raised("pv_yield") == []


def test_recovered_heat_is_missed_only_where_it_was_wanted() -> None:
    """On cold days the heat pump used to work; on warm ones it never did."""
    bench = Bench({"hp": "generic-heat-pump", "w": "sunspec-weather"})
    outdoor = _day(0.0, 20.0)
    heat = _day(20e3, 0.0)
    bench.run(4 * DAY, {"hp heat_power_w": heat, "w outdoor_temperature_c": outdoor}, every_s=600.0)
    bench.run(240, {"hp heat_power_w": 0.0, "w outdoor_temperature_c": outdoor}, every_s=300.0)
    assert bench.raised("heat_recovery") == ["heat_recovery/hp less"]
    bench.run(480, {"hp heat_power_w": 0.0, "w outdoor_temperature_c": 19.0}, every_s=300.0)
    assert bench.raised("heat_recovery") == []


def test_a_storage_holds_as_much_as_it_did() -> None:
    """Half of the energy for the same fall of charge is a storage that has aged."""
    bench = Bench({"s": "sunspec-storage"})

    def charge(minute: float) -> float:
        return 0.9 - 0.1 * (minute % 360.0) / 60.0 if minute % 360.0 < 300.0 else 0.9

    bench.run(4 * DAY, {"s active_power_w": 6e3, "s battery_charge_ratio": charge}, every_s=300.0)
    assert bench.raised("storage_aged") == []
    bench.run(240, {"s active_power_w": 3e3, "s battery_charge_ratio": charge}, every_s=300.0)
    assert bench.raised("storage_aged") == ["storage_aged/s aged"]


def test_a_loop_that_swings_is_told() -> None:
    """A valve that turns round every few minutes hunts; one that follows the day does not."""
    bench = Bench(AIR)
    swing = {"c valve_position_ratio": lambda m: 0.3 + 0.1 * math.sin(2.0 * math.pi * m / 10.0)}
    bench.run(120, {**CRAH, **swing})
    assert bench.raised("control_hunting") == ["control_hunting/c hunts"]
    calm = Bench(AIR)
    calm.run(120, {**CRAH, "c valve_position_ratio": _day(0.1, 0.9)})
    assert calm.raised("control_hunting") == []


def test_small_swings_are_no_reversals() -> None:
    """Noise below the swing does not count, and a way there and back counts twice."""
    rng = np.random.default_rng(1)
    assert reversals(0.3 + rng.uniform(-0.01, 0.01, 60), 0.04) == 0
    assert reversals(np.array([0.0, 1.0, 0.0, 1.0]), 0.5) == 2


def test_usual_is_the_median_of_what_was_alike() -> None:
    """Only hours whose driver is within reach count; with too few of them nothing is usual."""
    hours = np.concatenate([np.full(30, 10.0), np.full(30, 20.0), np.full(12, 99.0)])
    loads = np.concatenate([np.full(30, 1.0), np.full(30, 2.0), np.full(12, 2.0)])
    steps = np.full(48, 2.0)
    assert usual(hours, [Driver(hours=loads, steps=steps, within=0.1)])[-1] == 20.0
    assert np.isnan(usual(hours, [Driver(hours=loads, steps=steps + 5.0, within=0.1)])[-1])
