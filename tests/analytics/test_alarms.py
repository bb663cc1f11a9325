"""The rack inlet alarm over its life, and silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms import RULES, Alarm, acknowledge, active_alarms, evaluate, open_alarms, standing
from analytics.alarms.episode import State
from analytics.alarms.limit import Limit, judge
from analytics.points import Points
from greendc.ledger import SqliteLedger
from greendc.model import Principal
from greendc.texts import catalogue
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import MINUTE, START
from tests.analytics.room import inlet, room, steady

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

import numpy as np

OPERATOR = Principal(name="li", role="operator")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def test_an_inlet_above_the_limit_raises_one_alarm_for_its_rack(ledger: SqliteLedger) -> None:
    """Two hot probes of one rack are one alarm, with value, limit and the start of the excursion."""
    history = MemoryHistory()
    cool = {inlet(rack): 22.0 for rack in ("r01", "r02", "r03")}
    now = steady(history, {**cool, inlet("r02", "remote/3"): 22.0})
    hot = {inlet("r02"): 27.4, inlet("r02", "remote/3"): 28.3}
    begin = now + 5 * NS_PER_SECOND
    now = steady(history, {**hot, inlet("r01"): 22.0, inlet("r03"): 22.0}, seconds=90, start_ns=begin)
    (alarm,) = evaluate(history, room(), ledger, now)
    assert (alarm.id, alarm.priority, alarm.kind) == ("rack_inlet/r02", "medium", "recommended")
    assert (alarm.value, alarm.limit, alarm.part, alarm.since_ns) == (28.3, 27.0, "remote/3", begin)
    assert alarm.evidence.samples[-1] == (now, 28.3)
    assert "28.3" in alarm.detail(room().zone(), "zh")
    assert evaluate(history, room(), ledger, now) == [alarm]
    assert len(ledger.events(kind="alarm.raised")) == 1


def test_a_short_excursion_raises_nothing(ledger: SqliteLedger) -> None:
    """Fifty seconds above the limit are shorter than the on-delay; a scaled delay takes them."""
    history = MemoryHistory()
    now = steady(history, {inlet("r01"): 22.0})
    now = steady(history, {inlet("r01"): 29.0}, seconds=50, start_ns=now + 5 * NS_PER_SECOND)
    assert evaluate(history, room(), ledger, now) == []
    assert len(evaluate(history, room(), ledger, now, delay_scale=0.2)) == 1


def test_a_worse_level_raises_the_alarm_again_and_unacknowledges_it(ledger: SqliteLedger) -> None:
    """Above the allowable limit at altitude the same alarm becomes high and needs a new acknowledgement."""
    history = MemoryHistory()
    now = steady(history, {inlet("r01"): 28.0}, seconds=120)
    evaluate(history, room(), ledger, now)
    assert acknowledge(ledger, "rack_inlet/r01", OPERATOR, now)
    assert open_alarms(ledger)[0].acknowledged
    now = steady(history, {inlet("r01"): 31.9}, seconds=120, start_ns=now + 5 * NS_PER_SECOND)
    (alarm,) = evaluate(history, room(), ledger, now)
    assert (alarm.priority, alarm.kind, alarm.acknowledged, alarm.since_ns) == ("high", "allowable", False, START)
    assert alarm.limit == pytest.approx(31.7)


def test_deadband_and_off_delay_hold_the_alarm(ledger: SqliteLedger) -> None:
    """It clears only after a minute below the limit less its deadband."""
    history = MemoryHistory()
    now = steady(history, {inlet("r01"): 28.0}, seconds=120)
    evaluate(history, room(), ledger, now)
    now = steady(history, {inlet("r01"): 26.8}, seconds=300, start_ns=now + 5 * NS_PER_SECOND)
    assert len(evaluate(history, room(), ledger, now)) == 1
    now = steady(history, {inlet("r01"): 26.4}, seconds=40, start_ns=now + 5 * NS_PER_SECOND)
    assert len(evaluate(history, room(), ledger, now)) == 1
    now = steady(history, {inlet("r01"): 26.4}, seconds=30, start_ns=now + 5 * NS_PER_SECOND)
    assert evaluate(history, room(), ledger, now) == []
    # Nobody has seen it yet: it is over, and waits for that.
    assert [episode.state for episode in standing(ledger)] == [State.CLEARED_UNACKED]
    assert acknowledge(ledger, "rack_inlet/r01", OPERATOR, now)
    assert not acknowledge(ledger, "rack_inlet/r01", OPERATOR, now)
    assert standing(ledger) == []


def test_one_probe_that_is_back_does_not_clear_its_rack(ledger: SqliteLedger) -> None:
    """While another probe of the rack is still within the deadband the alarm stands."""
    history = MemoryHistory()
    two = inlet("r01"), inlet("r01", "remote/2")
    now = steady(history, dict.fromkeys(two, 28.0), seconds=120)
    evaluate(history, room(), ledger, now)
    now = steady(history, {two[0]: 22.0, two[1]: 26.8}, seconds=120, start_ns=now + 5 * NS_PER_SECOND)
    assert [alarm.id for alarm in evaluate(history, room(), ledger, now)] == ["rack_inlet/r01"]
    now = steady(history, dict.fromkeys(two, 22.0), seconds=120, start_ns=now + 5 * NS_PER_SECOND)
    assert evaluate(history, room(), ledger, now) == []


def test_a_silent_sensor_is_an_alarm_and_clears_nothing(ledger: SqliteLedger) -> None:
    """When the hot rack's monitor falls silent its alarm stays, and its silence is an alarm of its own."""
    history = MemoryHistory()
    now = steady(history, {inlet("r01"): 28.0, inlet("r02"): 22.0})
    evaluate(history, room(2), ledger, now)
    later = steady(history, {inlet("r02"): 22.0}, start_ns=now + 5 * NS_PER_SECOND)
    found = evaluate(history, room(2), ledger, later)
    assert [alarm.id for alarm in found] == ["rack_inlet/r01", "device_silent/env-r01"]
    heard_again = steady(history, {inlet("r01"): 22.0}, seconds=90, start_ns=later + 5 * NS_PER_SECOND)
    assert evaluate(history, room(2), ledger, heard_again) == []


