"""Each promise of the life-cycle on its own."""

from __future__ import annotations

import gc
import time
import weakref
from typing import TYPE_CHECKING

import pytest

from analytics.alarms import transition as tr
from analytics.alarms.actions import Act, ActionRefused
from analytics.alarms.book import Book, book_of
from analytics.alarms.episode import State
from analytics.alarms.lifecycle import decide
from analytics.alarms.listing import active_alarms, open_alarms, standing
from analytics.alarms.rule import NotEvaluated, Verdicts
from greendc.ledger import SqliteLedger
from greendc.units import NS_PER_SECOND
from tests.analytics.alarms.memory_ledger import MemoryLedger
from tests.analytics.alarms.watched_room import OPERATOR, TEST_RULES, Watch, watched_room
from tests.analytics.plant import START

if TYPE_CHECKING:
    from pathlib import Path

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


@pytest.fixture
def watch() -> Watch:
    """Return a room in which nothing is wrong."""
    return Watch(MemoryLedger())


def act(watch: Watch, reason: str = "because") -> Act:
    """Return an operator's act now."""
    return Act(watch.ledger, OPERATOR, watch.now_ns, reason)


def shown(watch: Watch) -> list[str]:
    """Return the ids of what is put before a person."""
    return [alarm.id for alarm in open_alarms(watch.ledger)]


def test_the_four_states(watch: Watch) -> None:
    """Unseen, seen, over: an alarm goes through the states of ISA-18.2; one that nobody saw waits for that."""
    hot = watch.begin("rack_inlet", "r01")
    watch.tick()
    assert watch.episode(hot).state is State.ACTIVE_UNACKED
    act(watch).acknowledge(hot)
    assert watch.episode(hot).state is State.ACTIVE_ACKED
    assert watch.episode(hot).acknowledged_by == "li"
    watch.end(hot)
    watch.tick(60)
    assert watch.episode(hot).state is State.NORMAL
    watch.begin("rack_inlet", "r01")
    watch.tick(60)
    watch.end(hot)
    watch.tick(60)
    assert watch.episode(hot).state is State.CLEARED_UNACKED
    assert shown(watch) == []
    assert [episode.id for episode in standing(watch.ledger)] == [hot]
    act(watch).acknowledge(hot)
    assert standing(watch.ledger) == []


def test_a_late_acknowledgement_is_not_of_what_came_after(watch: Watch) -> None:
    """A person who acknowledges what they saw has not seen that it has become worse meanwhile."""
    hot = watch.begin("rack_inlet", "r01")
    watch.tick()
    late = tr.event(tr.ACKNOWLEDGED, hot, START, tr.Seen(watch.episode(hot).announced_ns), principal=OPERATOR)
    watch.begin("rack_inlet", "r01", "high")
    watch.tick(30)
    watch.ledger.append(late)
    assert watch.episode(hot).state is State.ACTIVE_UNACKED


def test_only_a_worse_level_is_news(watch: Watch) -> None:
    """A rise of severity makes the alarm unseen again, a fall says nothing."""
    hot = watch.begin("rack_inlet", "r01", "high")
    watch.tick()
    act(watch).acknowledge(hot)
    watch.begin("rack_inlet", "r01", "medium")
    assert watch.tick(10) == []
    watch.begin("rack_inlet", "r01", "critical")
    (event,) = watch.tick(10)
    assert (event.kind, event.reason) == (tr.RAISED, tr.WORSE)
    assert watch.episode(hot).state is State.ACTIVE_UNACKED


def test_a_latched_alarm_waits_for_a_person(watch: Watch) -> None:
    """Its condition may be over: it stands until somebody has seen it."""
    leak = watch.begin("leak", "r01", "critical")
    watch.tick()
    watch.end(leak)
    watch.tick(60)
    assert watch.episode(leak).active
    act(watch).acknowledge(leak)
    watch.tick(60)
    assert watch.episode(leak).state is State.NORMAL


