"""Advice on supply air: its worth, its guard rails and its refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal, evaluate, open_advice
from analytics.advice.fit import inlet_response, power_base
from analytics.alarms import evaluate as evaluate_alarms
from analytics.carbon import grid_factor
from analytics.frame import mean_frame
from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from greendc.model import Principal, SeriesKey
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START
from tests.analytics.room import STEP, inlet, room, steady

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETPOINT = SeriesKey(SITE, "crah-1", "", "supply_air_setpoint_c")
SUPPLY = SeriesKey(SITE, "crah-1", "", "supply_air_temperature_c")
CHILLER = SeriesKey(SITE, "chiller-1", "", "active_power_w")
CONDENSER = SeriesKey(SITE, "chiller-1", "", "condenser_supply_temperature_c")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def _plant(inlet_c: float = 20.0, hot_c: float = 20.0) -> dict[SeriesKey, float]:
    return {
        inlet("r01"): inlet_c,
        inlet("r02"): inlet_c,
        inlet("r03"): hot_c,
        SETPOINT: 18.5,
        SUPPLY: 18.5,
        CHILLER: 4000.0,
        CONDENSER: 20.0,
        SeriesKey(SITE, "pdu", "", "active_power_w"): 20_000.0,
        SeriesKey(SITE, "mech", "", "active_power_w"): 7_000.0,
    }


def _ask(history: MemoryHistory, ledger: SqliteLedger, now: int) -> Recommendation | Refusal:
    (answer,) = evaluate(history, room(), ledger, now, least_ns=MINUTE)
    return answer


def test_a_cold_room_is_advised_to_warm_up(ledger: SqliteLedger) -> None:
    """Two kelvins at 4 kW of chiller: the range lies where the curves put it, with money and carbon."""
    history = MemoryHistory()
    now = steady(history, _plant())
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Recommendation)
    assert (answer.change_from, answer.change_to, answer.steps) == (18.5, 20.5, (19.5, 20.5))
    # 4 kW x 8760 h x 2 K x (0.5 to 4 %/K) x (0.5 to 1 K/K) x (0.7 to 1.3 of the year)
    assert 35_040 * 2 * 0.0025 * 0.7 < answer.energy_kwh.p10 < answer.energy_kwh.p50 < answer.energy_kwh.p90
    assert answer.energy_kwh.p90 < 35_040 * 2 * 0.04 * 1.3
    assert answer.energy_kwh.p50 == pytest.approx(35_040 * 2 * 0.0225 * 0.77, rel=0.1)
    assert answer.money is not None
    assert answer.money.p50 == pytest.approx(0.5 * answer.energy_kwh.p50)
    assert answer.carbon_kg is not None
    assert answer.carbon_kg.p50 == pytest.approx(0.1073 * answer.energy_kwh.p50)
    assert "2022" in answer.carbon_source
    assert {check.key: check.status for check in answer.guards}["one_unit_off"] == "not_evaluable"
    for lang in ("zh", "en"):
        assert answer.title(lang)
        assert "20.5" in answer.proposal(lang)
        assert all(answer.checks(lang))
    assert open_advice(ledger) == [answer]


def test_the_same_question_gives_the_same_answer_and_no_second_proposal(ledger: SqliteLedger) -> None:
    """Draws are seeded; an unchanged proposal is not put before a person twice."""
    history = MemoryHistory()
    now = steady(history, _plant())
    assert _ask(history, ledger, now) == _ask(history, ledger, now)
    assert len(ledger.events(kind="advice.proposed")) == 1


def test_a_rack_with_an_open_alarm_is_a_precondition_and_not_the_headroom(ledger: SqliteLedger) -> None:
    """The hot rack is named, left out of the headroom, and the others decide."""
    history = MemoryHistory()
    now = steady(history, _plant(hot_c=29.0))
    evaluate_alarms(history, room(), ledger, now)
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Recommendation)
    assert answer.change_to == 20.5
    cure = next(check for check in answer.preconditions if check.key == "cure_inlet")
    assert (cure.status, cure.params) == ("failed", {"racks": "r03"})
    assert "r03" in answer.checks("en")[0]
    assert answer.guards[0].params["rack"] in {"r01", "r02"}


def test_a_warm_room_is_left_alone_and_old_advice_withdrawn(ledger: SqliteLedger) -> None:
    """Without headroom there is no advice, and the one from colder days goes."""
    history = MemoryHistory()
    now = steady(history, _plant())
    _ask(history, ledger, now)
    warm = MemoryHistory()
    now = steady(warm, _plant(inlet_c=25.9, hot_c=26.0))
    answer = _ask(warm, ledger, now)
    assert isinstance(answer, Refusal)
    assert answer.reason == "no_headroom"
    assert answer.text("zh")
    assert open_advice(ledger) == []


def test_a_humid_room_is_not_advised_to_warm_up(ledger: SqliteLedger) -> None:
    """A guard rail that has failed stops the advice; it is not merely shown beside it."""
    history = MemoryHistory()
    now = steady(history, {**_plant(), SeriesKey(SITE, "env-r01", "remote/1", "dew_point_c"): 16.5})
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Refusal)
    assert answer.reason == "too_humid"
    assert answer.text("en")


def test_where_servers_take_more_than_the_chiller_saves_nothing_is_advised(ledger: SqliteLedger) -> None:
    """At 24 degC inlet and a chiller of 500 W each kelvin costs more than it brings."""
    history = MemoryHistory()
    now = steady(history, {**_plant(inlet_c=24.0, hot_c=24.0), CHILLER: 500.0})
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Refusal)
    assert answer.reason == "no_net_saving"


@pytest.mark.parametrize(
    ("absent", "need"),
    [
        ((SETPOINT,), "supply"),
        ((inlet("r01"), inlet("r02"), inlet("r03")), "inlets"),
    ],
)
def test_missing_telemetry_is_named(ledger: SqliteLedger, absent: tuple[SeriesKey, ...], need: str) -> None:
    """An advisor that cannot see what it needs says what is missing, in both languages."""
    history = MemoryHistory()
    now = steady(history, {key: value for key, value in _plant().items() if key not in absent})
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.missing) == ("missing", (need,))
    assert answer.text("zh") != answer.text("en")


def test_too_little_data_is_refused(ledger: SqliteLedger) -> None:
    """Thirty seconds are no evidence."""
    history = MemoryHistory()
    now = steady(history, _plant(), seconds=30)
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Refusal)
    assert answer.missing == ("time",)


def test_power_that_is_known_half_of_the_time_is_no_evidence(ledger: SqliteLedger) -> None:
    """IT power of every other quarter of an hour gives no advice, and the refusal says what was too thin."""
    history = MemoryHistory()
    power = SeriesKey(SITE, "pdu", "", "active_power_w")
    plant = {key: value for key, value in _plant().items() if key != power}
    now = steady(history, plant, seconds=7200)
    for quarter in range(0, 8, 2):
        steady(history, {power: 20_000.0}, seconds=900, start_ns=START + quarter * 15 * MINUTE)
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Refusal)
    assert answer.reason == "coverage"


def test_history_of_two_densities_is_read_on_the_grid_that_both_fill(ledger: SqliteLedger) -> None:
    """Four hours at five minutes and then two minutes at five seconds are full coverage, not a fiftieth of it."""
    history = MemoryHistory()
    for key, value in _plant().items():
        times = [START + i * 5 * MINUTE for i in range(48)]
        history.add(key, times, [value] * len(times))
    now = steady(history, _plant(), seconds=120, start_ns=START + 4 * HOUR)
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Recommendation)
    assert answer.evidence_coverage == 1.0


def test_a_rejected_advice_stays_rejected(ledger: SqliteLedger) -> None:
    """What a person turned down does not come back while nothing has changed."""
    history = MemoryHistory()
    now = steady(history, _plant())
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Recommendation)
    who = Principal(name="li", role="operator")
    ledger.append(Event(time_ns=now, kind="advice.rejected", subject=answer.id, principal=who, reason="audit week"))
    _ask(history, ledger, now + 60 * NS_PER_SECOND)
    assert open_advice(ledger) == []


def test_recirculation_is_fitted_where_the_supply_moved() -> None:
    """A rack whose inlet follows its supply by 0.8 is found so within its error, in spite of outliers."""
    history, random = MemoryHistory(), np.random.default_rng(1)
    times = [START + i * STEP for i in range(240)]
    supply = 18.5 + np.sin(np.arange(240) / 20)
    inlets = 6.0 + 0.8 * supply + random.normal(0, 0.05, 240)
    inlets[::40] += 5.0
    history.add(SUPPLY, times, supply.tolist())
    history.add(inlet("r01"), times, inlets.tolist())
    frame = mean_frame(history, {"in": inlet("r01"), "supply_c": SUPPLY}, START, times[-1], STEP)
    slope = inlet_response(frame, "in", "supply_c")
    assert slope is not None
    assert slope.value == pytest.approx(0.8, abs=0.03)
    steady_frame = frame.assign(supply_c=18.5)
    assert inlet_response(steady_frame, "in", "supply_c") is None


@pytest.mark.parametrize("follows", [1.5, -1.0])
def test_the_guard_rail_uses_what_the_site_showed(ledger: SqliteLedger, follows: float) -> None:
    """The warmest inlet is foretold by the fitted response; a fit that inlets fall with warmer supply is not used."""
    history = MemoryHistory()
    now = steady(history, {key: value for key, value in _plant().items() if key != SUPPLY}, seconds=1200)
    times = [START + i * STEP for i in range(241)]
    wave = np.sin(np.arange(241) / 20)
    history.add(SUPPLY, times, (18.5 + wave).tolist())
    history.add(inlet("r03"), times, (21.0 + follows * wave).tolist())
    answer = _ask(history, ledger, now)
    assert isinstance(answer, Recommendation)
    rail = next(check for check in answer.guards if check.key == "envelope").params
    raised_k = answer.change_to - answer.change_from
    assert float(rail["then"]) - float(rail["now"]) == pytest.approx(raised_k * max(follows, 1.0), abs=0.11)
    fitted = {c.name: c.confidence for c in answer.coefficients}["inlet_follows"]
    assert fitted == ("measured" if follows > 0 else "general")


def test_power_base_names_the_drivers_it_used() -> None:
    """Where IT power moved, the base is fitted on it; where nothing moved it is the mean and says so."""
    history, random = MemoryHistory(), np.random.default_rng(2)
    times = [START + i * STEP for i in range(200)]
    it = 20e3 + 2e3 * np.sin(np.arange(200) / 15)
    chiller = 1000 + 0.15 * it + random.normal(0, 20, 200)
    pdu = SeriesKey(SITE, "pdu", "", "active_power_w")
    history.add(pdu, times, it.tolist())
    history.add(CHILLER, times, chiller.tolist())
    frame = mean_frame(history, {"it_w": pdu, "chiller_w": CHILLER}, START, times[-1], STEP)
    base = power_base(frame, "chiller_w", ["it_w", "outdoor_c"])
    assert base is not None
    assert base.method == "huber:it_w"
    assert base.mean_w == pytest.approx(float(chiller.mean()), rel=0.01)
    flat = power_base(frame.assign(it_w=20e3), "chiller_w", ["it_w"])
    assert flat is not None
    assert flat.method == "mean"


def test_the_year_s_factor_or_the_latest_earlier_one() -> None:
    """Yunnan has a factor for 2022 that stands in for 2026; before 2021 and for an unknown region there is none."""
    found = grid_factor("CN-YN", 2026)
    assert found is not None
    assert (found.year, found.kg_per_kwh) == (2022, 0.1073)
    assert grid_factor("CN-YN", 2020) is None
    assert grid_factor("XX", 2026) is None


def test_an_hour_is_the_least_on_a_real_site(ledger: SqliteLedger) -> None:
    """Ten minutes satisfy a demo, not the default."""
    history = MemoryHistory()
    now = steady(history, _plant(), seconds=600)
    (answer,) = evaluate(history, room(), ledger, now)
    assert isinstance(answer, Refusal)
    now = steady(history, _plant(), seconds=HOUR // NS_PER_SECOND)
    (answer,) = evaluate(history, room(), ledger, now)
    assert isinstance(answer, Recommendation)