def test_one_reading_without_a_value_is_no_silence(ledger: SqliteLedger) -> None:
    """A single missed answer among good ones raises nothing; minutes of them do, since the last known reading."""
    history = MemoryHistory()
    known = steady(history, {inlet("r01"): 22.0, inlet("r02"): 22.0})
    missed = known + 5 * NS_PER_SECOND
    history.add(inlet("r01"), [missed], [None])
    assert evaluate(history, room(2), ledger, missed) == []
    later = steady(history, {inlet("r02"): 22.0}, start_ns=missed)
    history.add(inlet("r01"), [later], [None])
    (alarm,) = evaluate(history, room(2), ledger, later)
    assert (alarm.id, alarm.since_ns) == ("device_silent/env-r01", known)
    filed = {alarm.id: alarm.cause for alarm in active_alarms(ledger)}
    assert filed == {alarm.id: "", "inlet_silent/r01": alarm.id}


def test_the_alarm_of_a_rack_that_was_taken_out_is_over(ledger: SqliteLedger) -> None:
    """Once the site file has no such rack, nobody could ever clear its alarm otherwise."""
    history = MemoryHistory()
    now = steady(history, {inlet("r01"): 22.0, inlet("r02"): 29.0})
    assert [alarm.id for alarm in evaluate(history, room(2), ledger, now)] == ["rack_inlet/r02"]
    assert evaluate(history, room(1), ledger, now) == []


def test_when_everything_is_silent_there_is_one_alarm(ledger: SqliteLedger) -> None:
    """A stopped collector is one cause, not one alarm for each rack; right after the start it is none."""
    history = MemoryHistory()
    now = steady(history, {inlet(rack): 22.0 for rack in ("r01", "r02", "r03")}) + 10 * MINUTE
    assert evaluate(history, room(), ledger, now, watching_since_ns=now - MINUTE) == []
    assert [alarm.id for alarm in evaluate(history, room(), ledger, now)] == ["device_silent/centre"]
    assert {alarm.cause for alarm in active_alarms(ledger)} == {"", "device_silent/centre"}
    assert len(active_alarms(ledger)) == 5


def test_a_restart_ends_no_silence(ledger: SqliteLedger) -> None:
    """What was silent before a restart is silent after it: nothing is over, nothing comes a second time."""
    history = MemoryHistory()
    now = steady(history, {inlet("r01"): 22.0, inlet("r02"): 22.0, inlet("r03"): 22.0}) + 10 * MINUTE
    before = evaluate(history, room(), ledger, now)
    later = now + MINUTE
    assert evaluate(history, room(), ledger, later, watching_since_ns=later) == before
    assert len(active_alarms(ledger)) == 5
    assert ledger.events(kind="alarm.cleared") == []


def test_a_collector_that_stops_is_told_once_whichever_device_is_missed_first(ledger: SqliteLedger) -> None:
    """Devices are read one after the other and so missed one after the other; still nothing but their cause is told."""
    history = MemoryHistory()
    now = max(steady(history, {inlet(f"r0{i}"): 22.0}, start_ns=START + i * NS_PER_SECOND) for i in (1, 2, 3))
    for second in range(280, 320):
        evaluate(history, room(), ledger, now + second * NS_PER_SECOND)
    raised = [msgspec.json.decode(event.body, type=Alarm) for event in ledger.events(kind="alarm.raised")]
    assert {alarm.id for alarm in raised if not alarm.cause} == {"device_silent/centre"}


def test_two_dead_devices_of_many_are_not_their_collector(ledger: SqliteLedger) -> None:
    """As long as others are heard it is the devices that are silent."""
    history = MemoryHistory()
    steady(history, {inlet("r02"): 22.0, inlet("r03"): 22.0})
    now = steady(history, {inlet("r01"): 22.0}, seconds=1200)
    assert {alarm.id for alarm in evaluate(history, room(), ledger, now)} == {
        "device_silent/env-r02",
        "device_silent/env-r03",
    }


def test_every_rule_has_its_texts() -> None:
    """Title, detail and action exist for every rule and kind."""
    keys = catalogue()
    for rule in RULES:
        areas = [area for area in ("alarms", "alarm_rules") if f"{area}.{rule.key}.title" in keys]
        assert len(areas) == 1
        below = f"{areas[0]}.{rule.key}."
        kinds = {key.split(".")[2] for key in keys if key.startswith(below)} - {"title"}
        assert kinds
        for kind in kinds:
            assert {f"{below}{kind}.{part}" for part in ("title", "detail", "action")} <= set(keys)


@given(values=st.lists(st.floats(20, 35), min_size=1, max_size=60))
def test_broken_and_kept_exclude_each_other(values: list[float]) -> None:
    """No series both breaks and keeps a limit, and one that is broken has been above it for the whole delay."""
    times = np.arange(len(values), dtype=np.int64) * 5 * NS_PER_SECOND
    limit = Limit(high=27.0, deadband=0.5, on_delay_ns=MINUTE, off_delay_ns=MINUTE)
    found = judge(Points(time_ns=times, values=np.array(values)), limit)
    assert not (found.broken and found.kept)
    if found.broken:
        assert all(v > 27.0 for v, t in zip(values, times, strict=True) if t >= times[-1] - MINUTE)
        assert len(values) > 12
