"""What is learned, from the store to advice in the ledger: findings, past episodes, changes of level, data faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.alarms import Act, evaluate
from analytics.alarms.explanation import Change, Explanation
from analytics.detection.change import ChangePoint, Confirm, changes, cost_of, keep
from analytics.detection.finding import Finding
from analytics.detection.gate_finding import finding_of as of_gate
from analytics.detection.gate_finding import tells
from analytics.detection.joining import Joining
from analytics.detection.live import GRACE_NS
from analytics.detection.model_finding import change_of
from analytics.detection.model_finding import finding_of as of_model
from analytics.detection.similar import Past
from analytics.gate.fault import Fault
from analytics.gate.finding import GateFinding
from analytics.models.verdict import Contribution, ModelVerdict, Shift
from analytics.service.detect_jobs import DetectJobs
from analytics.service.pace import REAL
from greendc.clock import ManualClock
from greendc.ledger import SqliteLedger
from greendc.model import Principal, SeriesKey
from greendc.texts import LANGUAGES
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START, power_key
from tests.analytics.room import inlet, room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STEP = 5 * MINUTE
DAY_STEPS = 288
OPERATOR = Principal(name="li", role="operator")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def _finding(value: float = 25.0, since_ns: int = START) -> Finding:
    key = SeriesKey(SITE, "crah-1", "", "supply_air_temperature_c")
    explanation = Explanation(series=key.label(), value=value, unit="Cel", expected=20.0, low=19.0, high=21.0)
    return Finding(
        rule="learned",
        kind="series",
        series=key,
        group="crah-1",
        since_ns=since_ns,
        time_ns=since_ns + HOUR,
        value=value,
        unit="Cel",
        direction="high" if value > 20 else "low",
        explanation=explanation,
    )


def test_a_finding_becomes_advice_and_goes_with_it(ledger: SqliteLedger) -> None:
    """It is advisory, carries its explanation, and is over when the finding is; while nothing is known it stands."""
    history, site = MemoryHistory(), room()
    (alarm,) = evaluate(history, site, ledger, START + HOUR, findings=[_finding()])
    assert (alarm.id, alarm.advisory, alarm.priority, alarm.node) == ("learned/crah-1", True, "low", "crah-1")
    assert alarm.explanation == _finding().explanation
    for lang in LANGUAGES:
        assert "25.0" in alarm.detail(site.zone(), lang)
        assert alarm.title(lang)
        assert alarm.action(lang)
    assert [one.id for one in evaluate(history, site, ledger, START + HOUR + MINUTE)] == ["learned/crah-1"]
    evaluate(history, site, ledger, START + 2 * HOUR, findings=[])
    assert [event.subject for event in ledger.events(kind="alarm.cleared")] == ["learned/crah-1"]


def test_what_does_no_harm_raises_nothing(ledger: SqliteLedger) -> None:
    """A change to the better is no alarm."""
    better = msgspec.structs.replace(_finding(), harmful="low")
    assert evaluate(MemoryHistory(), room(), ledger, START + HOUR, findings=[better]) == []


def test_the_nearest_past_episode_comes_with_its_verdict(ledger: SqliteLedger) -> None:
    """One of the same device and direction, with what a person said of it; another direction is not like it."""
    history, site = MemoryHistory(), room()
    evaluate(history, site, ledger, START + HOUR, findings=[_finding()])
    Act(ledger, OPERATOR, START + 2 * HOUR, "a door stood open").verdict("learned/crah-1", "real")
    evaluate(history, site, ledger, START + 3 * HOUR, findings=[])
    past = Past(ledger)
    past.look()
    found = past.recalled(_finding(since_ns=START + 24 * HOUR)).explanation.similar
    assert found is not None
    assert (found.alarm_id, found.time_ns, found.verdict) == ("learned/crah-1", START + HOUR, "real")
    assert past.similar(_finding(15.0, since_ns=START + 24 * HOUR)) is None
    assert past.similar(_finding(since_ns=START)) is None


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
def test_every_fault_of_data_has_an_alarm_with_its_texts(ledger: SqliteLedger, fault: Fault) -> None:
    """Title, detail and action say it in both languages."""
    found = GateFinding(
        fault=fault, key=inlet("r01"), since_ns=START, time_ns=START + HOUR, before=20.0, after=0.5, conversion=1
    )
    site = room()
    (alarm,) = evaluate(MemoryHistory(), site, ledger, START + HOUR, findings=[of_gate(found)])
    assert (alarm.device, alarm.kind, alarm.advisory) == ("env-r01", fault.key, False)
    for lang in LANGUAGES:
        assert "env-r01" in alarm.title(lang) + alarm.detail(site.zone(), lang)
        assert "{" not in alarm.detail(site.zone(), lang) + alarm.action(lang)
    assert tells(found)


def test_a_load_that_comes_now_and_then_is_no_fault() -> None:
    """Spikes of power are left to the load."""
    found = GateFinding(fault=Fault.SPIKE, key=power_key("main"), since_ns=START, time_ns=START, after=12.0)
    assert not tells(found)


def test_what_a_model_says_keeps_its_band_terms_and_cost() -> None:
    """The finding has the verdict's own figures."""
    verdict = ModelVerdict(
        key="chiller_power/chiller-1",
        family="chiller_power",
        node="chiller-1",
        series=power_key("chiller-1"),
        time_ns=START + HOUR,
        unit="W",
        active=True,
        value=9000.0,
        expected=6000.0,
        low=5500.0,
        high=6500.0,
        level=0.99,
        surprise=4.0,
        since_ns=START,
        direction="high",
        harmful=True,
        reference=5000.0,
        contributions=(Contribution(term="load", value=1000.0),),
        unexplained=3000.0,
        shares=(("residual", 0.75), ("cusum", 0.25)),
        shift=Shift(time_ns=START, before=6000.0, after=9000.0, cost_kwh_day=72.0),
        checks=("condenser",),
        model="m1",
    )
    finding = of_model(verdict)
    explained = finding.explanation
    assert (explained.low, explained.high, explained.one_in) == (5500.0, 6500.0, 10_000.0)
    assert {share.name: share.ratio for share in explained.shares if share.kind == "term"} == {
        "unexplained": 0.75,
        "load": 0.25,
    }
    assert explained.change == Change(time_ns=START, before=6000.0, after=9000.0, cost_kwh_day=72.0)
    assert finding.is_harmful
    assert "72" in explained.sentence("en")
    change = change_of(verdict)
    assert change is not None
    assert change.cost_kwh_day == 72.0