def test_shelving_ends_by_itself(watch: Watch) -> None:
    """A shelved alarm is not shown; when its time is over and it still holds it is announced again, unseen."""
    hot = watch.begin("rack_inlet", "r01")
    watch.tick()
    act(watch).acknowledge(hot)
    act(watch, "waiting for a filter").shelve(hot, watch.now_ns + 3600 * NS_PER_SECOND)
    watch.tick(60)
    assert shown(watch) == []
    assert [alarm.suppressed for alarm in active_alarms(watch.ledger)] == [tr.SHELF]
    events = watch.tick(HOUR_S)
    assert [(event.kind, event.reason) for event in events] == [
        (tr.UNSHELVED, tr.EXPIRED),
        (tr.RAISED, tr.RELEASED),
    ]
    assert shown(watch) == [hot]
    assert watch.episode(hot).state is State.ACTIVE_UNACKED


def test_shelving_is_limited_and_asks_why(watch: Watch) -> None:
    """No reason, a time that is over, and longer than the priority allows are refused."""
    fire = watch.begin("ups_source", "ups-a", "critical")
    watch.tick()
    with pytest.raises(ActionRefused, match="why"):
        act(watch, " ").shelve(fire, watch.now_ns + NS_PER_SECOND)
    for hours in (-1, 9):
        with pytest.raises(ActionRefused, match="8 h"):
            act(watch).shelve(fire, watch.now_ns + hours * 3600 * NS_PER_SECOND)
    with pytest.raises(ActionRefused, match="no alarm"):
        act(watch).shelve("rack_inlet/r09", watch.now_ns + NS_PER_SECOND)
    with pytest.raises(ActionRefused, match="not shelved"):
        act(watch).unshelve(fire)


def test_a_window_covers_what_is_below_it(watch: Watch) -> None:
    """Work on UPS A keeps its PDUs back, not a rack that UPS B keeps alive; at its end what holds is announced."""
    act(watch, "battery exchange").maintenance(
        watch.topology, "ups-a", watch.now_ns, watch.now_ns + 3600 * NS_PER_SECOND
    )
    pdu = watch.begin("ups_source", "pdu-r01-a", "high")
    hot = watch.begin("rack_inlet", "r02")
    watch.tick(10)
    assert shown(watch) == [hot]
    assert watch.episode(pdu).alarm.suppressed == tr.WINDOW
    events = watch.tick(HOUR_S)
    assert (tr.MAINTENANCE_OVER, tr.EXPIRED) in {(event.kind, event.reason) for event in events}
    assert shown(watch) == [pdu, hot]


def test_a_window_keeps_back_what_stood_before(watch: Watch) -> None:
    """A standing alarm is kept back when its window begins, and the ledger says so; ended early it comes back."""
    hot = watch.begin("rack_inlet", "r01")
    watch.tick()
    start_ns = watch.now_ns + 600 * NS_PER_SECOND
    act(watch).maintenance(watch.topology, "room-1", start_ns, start_ns + 3600 * NS_PER_SECOND)
    assert watch.tick(60) == []
    (event,) = watch.tick(600)
    assert (event.kind, event.subject) == (tr.SUPPRESSED, hot)
    act(watch).end_maintenance("room-1")
    watch.tick(10)
    assert shown(watch) == [hot]


def test_design_keeps_nothing_hard_back(watch: Watch) -> None:
    """A rule may say that its condition means nothing now; a hard limit may not."""
    soft = watch.begin("learned", "crah-1", suppressed=tr.DESIGN)
    hard = watch.begin("rack_inlet", "r01", suppressed=tr.DESIGN)
    watch.tick()
    assert watch.episode(soft).alarm.suppressed == tr.DESIGN
    assert shown(watch) == [hard]
    watch.begin("learned", "crah-1")
    watch.tick(10)
    assert set(shown(watch)) == {soft, hard}


