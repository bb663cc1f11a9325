"""Schedules against optima worked by hand, and what holds for every one of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.schedule import Battery, Case, DemandPrice, Job, Objective, Refused, Schedule, plan
from greendc.clock import NS_PER_HOUR
from tests.analytics.schedule.cases import START, battery, case, solved

HOUR = NS_PER_HOUR


def demand_of(rows: int, per_kw: float, reached: float = 0.0) -> DemandPrice:
    """Return a demand charge of one month."""
    months = np.zeros(rows, dtype=np.int64)
    return DemandPrice(per_kw=(per_kw,), reached_kw=(reached,), month=months, window_ns=HOUR)


def test_buy_low_use_high() -> None:
    """Two cheap hours and two dear ones: 50 kWh more are stored at 0.2 and 50 given at 1.0."""
    found = solved(case([60, 60, 60, 60], [0.2, 0.2, 1.0, 1.0], battery=battery()))
    assert found.before.total == pytest.approx(60 * 2.4)
    # 50 kWh of room are filled cheaply and all of the 50 must be back at the end.
    assert found.saving == pytest.approx(50 * 0.8)
    assert found.stored_kwh.max() == pytest.approx(100)
    assert found.stored_kwh[-1] == pytest.approx(50)


@pytest.mark.parametrize(("low", "moves"), [(0.70, True), (0.85, False)])
def test_the_spread_must_pay_for_losses_and_wear(low: float, moves: bool) -> None:  # noqa: FBT001 (pytest passes it by name)
    """With efficiencies of 0.9 and wear of 0.05 a kWh bought at 0.85 is not worth 1.0 later, one at 0.70 is."""
    lossy = battery(charge_efficiency=0.9, discharge_efficiency=1.0, wear_per_kwh=0.05, start_kwh=0.0)
    found = solved(case([60, 60], [low, 1.0], battery=lossy))
    assert bool(found.charge_kw.max() > 1) is moves
    assert found.idle is not moves
    # 50 kW charged give 45 kWh: saves 45, costs 50 * low, and wear of 95 kWh.
    assert found.saving == pytest.approx(max(0.0, 45 - 50 * low - 0.05 * 95))


def test_a_peak_is_shaved() -> None:
    """At one price for all hours the battery cuts a peak of 100 kW to what its 60 kWh allow."""
    full = battery(start_kwh=60.0, capacity_kwh=60.0, end_kwh=0.0)
    found = solved(case([20, 100, 80, 20], [0.5] * 4, battery=full, demand=demand_of(4, 40.0)))
    assert found.import_kw.max() == pytest.approx(60.0)
    assert found.before.demand - found.after.demand == pytest.approx(40 * 40)


def test_a_demand_that_was_reached_already_is_not_shaved_again() -> None:
    """Below the greatest demand of the month so far nothing is gained."""
    found = solved(case([20, 100, 20], [0.5] * 3, battery=battery(), demand=demand_of(3, 40.0, reached=120.0)))
    assert found.idle
    assert found.after.demand == pytest.approx(4800.0)


def test_sun_is_kept_for_the_evening() -> None:
    """What the sun gives beyond the load is stored and used at night; without a battery it is lost."""
    sunny = {"pv_kw": [80.0, 0.0], "export_limit_kw": 0.0}
    found = solved(case([40, 40], [0.5, 0.5], battery=battery(start_kwh=0.0), **sunny))
    assert found.import_kw.sum() == pytest.approx(0.0, abs=1e-6)
    assert solved(case([40, 40], [0.5, 0.5], **sunny)).curtailed_kw.tolist() == [40.0, 0.0]


def test_feeding_in_dearer_than_buying_makes_no_money_machine() -> None:
    """One meter cannot buy and feed in at once, whatever the prices."""
    found = solved(case([40, 40], [0.2, 0.9], sell=[0.3, 0.3], export_limit_kw=500.0, pv_kw=[0.0, 60.0]))
    assert found.import_kw.tolist() == [40.0, 0.0]
    assert found.export_kw.tolist() == [0.0, 20.0]
    stored = solved(case([0, 0], [0.2, 0.9], sell=[0.3, 0.8], export_limit_kw=500.0, battery=battery(start_kwh=0.0)))
    assert stored.export_kw[1] == pytest.approx(50.0)
    assert stored.saving == pytest.approx(50 * (0.8 - 0.2))


def test_work_waits_for_the_cheap_hour_and_keeps_its_deadline() -> None:
    """60 kWh at 40 kW: 40 go to the cheapest hour before the deadline, 20 to the second cheapest."""
    job = Job(name="backup", energy_kwh=60, most_kw=40, earliest_ns=START, deadline_ns=START + 3 * HOUR)
    found = solved(case([10] * 4, [0.9, 0.3, 0.5, 0.1], jobs=(job,)))
    np.testing.assert_allclose(found.jobs_kw["backup"], [0, 40, 20, 0], atol=1e-6)
    assert found.saving == pytest.approx((40 * 0.9 + 20 * 0.3) - (40 * 0.3 + 20 * 0.5))


def test_a_deadline_within_a_step() -> None:
    """Half an hour of a step allows half its energy."""
    job = Job(name="j", energy_kwh=30, most_kw=40, earliest_ns=START, deadline_ns=START + 3 * HOUR // 2)
    found = solved(case([0, 0], [0.9, 0.1], jobs=(job,)))
    np.testing.assert_allclose(found.jobs_kw["j"], [10, 20], atol=1e-6)


def test_carbon_instead_of_money() -> None:
    """The clean hour is dear: money works in the cheap one, carbon in the clean one."""
    job = Job(name="j", energy_kwh=10, most_kw=10, earliest_ns=START, deadline_ns=START + 2 * HOUR)
    given = {"carbon": [0.6, 0.1], "jobs": (job,)}
    assert solved(case([5, 5], [0.3, 0.9], **given)).jobs_kw["j"].tolist() == [10, 0]
    clean = solved(case([5, 5], [0.3, 0.9], objective=Objective.CARBON, **given))
    np.testing.assert_allclose(clean.jobs_kw["j"], [0, 10], atol=1e-6)
    assert clean.after.carbon_kg == pytest.approx(5 * 0.7 + 1)
    assert clean.before.carbon_kg == pytest.approx(5 * 0.7 + 6)


def test_cycles_are_limited() -> None:
    """Half a cycle a day moves half of what is usable, however the prices swing."""
    swing = [0.1, 1.0] * 12
    found = solved(case([60] * 24, swing, battery=battery(start_kwh=0.0, cycles_per_day=0.5)))
    assert found.discharge_kw.sum() == pytest.approx(50.0)


def refusal(given: Case) -> str:
    """Return the first reason why there is no schedule; it has a text in both languages."""
    found = plan(given)
    assert isinstance(found, Refused)
    assert all(obstacle.text(lang) for obstacle in found.obstacles for lang in ("zh", "en"))
    return found.obstacles[0].code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"capacity_kwh": 0.0}, "battery_capacity"),
        ({"capacity_kwh": float("nan")}, "battery_number"),
        ({"charge_kw": -1.0}, "battery_negative"),
        ({"charge_efficiency": 1.2}, "battery_efficiency"),
        ({"least_share": 0.9, "most_share": 0.2}, "battery_shares"),
        ({"reserve_kwh": 120.0}, "battery_reserve"),
        ({"reserve_kwh": 60.0}, "battery_start"),
        ({"end_kwh": 120.0}, "battery_last"),
        ({"start_kwh": 0.0, "end_kwh": 100.0, "charge_kw": 10.0}, "battery_end"),
        ({"c_rate": 0.0}, "battery_c_rate"),
    ],
)
def test_an_impossible_battery_is_named(fields: dict[str, float], code: str) -> None:
    """A battery that cannot be gives its reason and cure."""
    assert refusal(case([60, 60], [0.2, 1.0], battery=battery(**fields))) == code


def test_other_impossible_cases_are_named() -> None:
    """So do jobs that are too late, prices that end, and a grid that is too weak, with the power that lacks."""
    late = Job(name="j", energy_kwh=60, most_kw=10, earliest_ns=START, deadline_ns=START + 2 * HOUR)
    assert refusal(case([1, 1], [1, 1], jobs=(late,))) == "job_late"
    beyond = Job(name="j", energy_kwh=1, most_kw=10, earliest_ns=START, deadline_ns=START + 3 * HOUR)
    assert refusal(case([1, 1], [1, 1], jobs=(beyond,))) == "job_beyond"
    none = Job(name="j", energy_kwh=1, most_kw=0, earliest_ns=START, deadline_ns=START + HOUR)
    assert refusal(case([1, 1], [1, 1], jobs=(none,))) == "job_number"
    assert refusal(case([1, 1], [1, np.nan])) == "unknown_buy"
    assert refusal(case([np.nan, 1], [1, 1])) == "unknown_load"
    assert refusal(case([1, 1], [1, 1], pv_kw=[1, np.nan])) == "unknown_sun"
    assert refusal(case([1, 1], [1, 1], objective=Objective.CARBON)) == "unknown_carbon"
    assert refusal(case([], [])) == "no_rows"
    weak = case([100, 200], [1, 1], import_limit_kw=120.0, battery=battery(start_kwh=10.0, end_kwh=0.0))
    found = plan(weak)
    assert isinstance(found, Refused)
    assert found.obstacles[0].code == "short_of_power"
    # 10 kWh are there and 20 more can be stored in the hour before.
    assert float(found.obstacles[0].params["short"]) == pytest.approx(50.0, abs=0.1)


def test_a_weak_grid_is_helped_by_the_battery() -> None:
    """Where doing nothing would exceed the grid's limit, the schedule keeps it, though it may cost more."""
    found = solved(case([100, 130], [1, 1], import_limit_kw=120.0, battery=battery(charge_efficiency=0.5)))
    assert found.import_kw.max() <= 120 + 1e-6
    assert not found.idle


