"""Random lives of many alarms: whatever happens in whatever order, the promises of the life-cycle hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from analytics.alarms import transition as tr
from analytics.alarms.actions import Act, ActionRefused
from analytics.alarms.alarm import PRIORITIES
from analytics.alarms.behaviour import behaviour
from analytics.alarms.book import book_of
from analytics.alarms.episode import State
from analytics.alarms.fold import STORM, Fold, covering
from greendc.units import NS_PER_SECOND
from tests.analytics.alarms.memory_ledger import MemoryLedger
from tests.analytics.alarms.watched_room import EVALUATOR, OPERATOR, TEST_RULES, Watch

if TYPE_CHECKING:
    from analytics.alarms.episode import Episode
    from greendc.contracts import Event

NODES = (
    "main",
    "ups-a",
    "ups-b",
    "pdu-r01-a",
    "r01",
    "r02",
    "r03",
    "srv-1",
    "chiller-1",
    "crah-1",
    "edge-01",
    "edge-ups",
)
LEGAL = {
    (State.NORMAL, tr.RAISED): {State.ACTIVE_UNACKED},
    (State.CLEARED_UNACKED, tr.RAISED): {State.ACTIVE_UNACKED},
    (State.ACTIVE_UNACKED, tr.RAISED): {State.ACTIVE_UNACKED},
    (State.ACTIVE_ACKED, tr.RAISED): {State.ACTIVE_UNACKED},
    (State.ACTIVE_UNACKED, tr.ACKNOWLEDGED): {State.ACTIVE_ACKED},
    (State.CLEARED_UNACKED, tr.ACKNOWLEDGED): {State.NORMAL},
    (State.ACTIVE_UNACKED, tr.CLEARED): {State.CLEARED_UNACKED, State.NORMAL},
    (State.ACTIVE_ACKED, tr.CLEARED): {State.NORMAL},
}
STATELESS = {tr.NOT_EVALUATED, tr.MAINTENANCE, tr.MAINTENANCE_OVER, tr.PROMOTED, tr.DEMOTED}
nodes = st.sampled_from(NODES)
rules = st.sampled_from(sorted(TEST_RULES))


class Lives(RuleBasedStateMachine):
    """Conditions come and go, people act, time passes, the process restarts."""

    @initialize()
    def start(self) -> None:
        """Begin with an empty ledger."""
        self.ledger = MemoryLedger()
        self.watch = Watch(self.ledger)
        self.fresh = False

    @rule(which=st.lists(st.tuples(rules, nodes, st.sampled_from(PRIORITIES)), min_size=1, max_size=14))
    def begin(self, which: list[tuple[str, str, str]]) -> None:
        """Conditions begin, or become worse or better."""
        for key, node, priority in which:
            self.watch.begin(key, node, priority)
        self.fresh = False

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        """Conditions are over."""
        if self.watch.holds:
            for alarm_id in data.draw(st.lists(st.sampled_from(sorted(self.watch.holds)), max_size=8)):
                self.watch.end(alarm_id)
        self.fresh = False

    @rule(seconds=st.sampled_from((0, 5, 61, 301, 601, 1900, 30_000, 90_000)))
    def tick(self, seconds: int) -> None:
        """A round is made after some time; a second one at once has nothing to say, also after a restart."""
        self.watch.wait(seconds)
        again = Watch(MemoryLedger(self.ledger.events()))
        again.now_ns, again.holds, again.seen = self.watch.now_ns, self.watch.holds, self.watch.seen
        assert again.decided() == self.watch.decided()
        self.watch.tick()
        assert self.watch.decided() == []
        self.fresh = True

    @rule()
    def restart(self) -> None:
        """The process ends, and another one goes on with what was written."""
        self.ledger = MemoryLedger(self.ledger.events())
        self.watch.ledger = self.ledger

    @precondition(lambda self: self.watch.seen)
    @rule(data=st.data(), act=st.sampled_from(("acknowledge", "shelve", "unshelve", "verdict", "note", "promote")))
    def act(self, data: st.DataObject, act: str) -> None:
        """A person acts on an alarm; what does not fit is refused and leaves nothing behind."""
        alarm_id = data.draw(st.sampled_from([*sorted(self.watch.seen), f"{STORM}/lab"]))
        before = len(self.ledger.events())
        person = Act(self.ledger, OPERATOR, self.watch.now_ns, "because")
        try:
            if act == "shelve":
                hours = data.draw(st.sampled_from((-1, 1, 8, 200)))
                person.shelve(alarm_id, self.watch.now_ns + hours * 3600 * NS_PER_SECOND)
            elif act == "verdict":
                person.verdict(alarm_id, data.draw(st.sampled_from((*tr.VERDICTS, "maybe"))))
            else:
                getattr(person, act)(alarm_id)
        except ActionRefused:
            assert len(self.ledger.events()) == before
        self.fresh = False

    @rule(node=nodes, start_s=st.sampled_from((-60, 0, 400)), length_s=st.sampled_from((300, 4000)))
    def maintain(self, node: str, start_s: int, length_s: int) -> None:
        """A node is taken out of service for a time."""
        start_ns = self.watch.now_ns + start_s * NS_PER_SECOND
        person = Act(self.ledger, OPERATOR, self.watch.now_ns, "new fan")
        person.maintenance(self.watch.topology, node, start_ns, start_ns + length_s * NS_PER_SECOND)
        self.fresh = False

    @rule(node=nodes)
    def put_back(self, node: str) -> None:
        """A node is put back into service, if it was out of it."""
        person = Act(self.ledger, OPERATOR, self.watch.now_ns)
        if node in book_of(self.ledger).fold().windows:
            person.end_maintenance(node)
        else:
            with pytest.raises(ActionRefused):
                person.end_maintenance(node)
        self.fresh = False

    @invariant()
    def the_ledger_is_the_state(self) -> None:
        """Reading everything again gives what is held in memory, and every step on the way was a legal one."""
        fold = Fold()
        for event in self.ledger.events():
            before = fold.find(event.subject)
            fold.apply(event)
            self._check_step(event, before, fold.find(event.subject))
        assert fold == book_of(self.ledger).fold()

    @staticmethod
    def _check_step(event: Event, before: Episode | None, after: Episode | None) -> None:
        if event.kind in STATELESS:
            return
        assert after is not None
        was = State.NORMAL if before is None else before.state
        if (was, event.kind) in LEGAL:
            assert after.state in LEGAL[was, event.kind]
        else:
            assert event.kind not in {tr.RAISED, tr.CLEARED, tr.ACKNOWLEDGED}, (was, event.kind)
            assert after.state is was
        if event.kind == tr.RAISED and event.reason == tr.NEW:
            assert before is None or not before.active, "one episode is one alarm"

    @invariant()
    def nothing_is_lost(self) -> None:
        """After a round each condition that holds stands, and none that is over does but for a latch."""
        if not self.fresh:
            return
        fold = book_of(self.ledger).fold()
        for alarm_id in self.watch.holds:
            assert fold.standing[alarm_id].active
            assert fold.standing[alarm_id].holds
        for episode in fold.standing.values():
            if not episode.active or episode.alarm.rule == STORM:
                continue
            unseen = TEST_RULES[episode.alarm.rule].latched and episode.state is State.ACTIVE_UNACKED
            quiet_ns = self.watch.now_ns - episode.changed_ns
            loud = episode.chattering and quiet_ns < behaviour().chatter.window_s * NS_PER_SECOND
            assert episode.id in self.watch.holds or loud or unseen
        ends = (*fold.shelf.values(), *(window.until_ns for window in fold.windows.values()))
        assert all(until_ns > self.watch.now_ns for until_ns in ends)

    @invariant()
    def everything_is_heard(self) -> None:
        """What nobody kept back is announced, or filed under something announced that is at least as urgent."""
        if not self.fresh:
            return
        fold, now_ns = book_of(self.ledger).fold(), self.watch.now_ns
        covered = {n for w in covering(fold.windows, now_ns) for n in self.watch.topology.covered(w.node)}
        for episode in fold.standing.values():
            alarm = episode.alarm
            if not episode.active:
                continue
            if alarm.suppressed:
                assert alarm.id in fold.shelf if alarm.suppressed == tr.SHELF else alarm.node in covered
                continue
            assert alarm.node not in covered
            assert alarm.id not in fold.shelf
            if alarm.cause:
                self._check_cause(fold, episode, now_ns)

    @staticmethod
    def _check_cause(fold: Fold, episode: Episode, now_ns: int) -> None:
        grace_ns = behaviour().correlation.grace_s * NS_PER_SECOND
        chain = [episode.id]
        while cause := episode.alarm.cause:
            above = fold.find(cause)
            assert above is not None
            assert cause not in chain, "no ring of causes"
            chain.append(cause)
            assert episode.alarm.advisory or not above.alarm.advisory, "no model keeps a limit back"
            if not above.active:
                assert now_ns - above.cleared_ns < grace_ns
                return
            assert not above.alarm.suppressed
            assert PRIORITIES.index(above.alarm.priority) <= PRIORITIES.index(episode.alarm.priority)
            episode = above
        assert episode.announced_ns > 0


Lives.TestCase.settings = settings(
    max_examples=300, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLives = Lives.TestCase


def test_an_evaluator_may_only_read() -> None:
    """An act by someone without the role is refused before anything is looked at."""
    with pytest.raises(ActionRefused):
        Act(MemoryLedger(), EVALUATOR, 0, "because")
