"""Proof by the plant's own meters: verified, not verifiable and no saving, and what disturbs a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.advice.acts import AdviceAct
from analytics.advice.life import Case, State, lives_of
from analytics.advice.recommendation import Plan
from analytics.advice.verifying import Verifier
from analytics.alarms.transition import event
from analytics.site_model import Change
from greendc.clock import NS_PER_HOUR
from greendc.ledger import SqliteLedger
from greendc.model import SeriesKey
from tests.analytics.advice.made_advice import DAY_NS, NOW_NS, OPERATOR, SUPPLY, made
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import SITE
from tests.analytics.room import room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analytics.advice.recommendation import Pay, Recommendation
    from analytics.counters import Floats

BEFORE_DAYS = 20
ON_OFF = Plan(option="B", method="on_off", target="site", days=14, block_days=2)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    kept = SqliteLedger(tmp_path / "ledger.sqlite")
    yield kept
    kept.close()


def past(days: int, saved: Floats | float, *, setpoint: Floats | None = None) -> MemoryHistory:
    """Return `BEFORE_DAYS` before and some days after `NOW_NS` by the hour; ``saved`` is a ratio of the hours after."""
    draw = np.random.default_rng(7)
    hours = np.arange(-24 * BEFORE_DAYS, 24 * days)
    day = np.sin(2 * np.pi * hours / 24)
    it = 60_000.0 * (1.0 + 0.1 * day + 0.02 * draw.standard_normal(len(hours)))
    wet = 12.0 + 5.0 * day + 2.0 * np.sin(2 * np.pi * hours / 130.0) + 0.3 * draw.standard_normal(len(hours))
    site = 1.2 * it + 600.0 * wet + 300.0 * draw.standard_normal(len(hours))
    site[hours >= 0] *= 1.0 - np.asarray(saved)
    history = MemoryHistory()
    times = (NOW_NS + hours * NS_PER_HOUR).tolist()
    columns = {("main", "active_power_w"): site, ("pdu", "active_power_w"): it}
    columns["weather", "outdoor_wet_bulb_c"] = wet
    if setpoint is not None:
        columns["crah-1", "supply_air_setpoint_c"] = np.concatenate([np.full(24 * BEFORE_DAYS, 18.0), setpoint])
    for (device, quantity), values in columns.items():
        history.add(SeriesKey(SITE, device, "", quantity), times, values.tolist())
    return history


def carried_out(ledger: SqliteLedger, advice: Recommendation, at_ns: int = NOW_NS) -> None:
    """Propose, accept and do it, all at once."""
    ledger.append(event(State.PROPOSED.kind, advice.id, at_ns, advice))
    act = AdviceAct(ledger, OPERATOR, at_ns)
    act.accept(advice.id)
    act.done(advice.id)


def measured(ledger: SqliteLedger, history: MemoryHistory, *days: float) -> Case:
    """Let verification run after some days, and return the episode as it then stands."""
    verifier = Verifier(room(), ledger)
    for day in days:
        verifier.run(history, NOW_NS + round(day * DAY_NS))
    return lives_of(ledger).cases[SUPPLY][0]


def test_a_saving_is_verified_when_the_plan_is_through(ledger: SqliteLedger) -> None:
    """At first it says how many days it needs; then the saving, with its money and carbon, holds the truth."""
    history = past(16, 0.05)
    carried_out(ledger, made())
    young = measured(ledger, history, 0, 5)
    assert young.state is State.VERIFYING
    assert young.evidence is not None
    assert young.evidence.days == pytest.approx(4.0, abs=0.1)
    assert young.evidence.days_more == pytest.approx(10.0, abs=0.1)
    case = measured(ledger, history, 15.1)
    assert case.state is State.VERIFIED
    evidence = case.evidence
    assert evidence is not None
    assert evidence.report is not None
    report = evidence.report
    assert report.low is not None
    assert report.high is not None
    truth = 0.05 * 14.1 * 24 * (1.2 * 60 + 0.6 * 12)
    assert report.low < truth < report.high
    assert evidence.money is not None
    assert evidence.money.value == pytest.approx(0.5 * (report.saving or 0.0))
    assert evidence.carbon_kg is not None
    assert [step.state.value for step in case.steps][-2:] == ["verifying", "verified"]


def test_a_saving_among_the_noise_is_not_verified(ledger: SqliteLedger) -> None:
    """What saves nothing is called so, with the bound that can be given."""
    carried_out(ledger, made())
    case = measured(ledger, past(16, 0.0), 15.1)
    assert case.state is State.NO_SAVING
    assert case.evidence is not None
    assert case.evidence.report is not None
    assert [reason.key for reason in case.evidence.report.reasons] == ["no_saving"]


def test_a_site_without_meters_cannot_verify(ledger: SqliteLedger) -> None:
    """It says which data are missing, and gives up when the plan's days are over."""
    carried_out(ledger, made())
    case = measured(ledger, MemoryHistory(), 3)
    assert case.state is State.VERIFYING
    case = measured(ledger, MemoryHistory(), 16)
    assert case.state is State.NOT_VERIFIABLE
    assert case.evidence is not None
    assert [reason.key for reason in case.evidence.reasons] == ["no_target"]