days = st.integers(0, 2**32 - 1)


@settings(max_examples=40, deadline=None)
@given(days, st.booleans(), st.booleans(), st.sampled_from(Objective))
def test_every_schedule_keeps_its_promises(seed: int, sunny: bool, feeds: bool, objective: Objective) -> None:  # noqa: FBT001 (drawn)
    """Never below the reserve, never worse than doing nothing, never faster than allowed, and energy balances."""
    draw = np.random.default_rng(seed)
    n = 24
    own = Battery(
        capacity_kwh=200.0,
        charge_kw=80.0,
        discharge_kw=60.0,
        c_rate=0.35,
        start_kwh=draw.uniform(100, 180),
        charge_efficiency=draw.uniform(0.8, 1),
        discharge_efficiency=draw.uniform(0.8, 1),
        reserve_kwh=60.0,
        wear_per_kwh=draw.uniform(0, 0.1),
        cycles_per_day=draw.uniform(0.5, 2),
    )
    first = START + int(draw.integers(0, 10)) * HOUR
    job = Job(name="j", energy_kwh=draw.uniform(0, 100), most_kw=20.0, earliest_ns=first, deadline_ns=first + 12 * HOUR)
    given_case = case(
        draw.uniform(20, 120, n),
        draw.uniform(0.1, 1.2, n),
        sell=draw.uniform(0.0, 0.6, n),
        pv_kw=draw.uniform(0, 150, n) if sunny else np.zeros(n),
        carbon=draw.uniform(0.0, 0.9, n),
        demand=demand_of(n, draw.uniform(0, 5)),
        battery=own,
        jobs=(job,),
        export_limit_kw=40.0 if feeds else 0.0,
        objective=objective,
    )
    found = solved(given_case)
    check_physics(given_case, own, found)
    assert found.jobs_kw["j"].sum() == pytest.approx(job.energy_kwh, abs=1e-5)
    assert found.jobs_kw["j"][given_case.open_share(job) == 0].max(initial=0) == pytest.approx(0.0, abs=1e-6)
    if objective is Objective.COST:
        assert found.after.total <= found.before.total + 1e-5
    else:
        assert (found.after.carbon_kg or 0) <= (found.before.carbon_kg or 0) + 1e-5