def test_one_cause_is_one_alarm(watch: Watch) -> None:
    """When a UPS fails, the PDUs behind it are filed under it, and it is as urgent as the worst of them."""
    cause = watch.begin("ups_source", "ups-a", "medium", ago_s=10)
    below = [watch.begin("ups_source", f"pdu-{rack}-a", "high", ago_s=5) for rack in ("r01", "r02", "r03")]
    watch.tick()
    assert shown(watch) == [cause]
    assert {watch.episode(child).alarm.cause for child in below} == {cause}
    assert watch.episode(cause).alarm.priority == "high"
    assert len(active_alarms(watch.ledger)) == 4


def test_a_cause_that_is_seen_later_takes_its_children(watch: Watch) -> None:
    """The utility's alarm has the longer delay: what was announced before it is filed under it when it comes."""
    cause = watch.begin("ups_source", "ups-a", "high", ago_s=20)
    child = watch.begin("ups_source", "pdu-r01-a", "high", ago_s=15)
    watch.tick()
    assert shown(watch) == [cause]
    root = watch.begin("ups_source", "main", "critical", ago_s=60)
    watch.tick(30)
    assert shown(watch) == [root]
    assert {watch.episode(each).alarm.cause for each in (cause, child)} == {root}


def test_children_outlive_their_cause_by_a_grace(watch: Watch) -> None:
    """They have some minutes to clear after it; what still holds then is announced on its own."""
    cause = watch.begin("ups_source", "ups-a", "high", ago_s=5)
    quick, slow = (watch.begin("ups_source", f"pdu-{rack}-a", "high") for rack in ("r01", "r02"))
    watch.tick()
    watch.end(cause)
    watch.tick(60)
    watch.end(quick)
    watch.tick(60)
    assert shown(watch) == []
    watch.tick(300)
    assert shown(watch) == [slow]


def test_air_warms_slowly(watch: Watch) -> None:
    """Twenty minutes after the utility failed a warm rack is its consequence, a UPS that fails is not."""
    main = watch.begin("ups_source", "main", "critical")
    watch.tick()
    watch.wait(1200)
    hot, ups = watch.begin("rack_inlet", "r01", "high"), watch.begin("ups_source", "ups-a", "high")
    watch.tick()
    assert set(shown(watch)) == {main, ups}
    assert watch.episode(hot).alarm.cause == main


def test_what_began_long_after_is_no_consequence(watch: Watch) -> None:
    """A rack that warms up an hour after an alarm of its UPS has a cause of its own."""
    power = watch.begin("ups_source", "ups-a", "high")
    watch.tick()
    hot = watch.begin("rack_inlet", "r01", "high", ago_s=60)
    watch.now_ns += 3600 * NS_PER_SECOND
    hot = watch.begin("rack_inlet", "r02", "high", ago_s=60)
    watch.end("rack_inlet/r01")
    watch.tick()
    assert set(shown(watch)) == {power, hot}


def test_silence_explains_silence_only(watch: Watch) -> None:
    """An edge node that is silent is one alarm and not its devices' too; it hides no warm rack."""
    node = watch.begin("device_silent", "edge-01", "high", ago_s=300)
    child = watch.begin("device_silent", "edge-ups", ago_s=320)
    collector = watch.begin("device_silent", "centre", "high", ago_s=300)
    ups = watch.begin("device_silent", "ups-a", ago_s=300)
    hot = watch.begin("rack_inlet", "r01", "low", ago_s=290)
    watch.tick()
    assert set(shown(watch)) == {node, collector, hot}
    assert watch.episode(child).alarm.cause == node
    assert watch.episode(ups).alarm.cause == collector


def test_no_model_keeps_a_limit_back(watch: Watch) -> None:
    """A learned alarm above a hard one is no cause of it, not even when a person has promoted it."""
    advisory = watch.begin("learned", "crah-1", "low", ago_s=60)
    hot = watch.begin("rack_inlet", "r01", "high")
    watch.tick()
    assert set(shown(watch)) == {advisory, hot}
    act(watch).promote("learned")
    watch.tick(5)
    assert set(shown(watch)) == {advisory, hot}
    other = watch.begin("learned", "r02", "low", ago_s=5)
    watch.tick(5)
    assert watch.episode(other).alarm.cause == advisory


