"""What page and report show of the performance of alarms: figures beside targets, names, and what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.alarm_view.performance import Performance, Verdict, performance_of, targets
from analytics.alarms import Act
from analytics.alarms import transition as tr
from analytics.alarms.alarm import PRIORITIES
from analytics.alarms.performance import TOP
from analytics.alarms.rule import NotEvaluated
from greendc.clock import NS_PER_HOUR
from greendc.ledger import SqliteLedger
from greendc.units import NS_PER_SECOND
from tests.analytics.notify.postbox import OPERATOR, alarm
from tests.analytics.plant import SITE, START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTE = 60 * NS_PER_SECOND
DAY = 24 * NS_PER_HOUR


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def watched(ledger: SqliteLedger, days: int) -> None:
    """Let the watch be alive for so many days."""
    ledger.extend([tr.event(tr.WATCHING, SITE, START + hour * NS_PER_HOUR) for hour in range(24 * days)])


def came(ledger: SqliteLedger, number: int, at_ns: int, *, lasts_ns: int = 30 * MINUTE, priority: str = "high") -> None:
    """Write an alarm that comes and, after a time, goes; 0 lets it stand."""
    told = alarm(number, priority=priority, since_ns=at_ns, raised_ns=at_ns)
    ledger.append(tr.event(tr.RAISED, told.id, at_ns, told, reason=tr.NEW))
    if lasts_ns:
        ledger.append(tr.event(tr.CLEARED, told.id, at_ns + lasts_ns))


def gauges(page: Performance) -> dict[str, tuple[float | None, Verdict]]:
    """Return value and verdict of each figure."""
    return {gauge.code: (gauge.value, gauge.verdict) for gauge in page.gauges}


def test_a_quiet_month_keeps_every_target(ledger: SqliteLedger) -> None:
    """Thirty days with an alarm each, seen in time: no target is missed; too few say nothing of the top ten."""
    watched(ledger, 30)
    for day in range(30):
        at_ns = START + day * DAY
        came(ledger, 1, at_ns, priority="low", lasts_ns=0)
        Act(ledger, OPERATOR, at_ns + MINUTE).acknowledge("rack_inlet/r01")
        ledger.append(tr.event(tr.CLEARED, "rack_inlet/r01", at_ns + 30 * MINUTE))
    page = performance_of(ledger, START, START + 30 * DAY)
    found = gauges(page)
    assert page.days == pytest.approx(30)
    assert found["per_day"] == (1.0, Verdict.KEPT)
    assert found["seen_in_time"][0] == 1.0
    assert found["top_share"] == (None, Verdict.OPEN)
    assert {verdict for _, verdict in found.values()} == {Verdict.KEPT, Verdict.OPEN}


def test_a_flood_misses_its_targets(ledger: SqliteLedger) -> None:
    """Fifteen alarms in ten minutes of one day: peak 15, one window of 144 above ten; by day all is well."""
    watched(ledger, 1)
    for number in range(1, 16):
        came(ledger, number, START + 600 * MINUTE + number * NS_PER_SECOND)
    found = gauges(performance_of(ledger, START, START + DAY))
    assert found["peak"] == (15.0, Verdict.MISSED)
    assert found["above_ten"][0] == pytest.approx(1 / 144)
    assert found["in_flood"][1] is Verdict.KEPT
    assert found["per_day"] == (15.0, Verdict.KEPT)


def test_between_good_and_most_it_needs_attention(ledger: SqliteLedger) -> None:
    """Two hundred alarms a day are more than the target and can still be managed."""
    watched(ledger, 1)
    for number in range(200):
        came(ledger, 1 + number % 90, START + number * 7 * MINUTE, lasts_ns=MINUTE, priority="low")
    found = gauges(performance_of(ledger, START, START + DAY))
    assert found["per_day"] == (200.0, Verdict.ATTENTION)
    assert found["per_ten_minutes"][1] is Verdict.ATTENTION


def test_the_ten_most_frequent_have_names(ledger: SqliteLedger) -> None:
    """The most frequent alarm leads; shares are of all alarms."""
    watched(ledger, 2)
    for i in range(TOP * TOP):
        came(ledger, 1 + i % 20 if i % 2 else 1, START + i * 20 * MINUTE, lasts_ns=MINUTE, priority="low")
    page = performance_of(ledger, START, START + 2 * DAY)
    assert (page.top[0].alarm.place, page.top[0].count, page.top[0].ratio) == ("r01", 50, 0.5)
    assert len(page.top) == TOP
    assert gauges(page)["top_share"][0] == pytest.approx(sum(source.ratio for source in page.top))
    assert [(name, share) for name, share, _ in page.priorities if share] == [("low", 1.0)]


def test_the_worst_come_first_with_what_people_did(ledger: SqliteLedger) -> None:
    """Urgent before long; with who saw it when and what was said of it; those over before the period are left out."""
    watched(ledger, 3)
    came(ledger, 1, START, lasts_ns=MINUTE)
    came(ledger, 2, START + DAY, priority="medium", lasts_ns=20 * MINUTE)
    came(ledger, 3, START + DAY, lasts_ns=0)
    act = Act(ledger, OPERATOR, START + DAY + 5 * MINUTE)
    act.acknowledge("rack_inlet/r03")
    act.verdict("rack_inlet/r03", tr.REAL)
    first, second = performance_of(ledger, START + DAY, START + 2 * DAY).worst
    assert (first.alarm.place, first.verdict, first.cleared_ns) == ("r03", "real", 0)
    assert first.acknowledged_ns - first.time_ns == 5 * MINUTE
    assert second.alarm.place == "r02"


def test_rules_are_listed_with_the_worst_nuisance_first(ledger: SqliteLedger) -> None:
    """What people said counts by rule; tests do not count."""
    watched(ledger, 3)
    for day, said in enumerate((tr.NUISANCE, tr.REAL, tr.TEST)):
        came(ledger, 1, START + day * DAY)
        Act(ledger, OPERATOR, START + day * DAY + MINUTE).verdict("rack_inlet/r01", said)
    ((rule, judged),) = performance_of(ledger, START, START + 3 * DAY).rules
    assert (rule, judged.nuisance_ratio, judged.test) == ("rack_inlet", 0.5, 1)


def test_nothing_is_claimed_of_time_that_nobody_watched(ledger: SqliteLedger) -> None:
    """Without a sign of life there are no days, no rates, and nothing that is kept or missed."""
    page = performance_of(ledger, START, START + DAY)
    assert (page.days, page.top, page.rules, page.not_evaluated, page.worst) == (0.0, (), (), (), ())
    assert {value for value, _ in gauges(page).values()} == {None}
    assert {verdict for _, verdict in gauges(page).values()} == {Verdict.OPEN}


def test_rules_that_cannot_judge_are_listed(ledger: SqliteLedger) -> None:
    """What is missing stands as the ledger last said it, and goes when it is there."""
    gap = NotEvaluated("ups_load", "ups-1", ("load_ratio",))
    ledger.append(tr.event(tr.NOT_EVALUATED, "ups_load", START, tr.Gaps((gap,))))
    assert performance_of(ledger, START, START + DAY).not_evaluated == (gap,)
    ledger.append(tr.event(tr.NOT_EVALUATED, "ups_load", START + MINUTE, tr.Gaps()))
    assert performance_of(ledger, START, START + DAY).not_evaluated == ()


def test_targets_are_dated_and_name_their_source() -> None:
    """Each target has a source; good comes before most; the shares of the priorities are known for each."""
    for target in targets().targets:
        assert target.good <= target.most
        assert target.source
    assert tuple(share.priority for share in targets().shares) == PRIORITIES