def check_physics(given_case: Case, own: Battery, found: Schedule) -> None:
    """Assert balance, limits and the battery's course."""
    hair = 1e-5
    used = given_case.load_kw + found.charge_kw + found.export_kw + found.curtailed_kw + sum(found.jobs_kw.values())
    came = found.import_kw + given_case.sun_kw() + found.discharge_kw
    np.testing.assert_allclose(used, came, atol=hair)
    assert found.stored_kwh.min() >= own.least_share * own.capacity_kwh + own.reserve_kwh - hair
    assert found.stored_kwh.max() <= own.ceiling_kwh + hair
    assert found.stored_kwh[-1] >= own.start_kwh - hair
    assert max(found.charge_kw.max(), found.discharge_kw.max() * 70 / 60) <= 70 + hair
    assert found.discharge_kw.max() <= 60 + hair
    change = found.charge_kw * own.charge_efficiency - found.discharge_kw / own.discharge_efficiency
    np.testing.assert_allclose(found.stored_kwh, own.start_kwh + np.cumsum(change), atol=hair)
    assert found.export_kw.max() <= given_case.export_limit_kw + hair
    if given_case.objective is Objective.COST:
        assert np.minimum(found.import_kw, found.export_kw).max() <= hair


def test_a_price_below_zero_is_used_but_not_burnt() -> None:
    """Paid to buy, the battery fills and the sun rests; nothing is charged and given at once."""
    found = solved(
        case([10, 10], [-0.5, 0.5], pv_kw=[30.0, 0.0], battery=battery(charge_efficiency=0.8, start_kwh=0.0))
    )
    assert found.import_kw[0] == pytest.approx(60.0)
    assert np.minimum(found.charge_kw, found.discharge_kw).max() == pytest.approx(0.0, abs=1e-6)
    assert found.after.total == pytest.approx(-30.0)
