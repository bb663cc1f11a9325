"""What the alarms page is made of: order, groups, acts that are possible, explanations and the course of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest

from analytics.alarm_view import course_of, standing_of, why_of
from analytics.alarm_view.standing import overdue
from analytics.alarms import Act
from analytics.alarms import transition as tr
from analytics.alarms.explanation import Explanation
from analytics.topology import Topology
from greendc.ledger import SqliteLedger
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.notify.postbox import OPERATOR, alarm, raise_
from tests.analytics.plant import START
from tests.analytics.room import inlet, room, steady

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTE = 60 * NS_PER_SECOND
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def ids(lines: object) -> list[str]:
    """Return the places of lines, in their order."""
    assert isinstance(lines, tuple)
    return [line.episode.alarm.place for line in lines]


def test_unseen_comes_before_urgent_and_urgent_before_old(ledger: SqliteLedger) -> None:
    """The order of work; what is filed under an alarm stands there only."""
    raise_(ledger, alarm(1, priority="critical"))
    Act(ledger, OPERATOR, START + MINUTE).acknowledge("rack_inlet/r01")
    raise_(ledger, alarm(2, priority="low", since_ns=START - MINUTE))
    raise_(ledger, alarm(3, priority="high", since_ns=START))
    raise_(ledger, alarm(4, priority="medium", cause="rack_inlet/r03"))
    page = standing_of(ledger, room(), START + MINUTE)
    assert ids(page.alarms) == ["r03", "r02", "r01"]
    assert ids(page.alarms[0].children) == ["r04"]
    assert [line.episode.alarm.place for line in page.every()] == ["r03", "r04", "r02", "r01"]
    assert page.unacknowledged == 2


def test_what_is_kept_back_stands_apart_with_its_reason(ledger: SqliteLedger) -> None:
    """Shelved, in maintenance, by design and advisory: each in its own list, and what may be done with it."""
    raise_(ledger, alarm(1))
    raise_(ledger, alarm(2, suppressed=tr.WINDOW))
    raise_(ledger, alarm(3, suppressed=tr.DESIGN))
    raise_(ledger, alarm(4, advisory=True))
    act = Act(ledger, OPERATOR, START, "work")
    act.shelve("rack_inlet/r01", START + 60 * MINUTE)
    act.maintenance(Topology(room()), "r02", START, START + 60 * MINUTE)
    page = standing_of(ledger, room(), START + MINUTE)
    found = (page.alarms, page.shelved, page.out_of_service, page.designed, page.advisory)
    assert [ids(lines) for lines in found] == [[], ["r01"], ["r02"], ["r03"], ["r04"]]
    assert "unshelve" in page.shelved[0].acts
    assert "shelve" not in page.shelved[0].acts
    assert "maintenance_over" in page.out_of_service[0].acts
    assert page.out_of_service[0].window is not None
    assert [window.node for window in page.windows] == ["r02"]


def test_a_storm_cannot_be_shelved_and_a_seen_alarm_not_be_seen_again(ledger: SqliteLedger) -> None:
    """Only what the life-cycle allows is offered."""
    raise_(ledger, alarm(1, rule="storm", kind="site", id="storm/lab"))
    raise_(ledger, alarm(2))
    Act(ledger, OPERATOR, START).acknowledge("rack_inlet/r02")
    storm, seen = standing_of(ledger, room(), START).alarms
    assert storm.acts == ("acknowledge", "verdict", "note")
    assert seen.acts == ("shelve", "maintenance", "verdict", "note")


def test_the_time_to_see_an_alarm_is_its_priority_s(ledger: SqliteLedger) -> None:
    """Overdue begins after the target time, and never for what was seen."""
    raise_(ledger, alarm(1, priority="high"))
    (line,) = standing_of(ledger, room(), START).alarms
    after_ns = START + round(line.target_s) * NS_PER_SECOND
    assert not overdue(line, after_ns)
    assert overdue(line, after_ns + 1)
    Act(ledger, OPERATOR, START).acknowledge("rack_inlet/r01")
    (line,) = standing_of(ledger, room(), START).alarms
    assert not overdue(line, after_ns + 1)


def test_the_band_that_is_shown_is_the_band_that_was_used() -> None:
    """Facts, chart and record have the same limits; what is not known is left out, not zero."""
    history = MemoryHistory()
    end_ns = steady(history, {inlet("r01"): 25.0})
    explained = Explanation(value=25.0, unit="Cel", expected=22.0, low=21.0, high=23.0, level=0.99, one_in=1234.0)
    told = alarm(1, since_ns=START + MINUTE, limit=23.0, explanation=explained)
    why = why_of(told, ZONE, "en", end_ns)
    facts = dict(why.facts)
    assert facts["band"].replace("\u00a0", " ") == "21.0 °C … 23.0 °C (99 %)"
    assert facts["one_in"].replace("\u202f", "") == "1 : 1000"
    assert "peers" not in facts
    assert "model" not in facts
    course = course_of(history, room(), told, end_ns)
    assert course is not None
    assert (course.low, course.high, course.expected, course.limit, course.unit) == (21.0, 23.0, 22.0, 23.0, "°C")
    assert {value for value in course.values if value is not None} == {25.0}


def test_a_coarser_past_is_no_gap() -> None:
    """Readings of five minutes before and of five seconds since are one line."""
    history = MemoryHistory()
    key = inlet("r01")
    end_ns = START + 60 * MINUTE
    history.add(key, [START + i * 5 * MINUTE for i in range(11)], [20.0] * 11)
    history.add(key, [START + 50 * MINUTE + i * MINUTE // 12 for i in range(1, 120)], [28.0] * 119)
    course = course_of(history, room(), alarm(1, since_ns=START + 50 * MINUTE), end_ns)
    assert course is not None
    assert None not in course.values


def test_a_gap_in_the_course_is_a_gap() -> None:
    """Ten minutes without a reading are not bridged; an alarm without a series has no course."""
    history = MemoryHistory()
    steady(history, {inlet("r01"): 25.0}, seconds=300)
    end_ns = steady(history, {inlet("r01"): 25.0}, seconds=300, start_ns=START + 15 * MINUTE)
    course = course_of(history, room(), alarm(1), end_ns)
    assert course is not None
    assert course.values.count(None) == 1
    assert course.times_ns == sorted(course.times_ns)
    assert course_of(history, room(), alarm(1, quantity=""), end_ns) is None
    silent = course_of(MemoryHistory(), room(), alarm(1), end_ns)
    assert silent is not None
    assert silent.values == []


def test_units_are_those_that_people_read() -> None:
    """Power is drawn in kW, a ratio in per cent."""
    history = MemoryHistory()
    key = msgspec.structs.replace(alarm(1), device="pdu", part="", quantity="active_power_w", unit="W", limit=9000.0)
    course = course_of(history, room(), key, START)
    assert course is not None
    assert (course.unit, course.limit) == ("kW", 9.0)