def test_a_person_promotes_a_learned_rule(watch: Watch) -> None:
    """What stands is announced again as a real alarm; a rule that there is not cannot be promoted."""
    advisory = watch.begin("learned", "crah-1", "low")
    watch.tick()
    act(watch).acknowledge(advisory)
    assert watch.episode(advisory).alarm.advisory
    act(watch, "right three times").promote("learned")
    (event,) = watch.tick(10)
    assert (event.reason, watch.episode(advisory).alarm.advisory) == (tr.PROMOTION, False)
    assert watch.episode(advisory).state is State.ACTIVE_UNACKED
    with pytest.raises(ActionRefused, match="promoted already"):
        act(watch).promote("learned")
    with pytest.raises(ActionRefused, match="no rule"):
        act(watch).promote("lernt")
    act(watch).demote("learned")
    watch.end(advisory)
    watch.tick(10)
    watch.begin("learned", "crah-1", "low")
    watch.tick(10)
    assert watch.episode(advisory).alarm.advisory


def test_a_chattering_alarm_is_latched(watch: Watch) -> None:
    """The fourth activation in half an hour latches it: what follows is counted, not announced, until it is quiet."""
    for _ in range(4):
        hot = watch.begin("rack_inlet", "r01")
        watch.tick(60)
        watch.end(hot)
        watch.tick(60)
    assert watch.episode(hot).chattering
    assert watch.episode(hot).active
    for _ in range(5):
        watch.begin("rack_inlet", "r01")
        assert [event.kind for event in watch.tick(60)] == [tr.CONDITION]
        watch.end(hot)
        assert [event.kind for event in watch.tick(60)] == [tr.CONDITION]
    assert watch.tick(1700) == [] or watch.episode(hot).active
    (event,) = [event for event in watch.tick(200) if event.kind == tr.CLEARED]
    assert event.reason == tr.QUIET
    assert not watch.episode(hot).active


def test_a_storm_is_one_summary(watch: Watch) -> None:
    """The ten most urgent stand on their own, the rest under a summary that is as urgent as the worst of it."""
    racks = tuple(f"r{number:02}" for number in range(1, 41))
    watch = Watch(MemoryLedger(), watched_room(racks))
    for rack in racks:
        watch.begin("rack_inlet", rack, "low")
    watch.tick()
    storm = "storm/lab"
    assert len(shown(watch)) == 11
    assert storm in shown(watch)
    assert len(active_alarms(watch.ledger)) == 41
    watch.begin("rack_inlet", racks[-1], "critical")
    watch.tick(30)
    assert open_alarms(watch.ledger)[0].id == storm
    assert open_alarms(watch.ledger)[0].priority == "critical"
    with pytest.raises(ActionRefused, match="storm"):
        act(watch).shelve(storm, watch.now_ns + NS_PER_SECOND)
    for rack in racks[:-1]:
        watch.end(f"rack_inlet/{rack}")
    watch.tick(601)
    late = watch.begin("rack_inlet", "r01", "low")
    watch.tick(5)
    assert late in shown(watch), "the flood is over, the summary takes no more"
    watch.end(f"rack_inlet/{racks[-1]}")
    watch.tick(5)
    assert watch.episode(storm).state is State.CLEARED_UNACKED


def test_time_unacknowledged_escalates(watch: Watch) -> None:
    """A critical alarm goes up a level after 5, 15 and 30 minutes, once each, and stops when somebody has seen it."""
    power = watch.begin("ups_source", "ups-a", "critical")
    watch.tick()
    levels = [tr.body_of(event, tr.Count).count for _ in range(10) for event in watch.tick(120)]
    assert levels == [1, 2]
    act(watch).acknowledge(power)
    assert watch.tick(HOUR_S) == []
    (event,) = watch.tick(4 * HOUR_S)
    assert (event.kind, event.reason) == (tr.RAISED, tr.AGAIN)


