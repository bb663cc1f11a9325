"""How alarms performed, against a month that is worked out by hand; and the verdicts as labels."""

from __future__ import annotations

import csv
import io
import json

import msgspec
import pytest

from analytics.alarms import transition as tr
from analytics.alarms.actions import Act
from analytics.alarms.labels import as_csv, labels
from analytics.alarms.performance import NOT_WATCHED, TOO_SHORT, UNDER_30_DAYS, performance
from greendc.units import NS_PER_SECOND
from tests.analytics.alarms.memory_ledger import MemoryLedger
from tests.analytics.alarms.watched_room import OPERATOR, Watch, watched_room
from tests.analytics.plant import HOUR, MINUTE, SITE, START

DAY = 24 * HOUR


def watching(watch: Watch, until_ns: int) -> None:
    """Let hours pass under watch, with a round in each."""
    while watch.now_ns < until_ns:
        watch.ledger.append(tr.event(tr.WATCHING, SITE, watch.now_ns))
        watch.tick()
        watch.now_ns += HOUR


def act(watch: Watch, reason: str = "because") -> Act:
    """Return an operator's act now."""
    return Act(watch.ledger, OPERATOR, watch.now_ns, reason)


@pytest.fixture
def watch() -> Watch:
    """Return a room under watch for two days, with five alarms.

    A warm rack is seen after 30 minutes; another is over after two and unseen; a UPS fails, takes two PDUs with it and
    is seen at once; an advisory; a leak that nobody sees.
    """
    watch = Watch(MemoryLedger())
    watching(watch, START + 2 * HOUR)
    hot = watch.begin("rack_inlet", "r01", "medium")
    watch.tick()
    watch.wait(1800)
    act(watch).acknowledge(hot)
    brief = watch.begin("rack_inlet", "r02", "low")
    watch.tick()
    watch.end(brief)
    watch.tick(120)
    act(watch, "door open").verdict(brief, tr.NUISANCE)
    watch.tick(2 * 3600)
    power = watch.begin("ups_source", "ups-a", "critical")
    for rack in ("r01", "r02"):
        watch.begin("ups_source", f"pdu-{rack}-a", "high")
    watch.tick()
    act(watch).acknowledge(power)
    act(watch, "breaker tripped, =1+1").verdict(power, tr.REAL)
    for alarm in [*watch.holds]:
        watch.end(alarm)
    watch.tick(600)
    watch.begin("learned", "crah-1", "low")
    watch.tick(1200)
    watch.begin("leak", "chiller-1", "high")
    watch.tick()
    watching(watch, START + 2 * DAY)
    return watch


def test_a_worked_period(watch: Watch) -> None:
    """Four alarms in two days: counts, shares, targets and what was kept back."""
    found = performance(watch.ledger, START, START + 2 * DAY)
    assert found.coverage == pytest.approx(1.0, abs=0.03)
    assert found.reason == UNDER_30_DAYS
    assert (found.announced, found.advisory, found.peak_10_min) == (4, 1, 1)
    assert found.per_day == pytest.approx(2.0, rel=0.05)
    assert found.per_10_min == pytest.approx(4 / 288, rel=0.05)
    assert (found.fleeting, found.stale_most, found.chattering) == (1, 1, ())
    assert found.stale_now == ("leak/chiller-1",)
    assert found.priorities == {"critical": 0.25, "high": 0.25, "medium": 0.25, "low": 0.25}
    assert found.top_share == 1.0
    assert found.held_back["filed"] == 3
    seen = {name: (kept.within, kept.late, kept.open) for name, kept in found.acknowledged.items()}
    assert seen == {"critical": (1, 0, 0), "high": (0, 1, 0), "medium": (1, 0, 0), "low": (0, 1, 0)}
    assert found.acknowledged["critical"].ratio == 1.0


def test_nuisance_by_rule(watch: Watch) -> None:
    """A rate is of those that were judged; without a verdict it is not known."""
    rules = performance(watch.ledger, START, START + 2 * DAY).rules
    assert (rules["rack_inlet"].announced, rules["rack_inlet"].nuisance, rules["rack_inlet"].nuisance_ratio) == (
        2,
        1,
        1,
    )
    assert (rules["ups_source"].real, rules["ups_source"].nuisance_ratio) == (1, 0)
    assert rules["leak"].nuisance_ratio is None


def test_a_time_without_a_watch_is_not_a_quiet_time() -> None:
    """Without any sign of life nothing is known; less than a day has no figure per day."""
    ledger = MemoryLedger()
    found = performance(ledger, START, START + 30 * DAY)
    assert (found.reason, found.coverage, found.announced, found.per_day) == (NOT_WATCHED, 0.0, None, None)
    assert (found.load, found.peak_10_min, found.stale_most) == (None, None, None)
    watching(Watch(ledger), START + 3 * HOUR)
    found = performance(ledger, START, START + 30 * DAY)
    assert (found.reason, found.announced, found.per_day) == (TOO_SHORT, 0, None)


def test_a_gap_in_the_watch_is_left_out() -> None:
    """Half of the time nobody judged: the figures are per watched day, and the coverage says so."""
    watch = Watch(MemoryLedger())
    watching(watch, START + 2 * DAY)
    watch.now_ns = START + 4 * DAY
    found = performance(watch.ledger, START, START + 4 * DAY)
    assert found.coverage == pytest.approx(0.5, abs=0.01)


def test_chatter_and_floods_are_seen() -> None:
    """Twenty alarms in one round are a flood, of which ten are announced; one that comes four times is chattering."""
    racks = tuple(f"r{number:02}" for number in range(1, 21))
    watch = Watch(MemoryLedger(), watched_room(racks))
    watching(watch, START + 2 * HOUR)
    for rack in racks:
        watch.begin("rack_inlet", rack, "low")
    watch.tick()
    for alarm in [*watch.holds]:
        watch.end(alarm)
    watch.tick(120)
    for _ in range(4):
        watch.begin("ups_source", "ups-a")
        watch.tick(90)
        watch.end("ups_source/ups-a")
        watch.tick(90)
    watching(watch, START + DAY)
    found = performance(watch.ledger, START, START + DAY)
    assert found.chattering == ("ups_source/ups-a",)
    assert found.peak_10_min is not None
    assert found.peak_10_min > 10
    assert found.load is not None
    assert found.load.floods == 1
    assert found.held_back["storm"] >= 9


def test_labels_are_the_verdicts(watch: Watch) -> None:
    """One row for each judged episode, the later verdict counts, and no cell is a formula."""
    act(watch, "=cmd()").verdict("rack_inlet/r02", tr.TEST)
    rows = labels(watch.ledger, START, START + 3 * DAY)
    assert [(row.alarm, row.verdict, row.by) for row in rows] == [
        ("rack_inlet/r02", tr.TEST, "li"),
        ("ups_source/ups-a", tr.REAL, "li"),
    ]
    assert rows[0].cleared > rows[0].raised
    table = list(csv.DictReader(io.StringIO(as_csv(rows))))
    assert table[0]["note"] == "'=cmd()"
    assert json.loads(msgspec.json.encode(rows))[1]["rule"] == "ups_source"
    assert labels(watch.ledger, START, START + MINUTE) == []
    assert watch.now_ns > START + NS_PER_SECOND
