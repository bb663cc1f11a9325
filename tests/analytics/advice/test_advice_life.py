"""The life of a recommendation: every way through its states, several episodes, and ledgers that cannot be read."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from analytics.advice.acts import ACCEPT, DONE, REJECT, REOPEN, ROLL_BACK, AdviceAct, AdviceRefused, acts_of
from analytics.advice.evidence import Evidence
from analytics.advice.life import HELD, NEXT, REOPENS, Case, Lives, State, lives_of
from analytics.advice.proposing import news
from analytics.advice.recommendation import Check, Refusal
from analytics.advice_view import open_advice, standing_of
from analytics.alarms.transition import event
from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from greendc.model import Principal
from tests.analytics.advice.made_advice import DAY_NS, NOW_NS, OPERATOR, SUPPLY, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.advice.advisor import Answer

EVIDENCE = Evidence(
    option="C",
    target="site",
    baseline_from_ns=0,
    baseline_to_ns=1,
    from_ns=2,
    to_ns=3,
    days=1.0,
    days_needed=14.0,
)
FINDINGS = (State.VERIFYING, State.VERIFIED, State.NOT_VERIFIABLE, State.NO_SAVING)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    kept = SqliteLedger(tmp_path / "ledger.sqlite")
    yield kept
    kept.close()


def case_of(ledger: SqliteLedger, advice_id: str = SUPPLY) -> Case:
    """Return the newest episode of an advice."""
    return lives_of(ledger).cases[advice_id][-1]


def evaluated(ledger: SqliteLedger, now_ns: int, *answers: Answer) -> list[str]:
    """Write what an evaluation with these answers writes, and return the kinds of its events."""
    events = [one for one in news(answers, lives_of(ledger), "room", now_ns) if one.kind != "advice.looked"]
    ledger.extend(events)
    return [one.kind for one in events]


class LifeMachine(RuleBasedStateMachine):
    """Evaluations, people and verification act in any order; the fold never takes a way that there is not."""

    def __init__(self) -> None:
        """Begin with an empty ledger."""
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.ledger = SqliteLedger(Path(self._folder.name) / "ledger.sqlite")
        self.now_ns = NOW_NS
        self.before: tuple[Case, ...] = ()

    def teardown(self) -> None:
        """Let go of the file."""
        self.ledger.close()
        self._folder.cleanup()

    @rule(days=st.sampled_from([0, 1, 40, 200]), to=st.sampled_from([19.0, 20.0]))
    def propose(self, days: int, to: float) -> None:
        """The advisor recommends."""
        self.now_ns += days * DAY_NS + 1
        evaluated(self.ledger, self.now_ns, made(proposed_ns=self.now_ns, to=to))

    @rule(reason=st.sampled_from(["in_order", "missing"]), days=st.sampled_from([0, 40]))
    def refuse(self, reason: str, days: int) -> None:
        """The advisor says nothing."""
        self.now_ns += days * DAY_NS + 1
        evaluated(self.ledger, self.now_ns, Refusal(advisor="supply_air", reason=reason))

    @rule(name=st.sampled_from([ACCEPT, DONE, REJECT, ROLL_BACK, REOPEN]), reason=st.sampled_from(["", "too warm"]))
    def act(self, name: str, reason: str) -> None:
        """A person acts; what is offered is possible, and what is refused writes nothing."""
        self.now_ns += 1
        episodes = lives_of(self.ledger).cases.get(SUPPLY, ())
        count = len(self.ledger.events())
        person = AdviceAct(self.ledger, OPERATOR, self.now_ns, reason)
        methods = {
            ACCEPT: person.accept,
            DONE: person.done,
            REJECT: person.reject,
            ROLL_BACK: person.roll_back,
            REOPEN: person.reopen,
        }
        try:
            methods[name](SUPPLY)
        except AdviceRefused:
            assert len(self.ledger.events()) == count
            offered = bool(episodes) and name in acts_of(episodes[-1])
            assert not offered or not reason or episodes[-1].aged(self.now_ns)
        else:
            assert len(self.ledger.events()) == count + 1
            assert lives_of(self.ledger).cases[SUPPLY] != episodes

    @rule(state=st.sampled_from(FINDINGS))
    def find(self, state: State) -> None:
        """Verification writes a finding, may be one that comes too late."""
        self.now_ns += 1
        self.ledger.append(event(state.kind, SUPPLY, self.now_ns, EVIDENCE))

    @invariant()
    def every_step_is_a_way(self) -> None:
        """States follow each other as they may; old episodes stay; the fold by parts is the fold of the whole."""
        episodes = lives_of(self.ledger).cases.get(SUPPLY, ())
        for case in episodes:
            assert case.steps[0].state is State.PROPOSED
            for one, other in zip(case.steps, case.steps[1:], strict=False):
                ways = NEXT[one.state] - {State.PROPOSED}
                assert other.state in ways or other.state is REOPENS.get(one.state)
            assert case.advice.state == case.state.value == case.steps[-1].state.value
        assert len(episodes) >= len(self.before)
        assert sum(case.state in HELD for case in episodes) <= 1
        self.before = episodes
        assert lives_of(self.ledger, self.now_ns).cases == lives_of(self.ledger).cases


TestLife = LifeMachine.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


def test_a_measure_from_proposal_to_proof(ledger: SqliteLedger) -> None:
    """Each step names who, when and why; what a person saw and what was measured stay with it."""
    evaluated(ledger, NOW_NS, made())
    AdviceAct(ledger, OPERATOR, NOW_NS + 1, "").accept(SUPPLY, NOW_NS)
    AdviceAct(ledger, OPERATOR, NOW_NS + 2, "by hand").done(SUPPLY)
    ledger.append(event(State.VERIFYING.kind, SUPPLY, NOW_NS + 3, EVIDENCE))
    ledger.append(event(State.VERIFIED.kind, SUPPLY, NOW_NS + 4, EVIDENCE))
    case = case_of(ledger)
    assert [(step.state.value, step.name, step.reason) for step in case.steps] == [
        ("proposed", "greendc", ""),
        ("accepted", "wang", ""),
        ("done", "wang", "by hand"),
        ("verifying", "greendc", ""),
        ("verified", "greendc", ""),
    ]
    assert case.accepted is not None
    assert case.accepted.one_off is not None
    assert (case.accepted.one_off.then_c, case.evidence) == (26.0, EVIDENCE)


def test_what_is_being_done_is_not_proposed_again(ledger: SqliteLedger) -> None:
    """An accepted advice stays as it was accepted, whatever the advisor says meanwhile."""
    evaluated(ledger, NOW_NS, made())
    AdviceAct(ledger, OPERATOR, NOW_NS + 1).accept(SUPPLY)
    later_ns = NOW_NS + 40 * DAY_NS
    assert evaluated(ledger, later_ns, made(proposed_ns=later_ns, to=22.0)) == []
    assert evaluated(ledger, later_ns, Refusal(advisor="supply_air", reason="in_order")) == []
    assert [advice.change_to for advice in open_advice(ledger, later_ns)] == [20.0]


def test_a_rejected_proposal_rests_until_it_moves(ledger: SqliteLedger) -> None:
    """The same is not put before people again for half a year; another target is, as a new episode."""
    evaluated(ledger, NOW_NS, made())
    AdviceAct(ledger, OPERATOR, NOW_NS + 1, "the servers are old").reject(SUPPLY)
    after_ns = NOW_NS + 60 * DAY_NS
    assert evaluated(ledger, after_ns, made(proposed_ns=after_ns)) == []
    assert evaluated(ledger, after_ns, made(proposed_ns=after_ns, to=19.0)) == ["advice.proposed"]
    old, new = lives_of(ledger).cases[SUPPLY]
    assert (old.state, old.steps[-1].reason, new.state) == (State.REJECTED, "the servers are old", State.PROPOSED)


def test_a_proposal_ends_by_itself(ledger: SqliteLedger) -> None:
    """It is withdrawn when the advisor looked and found nothing; it expires when nobody could look for a month."""
    evaluated(ledger, NOW_NS, made())
    blind = Refusal(advisor="supply_air", reason="missing")
    assert evaluated(ledger, NOW_NS + DAY_NS, blind) == []
    assert evaluated(ledger, NOW_NS + 31 * DAY_NS, blind) == ["advice.expired"]
    evaluated(ledger, NOW_NS + 32 * DAY_NS, made(proposed_ns=NOW_NS + 32 * DAY_NS))
    looked = Refusal(advisor="supply_air", reason="in_order")
    assert evaluated(ledger, NOW_NS + 33 * DAY_NS, looked) == ["advice.withdrawn"]
    assert open_advice(ledger) == []


@pytest.mark.parametrize("status", ["failed", "not_evaluable"])
def test_a_guard_rail_stands_against_accepting(ledger: SqliteLedger, status: str) -> None:
    """The refusal names the guard rail in either language."""
    rail = msgspec.convert({"key": "one_unit_off", "status": status, "params": PARAMS}, Check)
    evaluated(ledger, NOW_NS, made(guards=(rail,)))
    with pytest.raises(AdviceRefused) as refused:
        AdviceAct(ledger, OPERATOR, NOW_NS + 1).accept(SUPPLY)
    assert rail.text("en") in refused.value.text("en")
    assert rail.text("zh") in refused.value.text("zh")
    assert ACCEPT not in acts_of(case_of(ledger))


PARAMS = {"then": "33.0", "now": "31.0", "limit": "32.0"}


def test_only_one_of_two_that_conflict_is_accepted(ledger: SqliteLedger) -> None:
    """What would break a guard rail together with what was accepted waits for that."""
    check = Check(
        key="together", status="failed", params={"with": "fan_speed/room", "rails": "envelope"}, optional=True
    )
    evaluated(ledger, NOW_NS, made(), made("fan_speed/room", to=0.7), made("chilled_water/room", guards=(check,)))
    act = AdviceAct(ledger, OPERATOR, NOW_NS + 1, "first the other")
    act.accept("fan_speed/room")
    with pytest.raises(AdviceRefused, match="fan_speed/room"):
        act.accept("chilled_water/room")
    act.reopen("fan_speed/room")
    act.accept("chilled_water/room")


def test_numbers_that_changed_are_looked_at_first(ledger: SqliteLedger) -> None:
    """A person accepts what stood on the screen, or nothing."""
    evaluated(ledger, NOW_NS, made())
    evaluated(ledger, NOW_NS + DAY_NS, made(proposed_ns=NOW_NS + DAY_NS, kwh=2_000.0))
    with pytest.raises(AdviceRefused, match="new numbers"):
        AdviceAct(ledger, OPERATOR, NOW_NS + DAY_NS + 1).accept(SUPPLY, NOW_NS)


def test_an_evaluator_reads(ledger: SqliteLedger) -> None:
    """Who may not act on alarms may not act on advice."""
    with pytest.raises(AdviceRefused, match="evaluator"):
        AdviceAct(ledger, Principal(name="bai", role="evaluator"), NOW_NS)


def test_old_bodies_are_left_out_and_said(ledger: SqliteLedger, caplog: pytest.LogCaptureFixture) -> None:
    """A proposal that cannot be read takes what follows it along; the rest of the ledger stands."""
    who = Principal(name="greendc", role="system")
    body = '{"id": "supply_air/room", "saving": 12}'
    ledger.append(Event(time_ns=NOW_NS, kind="advice.proposed", subject=SUPPLY, principal=who, body=body))
    ledger.append(Event(time_ns=NOW_NS, kind="advice.accepted", subject=SUPPLY, principal=who))
    evaluated(ledger, NOW_NS, made("fan_speed/room"))
    with caplog.at_level(logging.WARNING):
        assert [advice.id for advice in open_advice(ledger)] == ["fan_speed/room"]
    assert "advice.proposed of supply_air/room" in caplog.text
    evaluated(ledger, NOW_NS + 1, made(proposed_ns=NOW_NS + 1))
    assert case_of(ledger).state is State.PROPOSED


def test_what_no_text_can_say_any_more_is_left_out(ledger: SqliteLedger, caplog: pytest.LogCaptureFixture) -> None:
    """An advisor of an old version is gone, or its wording asks for other facts: the pages stand all the same."""
    gone = msgspec.structs.replace(made("old_kind/room"), advisor="old_kind")
    with caplog.at_level(logging.WARNING):
        evaluated(ledger, NOW_NS, gone, made())
        assert [advice.id for advice in open_advice(ledger)] == [SUPPLY]
    assert "old_kind/room" in caplog.text


def test_what_is_left_out_is_said_once(ledger: SqliteLedger, caplog: pytest.LogCaptureFixture) -> None:
    """However often the page or a report asks, for now or for a past that is over; and asking for now reads little."""
    gone = msgspec.structs.replace(made("old_kind/room"), advisor="old_kind")
    with caplog.at_level(logging.WARNING):
        evaluated(ledger, NOW_NS, gone, made())
        evaluated(ledger, NOW_NS + DAY_NS, made(), made("fan_speed/room", proposed_ns=NOW_NS + DAY_NS))
        for now_ns in (NOW_NS, NOW_NS + DAY_NS, NOW_NS, NOW_NS + 2 * DAY_NS):
            assert SUPPLY in [advice.id for advice in open_advice(ledger, now_ns)]
    assert len([record for record in caplog.records if "left out" in record.getMessage()]) == 1
    assert lives_of(ledger, NOW_NS + DAY_NS) is lives_of(ledger)


def test_one_order_for_all_pages(ledger: SqliteLedger) -> None:
    """What was accepted leads, then what is carried out first; how much either saves does not decide."""
    first, second, third = names = [f"supply_air/{room}" for room in "abc"]
    evaluated(ledger, NOW_NS, made(third, kwh=9_000.0), made(first, kwh=1_000.0), made(second))
    assert [advice.id for advice in open_advice(ledger, NOW_NS)] == names
    AdviceAct(ledger, OPERATOR, NOW_NS + 1).accept(second)
    after = [second, first, third]
    page = standing_of(ledger, None, NOW_NS + 1)
    assert [advice.id for advice in open_advice(ledger, NOW_NS + 1)] == after
    assert [line.case.id for line in page.open] == [line.case.id for line in page.every()] == after


def test_undoing_what_was_verified_while_more_is_proposed(ledger: SqliteLedger) -> None:
    """A step further is proposed; rolling back is about the step that was carried out."""
    evaluated(ledger, NOW_NS, made())
    act = AdviceAct(ledger, OPERATOR, NOW_NS + 1, "hot spot in r07")
    act.accept(SUPPLY)
    act.done(SUPPLY)
    ledger.append(event(State.VERIFIED.kind, SUPPLY, NOW_NS + 2, EVIDENCE))
    evaluated(ledger, NOW_NS + 3, made(proposed_ns=NOW_NS + 3, to=21.0))
    act.roll_back(SUPPLY)
    assert [case.state for case in lives_of(ledger).cases[SUPPLY]] == [State.ROLLED_BACK, State.PROPOSED]


def test_the_fold_reads_each_event_once(ledger: SqliteLedger) -> None:
    """What an earlier reader holds stays as it was."""
    evaluated(ledger, NOW_NS, made())
    before: Lives = lives_of(ledger)
    AdviceAct(ledger, OPERATOR, NOW_NS + 1).accept(SUPPLY)
    assert before.cases[SUPPLY][-1].state is State.PROPOSED
    assert lives_of(ledger) is lives_of(ledger)