def test_a_stale_alarm_is_named_once(watch: Watch) -> None:
    """After more than a day it is stale."""
    watch.begin("rack_inlet", "r01", "low")
    watch.tick()
    assert tr.STALE in {event.kind for event in watch.tick(DAY_S + 1)}
    assert watch.tick(DAY_S) == []


def test_verdicts_and_notes_stay_with_the_episode(watch: Watch) -> None:
    """A verdict may come after the alarm is over; the next episode has none."""
    hot = watch.begin("rack_inlet", "r01")
    watch.tick()
    watch.end(hot)
    watch.tick(60)
    act(watch, "door was open").verdict(hot, tr.NUISANCE)
    act(watch, "told the cleaners").note(hot)
    assert watch.episode(hot).verdict == tr.NUISANCE
    assert [note.text for note in watch.episode(hot).notes] == ["told the cleaners"]
    with pytest.raises(ActionRefused, match="verdict"):
        act(watch).verdict(hot, "perhaps")
    watch.begin("rack_inlet", "r01")
    watch.tick(60)
    assert watch.episode(hot).verdict == ""


def test_what_is_not_evaluated_is_kept(watch: Watch) -> None:
    """It is written when it changes, and not each round."""
    gap = NotEvaluated("learned", "crah-1", ("valve_position_ratio",))
    found = {"learned": Verdicts(raised=[], over=[], not_evaluated=(gap,))}
    book = book_of(watch.ledger)
    for count in (1, 0):
        events = decide(book.fold(), found, TEST_RULES, watch.topology, watch.now_ns)
        assert len(events) == count
        book.write(events)
    assert book.fold().gaps == {"learned": (gap,)}


def test_a_ledger_that_is_closed_is_let_go(tmp_path: Path) -> None:
    """Its book goes with it: a page that opens a ledger each time it is shown does not fill the memory."""
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    book_of(ledger).fold()
    gone = weakref.ref(ledger)
    ledger.close()
    del ledger
    gc.collect()
    assert gone() is None


def test_ten_thousand_standing_conditions_are_a_quick_round(tmp_path: Path) -> None:
    """A round over 10 000 alarms takes less than a second of processor time."""
    racks = tuple(f"r{number:05}" for number in range(10_000))
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    watch = Watch(ledger, watched_room(racks[:1000]))
    for rack in racks:
        watch.begin("rack_inlet", rack, "low")
    first, usual = _seconds(watch), _seconds(watch)
    assert len(active_alarms(ledger)) == 10_001
    ledger.close()
    assert usual < 1.0
    assert first < 5.0


def _seconds(watch: Watch) -> float:
    """Return the processor time [s] of a round, without making what the rules found; others may use the machine too."""
    verdicts = watch.verdicts()
    watch.wait(5)
    book = book_of(watch.ledger)
    start = time.process_time()
    book.write(decide(book.fold(), verdicts, TEST_RULES, watch.topology, watch.now_ns))
    return time.process_time() - start


def test_a_long_ledger_opens_quickly(tmp_path: Path) -> None:
    """A hundred thousand events take less than two seconds of processor time, and then only what is new is read."""
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    watch = Watch(MemoryLedger())
    hot = watch.begin("rack_inlet", "r01")
    (raised,) = watch.tick()
    cleared, seen = tr.event(tr.CLEARED, hot, START), tr.event(tr.ACKNOWLEDGED, hot, START, principal=OPERATOR)
    ledger.extend([raised, seen, cleared, tr.event(tr.STALE, hot, START)] * 25_000)
    start = time.process_time()
    book = Book(ledger)
    book.fold()
    opened = time.process_time() - start
    assert book.fold().seq == 100_000
    ledger.close()
    assert opened < 2.0
