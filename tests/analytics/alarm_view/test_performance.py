"""The performance of alarms, worked by hand from events in a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.alarm_view.performance import TOP, Performance, Verdict, performance_of, targets
from analytics.alarms import Act
from analytics.alarms import transition as tr
from analytics.alarms.alarm import PRIORITIES
from analytics.alarms.rule import NotEvaluated
from greendc.ledger import SqliteLedger
from greendc.units import NS_PER_SECOND
from tests.analytics.notify.postbox import OPERATOR, alarm
from tests.analytics.plant import START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTE = 60 * NS_PER_SECOND
DAY = 1440 * MINUTE


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def came(
    ledger: SqliteLedger,
    number: int,
    at_ns: int,
    *,
    lasts_ns: int = 30 * MINUTE,
    priority: str = "high",
    **changed: object,
) -> None:
    """Write an alarm that comes and, after a time, goes; 0 lets it stand."""
    told = alarm(number, priority=priority, since_ns=at_ns, raised_ns=at_ns, **changed)
    ledger.append(tr.event(tr.RAISED, told.id, at_ns, told, reason=tr.NEW))
    if lasts_ns:
        ledger.append(tr.event(tr.CLEARED, told.id, at_ns + lasts_ns))


def gauges(page: Performance) -> dict[str, tuple[float | None, Verdict]]:
    """Return value and verdict of each figure."""
    return {gauge.code: (gauge.value, gauge.verdict) for gauge in page.gauges}


def test_a_quiet_month_keeps_every_target(ledger: SqliteLedger) -> None:
    """Thirty days with an alarm each, seen in time: two figures by hand, no target missed."""
    for day in range(30):
        at_ns = START + day * DAY
        came(ledger, day % 3 + 1, at_ns, priority="low", lasts_ns=0)
        Act(ledger, OPERATOR, at_ns + MINUTE).acknowledge(f"rack_inlet/r{day % 3 + 1:02}")
        ledger.append(tr.event(tr.CLEARED, f"rack_inlet/r{day % 3 + 1:02}", at_ns + 30 * MINUTE))
    found = gauges(performance_of(ledger, START, START + 30 * DAY))
    assert found["per_day"] == (1.0, Verdict.KEPT)
    assert found["per_ten_minutes"][0] == pytest.approx(30 / (30 * 144))
    assert found["seen_in_time"][0] == 1.0
    assert found["top_share"] == (None, Verdict.OPEN)
    assert {verdict for _, verdict in found.values()} == {Verdict.KEPT, Verdict.OPEN}


def test_a_flood_is_seen(ledger: SqliteLedger) -> None:
    """Fifteen alarms in ten minutes of one day: peak 15, one window of 144 above ten and in flood."""
    came(ledger, 50, START)
    for number in range(1, 16):
        came(ledger, number, START + 600 * MINUTE + number * NS_PER_SECOND)
    found = gauges(performance_of(ledger, START, START + DAY))
    assert found["peak"] == (15.0, Verdict.MISSED)
    assert found["above_ten"][0] == pytest.approx(1 / 144)
    assert found["in_flood"][0] == pytest.approx(1 / 144)
    assert found["per_day"] == (16.0, Verdict.KEPT)


def test_what_nobody_was_shown_is_counted_apart(ledger: SqliteLedger) -> None:
    """Children, shelved and advisory alarms are no load, but each is counted."""
    came(ledger, 1, START)
    came(ledger, 2, START, cause="rack_inlet/r01")
    came(ledger, 3, START, suppressed=tr.WINDOW)
    came(ledger, 4, START, advisory=True)
    page = performance_of(ledger, START, START + 2 * DAY)
    assert (page.shown, page.advisory) == (1, 1)
    assert page.kept_back == (("filed", 1), ("maintenance", 1))
    assert gauges(page)["advisory_per_day"] == (0.5, Verdict.KEPT)


def test_worse_and_again_count_and_growing_does_not(ledger: SqliteLedger) -> None:
    """A worse level and a reminder are put before a person anew; a cause that grew with its children is not."""
    came(ledger, 1, START, priority="medium", lasts_ns=0)
    for reason, priority in ((tr.WORSE, "high"), (tr.GROWN, "critical"), (tr.AGAIN, "critical")):
        told = alarm(1, priority=priority)
        ledger.append(tr.event(tr.RAISED, told.id, START + MINUTE, told, reason=reason))
    assert performance_of(ledger, START, START + DAY).shown == 3


def test_bad_habits_are_named(ledger: SqliteLedger) -> None:
    """Fleeting, chattering, stale and late alarms, each once."""
    came(ledger, 1, START, lasts_ns=20 * NS_PER_SECOND)
    came(ledger, 2, START, lasts_ns=0)
    ledger.append(tr.event(tr.CHATTERING, alarm(2).id, START + MINUTE, tr.Count(4)))
    ledger.append(tr.event(tr.STALE, alarm(2).id, START + DAY))
    found = gauges(performance_of(ledger, START, START + 2 * DAY))
    assert [found[name][0] for name in ("fleeting", "chattering", "stale", "seen_in_time")] == [1.0, 1.0, 1.0, 0.0]
    assert found["fleeting"][1] is Verdict.MISSED
    assert found["stale"][1] is Verdict.KEPT


def test_verdicts_give_the_nuisance_rate_of_a_rule(ledger: SqliteLedger) -> None:
    """Tests and what nobody has judged do not count; each episode has its own verdict."""
    for day, said in enumerate((tr.NUISANCE, tr.REAL, tr.NUISANCE, tr.TEST, "")):
        came(ledger, 1, START + day * DAY)
        if said:
            Act(ledger, OPERATOR, START + day * DAY + MINUTE).verdict("rack_inlet/r01", said)
    (record,) = performance_of(ledger, START, START + 6 * DAY).rules
    assert (record.episodes, record.real, record.nuisance, record.test) == (5, 1, 2, 1)
    assert record.nuisance_ratio == pytest.approx(2 / 3)


def test_the_ten_worst_and_the_spread(ledger: SqliteLedger) -> None:
    """The most frequent alarm leads the top ten, which say their share once there are enough alarms to tell."""
    for i in range(TOP * TOP):
        came(ledger, 1 + i % 20 if i % 2 else 1, START + i * 20 * MINUTE, lasts_ns=MINUTE, priority="low")
    page = performance_of(ledger, START, START + 2 * DAY)
    assert page.top[0].episode.id == "rack_inlet/r01"
    assert page.top[0].count == 50
    assert len(page.top) == TOP
    share = gauges(page)["top_share"][0]
    assert share == pytest.approx(sum(source.ratio for source in page.top))
    assert {name: count for name, count, _, _ in page.priorities} == {"critical": 0, "high": 0, "medium": 0, "low": 100}


def test_an_empty_ledger_says_nothing_is_known(ledger: SqliteLedger) -> None:
    """Without any event there are no days, no rates and nothing that is kept or missed by rate."""
    page = performance_of(ledger, START, START + DAY)
    assert (page.days, page.shown, page.top, page.rules, page.not_evaluated) == (0.0, 0, (), (), ())
    assert gauges(page)["per_day"] == (None, Verdict.OPEN)
    assert gauges(page)["peak"] == (None, Verdict.OPEN)


def test_an_alarm_at_the_very_end_is_one_alarm(ledger: SqliteLedger) -> None:
    """What the ledger knows may be as short as one instant."""
    came(ledger, 1, START + DAY, lasts_ns=0)
    found = gauges(performance_of(ledger, START, START + DAY))
    assert (found["peak"][0], found["per_day"][0]) == (1.0, None)


def test_rules_that_cannot_judge_are_listed(ledger: SqliteLedger) -> None:
    """What is missing stands as the ledger last said it, and goes when it is there."""
    gap = NotEvaluated("ups_load", "ups-1", ("load_ratio",))
    ledger.append(tr.event(tr.NOT_EVALUATED, "ups_load", START, tr.Gaps((gap,))))
    assert performance_of(ledger, START, START + DAY).not_evaluated == (gap,)
    ledger.append(tr.event(tr.NOT_EVALUATED, "ups_load", START + MINUTE, tr.Gaps()))
    assert performance_of(ledger, START, START + DAY).not_evaluated == ()


def test_what_happens_later_is_left_out(ledger: SqliteLedger) -> None:
    """A report of a past period says what was so at its end."""
    came(ledger, 1, START, lasts_ns=3 * DAY)
    page = performance_of(ledger, START, START + DAY)
    assert [episode.active for episode in page.worst] == [True]
    assert performance_of(ledger, START + 4 * DAY, START + 5 * DAY).worst == ()


def test_targets_are_dated_and_name_their_source() -> None:
    """Each target has a source; good comes before most; the shares of the priorities are known for each."""
    for target in targets().targets:
        assert target.good <= target.most
        assert target.source
    assert tuple(share.priority for share in targets().shares) == PRIORITIES