def test_a_change_is_an_event_with_its_cost(ledger: SqliteLedger) -> None:
    """What was noted comes back; only power costs energy."""
    change = ChangePoint(
        series=power_key("main"), time_ns=START, before=1e3, after=2e3, unit="W", cost_kwh_day=cost_of(1e3, "W")
    )
    keep(ledger, change, START + HOUR)
    assert changes(ledger) == [change]
    assert change.cost_kwh_day == pytest.approx(24.0)
    assert cost_of(1.0, "Cel") is None


def test_a_change_must_hold_for_half_an_hour() -> None:
    """A median of half an hour beyond three deviations confirms it; one that is back does not."""
    confirm, sigma = Confirm(2), np.ones(2)
    for _ in range(6):
        found = confirm.step(np.array([5.0, 0.1]), np.array([True, True]), sigma)
    assert found == {0: 5.0}


def test_a_warm_rack_is_advice_from_the_store_on(tmp_path: Path, ledger: SqliteLedger) -> None:
    """Days of readings are learned; an inlet that leaves its peers becomes advice, and a lasting one a change."""
    history, site, clock = MemoryHistory(), room(6), ManualClock(START)
    rng = np.random.default_rng(4)
    steps = 3 * DAY_STEPS
    times = [START + i * STEP for i in range(steps)]
    for rack in (f"r{i + 1:02}" for i in range(6)):
        warm = 22.0 + 0.05 * rng.normal(size=steps)
        warm[-48:] += 2.0 if rack == "r03" else 0.0
        history.add(inlet(rack), times, warm.tolist())
    clock.advance((steps * STEP + GRACE_NS) / 1e9)
    jobs = DetectJobs(site, ledger, tmp_path, clock, REAL)
    for _ in range(4):
        jobs.detect(history)
    (finding,) = jobs.findings or []
    assert (finding.subject, finding.direction) == ("env-r03", "high")
    assert finding.explanation.change is not None
    assert [change.series for change in changes(ledger)] == [inlet("r03")]
    found = evaluate(history, site, ledger, clock.now_ns(), findings=jobs.findings)
    assert "learned/env-r03" in [alarm.id for alarm in found]
    jobs.close()


def test_what_cases_and_models_find_of_one_device_is_one_finding() -> None:
    """A case and a model of the same device are told once under one name, as long as one of them stands."""
    case = msgspec.structs.replace(_finding(), devices=("crah-1", "crah-2"))
    model = msgspec.structs.replace(
        _finding(),
        kind="model",
        group="supply_air/crah-2",
        since_ns=START + 9 * HOUR,
        devices=("crah-2",),
        surprise=9.0,
    )
    load = SeriesKey(SITE, "ups-a", "", "load_ratio")
    far = msgspec.structs.replace(_finding(), series=load, group="ups-a", since_ns=START + 3 * HOUR, devices=("ups-a",))
    other = msgspec.structs.replace(_finding(), rule="data_gap")
    joining = Joining()
    assert [finding.subject for finding in joining.joined([case])] == ["crah-1"]
    found = joining.joined([case, model, far, other])
    assert [(finding.rule, finding.subject, finding.kind) for finding in found] == [
        ("learned", "crah-1", "group"),
        ("learned", "ups-a", "series"),
        ("data_gap", "crah-1", "series"),
    ]
    assert found[0].surprise == 9.0
    assert [finding.subject for finding in joining.joined([model])] == ["crah-1"]
    assert joining.joined([]) == []