@pytest.mark.parametrize("pays_in", ["money", "water", "reserve"])
def test_what_pays_in_something_else_is_not_judged_by_energy(ledger: SqliteLedger, pays_in: Pay) -> None:
    """The meters of energy say nothing of it: it says what to look at, and claims nothing."""
    carried_out(ledger, msgspec.structs.replace(made(), pays_in=pays_in))
    case = measured(ledger, past(16, 0.0), 3, 15.1)
    assert case.state is State.NOT_VERIFIABLE
    assert case.evidence is not None
    assert case.evidence.report is None
    assert [reason.key for reason in case.evidence.reasons] == [f"pays_in_{pays_in}"]
    assert all(reason.sentence(lang) for reason in case.evidence.reasons for lang in ("zh", "en"))


def test_another_measure_ends_the_claim(ledger: SqliteLedger) -> None:
    """Days after another measure are not counted, and the other's baseline begins with the first."""
    history = past(30, np.where(np.arange(24 * 30) < 24 * 12, 0.05, 0.15))
    carried_out(ledger, made())
    carried_out(ledger, made("fan_speed/room", NOW_NS + 12 * DAY_NS), NOW_NS + 12 * DAY_NS)
    case = measured(ledger, history, 20)
    assert case.evidence is not None
    assert case.evidence.to_ns == NOW_NS + 12 * DAY_NS
    assert [reason.key for reason in case.evidence.reasons] == ["other_after"]
    assert case.state is State.VERIFIED
    other = lives_of(ledger).cases["fan_speed/room"][0].evidence
    assert other is not None
    assert other.baseline_from_ns == NOW_NS


def test_a_measure_that_goes_on_and_off_is_told_by_its_set_point(ledger: SqliteLedger) -> None:
    """Blocks of two days are compared with each other, and the saving is that of the hours with it on."""
    on = np.arange(24 * 17) // 48 % 2 == 1
    setpoint = np.where(on, 20.0, 18.0)
    carried_out(ledger, made(plan=ON_OFF, change=Change(supply_k=2.0)))
    case = measured(ledger, past(17, np.where(on, 0.04, 0.0), setpoint=setpoint), 16.5)
    assert case.evidence is not None
    assert case.evidence.report is not None
    assert case.evidence.report.method == "on_off"
    assert case.state is State.VERIFIED
    assert case.evidence.report.saving_ratio == pytest.approx(0.04, rel=0.25)


def test_a_verified_saving_that_goes_is_said_once(ledger: SqliteLedger) -> None:
    """Someone turned it back: the last fortnight shows it, and shows it come again."""
    hours = np.arange(24 * 70)
    saved = np.where((hours > 24 * 20) & (hours < 24 * 45), 0.0, 0.06)
    history = past(70, saved)
    carried_out(ledger, made())
    case = measured(ledger, history, 15.5, 36, 37.5)
    assert case.state is State.VERIFIED
    assert case.drift is not None
    assert case.drift.holds is False
    assert case.drift.recent_ratio < 0.03 < case.drift.verified_ratio
    case = measured(ledger, history, 60)
    assert case.drift is not None
    assert case.drift.holds is True
    assert len(ledger.events(kind="advice.drift")) == 2
