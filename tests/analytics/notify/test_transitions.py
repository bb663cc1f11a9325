"""What the ledger says happened to alarms, and which channel is told of it when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest

from analytics.alarms import transition as tr
from analytics.notify.selection import Selection
from analytics.notify.transitions import Transitions
from greendc.ledger import SqliteLedger
from greendc.notifier import Notifier, NotifyKind
from greendc.site import Feed
from tests.analytics.notify.postbox import acknowledge, alarm, clear, notice, raise_
from tests.analytics.plant import SITE
from tests.analytics.room import room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def told(ledger: SqliteLedger, after: int = 0) -> list[tuple[int, str]]:
    """Return number and transition of what is told."""
    return [(seq, found.transition) for seq, found in Transitions(ledger, SITE).since(after)[1]]


def test_each_transition_is_told_once(ledger: SqliteLedger) -> None:
    """Raised, worse, acknowledged with its reason, over; the same level again and a second end are no news."""
    raise_(ledger, alarm(priority="medium"))
    raise_(ledger, alarm(priority="medium"))
    raise_(ledger, alarm(priority="high"))
    acknowledge(ledger, alarm(), "on my way")
    clear(ledger, alarm())
    clear(ledger, alarm())
    raise_(ledger, alarm(priority="medium"))
    assert told(ledger) == [(1, "raised"), (3, "escalated"), (4, "acknowledged"), (5, "cleared"), (7, "raised")]
    found = dict(Transitions(ledger, SITE).since(0)[1])
    assert (found[4].by, found[4].reason) == ("chen", "on my way")
    assert (found[1].by, found[5].by) == ("", "")
    assert found[5].alarm is not None
    assert found[5].alarm.priority == "high"


def test_the_cursor_goes_on_where_it_was(ledger: SqliteLedger) -> None:
    """After a restart the past is known but not told again."""
    raise_(ledger, alarm(priority="medium"))
    first = Transitions(ledger, SITE)
    seq, _ = first.since(0)
    raise_(ledger, alarm(priority="critical"))
    clear(ledger, alarm())
    assert told(ledger, seq) == [(2, "escalated"), (3, "cleared")]
    assert [(number, found.transition) for number, found in first.since(seq)[1]] == told(ledger, seq)
    assert first.since(3) == (3, [])


def test_what_is_filed_under_another_alarm_is_not_told(ledger: SqliteLedger) -> None:
    """One message per cause: a child and a held-back alarm are silent until they stand on their own."""
    child = alarm(2, cause="ups-1/overload")
    raise_(ledger, child)
    acknowledge(ledger, child)
    raise_(ledger, alarm(3, suppressed="maintenance"))
    clear(ledger, alarm(3))
    assert told(ledger) == []
    raise_(ledger, alarm(2))
    raise_(ledger, child)
    clear(ledger, alarm(2))
    assert told(ledger) == [(5, "raised"), (7, "cleared")]


def test_storms_time_and_promotion_are_told(ledger: SqliteLedger) -> None:
    """A storm's summary is told as one; nobody acknowledging, standing for long and being promoted are news too."""
    storm = alarm(rule="storm", kind="site", id=f"storm/{SITE}", place="")
    raise_(ledger, storm, reason=tr.NEW)
    ledger.append(tr.event(tr.ESCALATED, storm.id, 1, tr.Count(1)))
    acknowledge(ledger, storm)
    raise_(ledger, storm, reason=tr.AGAIN)
    raise_(ledger, alarm(advisory=True))
    raise_(ledger, alarm(), reason=tr.PROMOTION)
    ledger.append(tr.event(tr.STALE, alarm().id, 1))
    found = ["storm", "escalated", "acknowledged", "storm", "raised", "raised"]
    assert [transition for _, transition in told(ledger)] == found


def notifier(**changed: object) -> Notifier:
    """Return a channel."""
    made = Notifier(name="duty", kind=NotifyKind.WEBHOOK, url="http://127.0.0.1/")
    return msgspec.structs.replace(made, **changed)


def test_priorities_transitions_and_advisory_alarms() -> None:
    """A channel hears of what its stanza names; of advisory alarms only when it asks for them."""
    site = room()
    assert Selection(notifier(), site).wants(notice())
    assert not Selection(notifier(priorities=("critical",)), site).wants(notice())
    assert not Selection(notifier(transitions=("cleared",)), site).wants(notice())
    assert not Selection(notifier(), site).wants(notice(advisory=True))
    assert Selection(notifier(advisory=True), site).wants(notice(advisory=True))


def test_nodes_have_what_is_below_them() -> None:
    """A rack's channel hears of its devices; the channel of a UPS of what hangs on it alone."""
    site = msgspec.structs.replace(room(), feeds=[Feed(source="main", target="pdu")])
    assert Selection(notifier(nodes=("r01",)), site).wants(notice(1))
    assert Selection(notifier(nodes=("r01",)), site).wants(notice(1, node="env-r01", place=""))
    assert not Selection(notifier(nodes=("r01",)), site).wants(notice(2))
    assert Selection(notifier(nodes=("main",)), site).wants(notice(2, node="pdu"))
    assert not Selection(notifier(nodes=("nobody",)), site).wants(notice(1))
    assert Selection(notifier(nodes=(SITE,)), site).wants(notice(2))


def at(text: str) -> int:
    """Return a local time in nanoseconds."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("quiet", "now", "due"),
    [
        ("22:00-07:00", "2026-03-01T21:59:59", "2026-03-01T21:59:59"),
        ("22:00-07:00", "2026-03-01T22:00:00", "2026-03-02T07:00:00"),
        ("22:00-07:00", "2026-03-01T06:59:59", "2026-03-01T07:00:00"),
        ("22:00-07:00", "2026-03-01T07:00:00", "2026-03-01T07:00:00"),
        ("12:00-13:30", "2026-03-01T12:30:00", "2026-03-01T13:30:00"),
        ("12:00-13:30", "2026-03-01T13:30:00", "2026-03-01T13:30:00"),
        ("00:00-00:00", "2026-03-01T13:30:00", "2026-03-02T00:00:00"),
        ("", "2026-03-01T23:30:00", "2026-03-01T23:30:00"),
    ],
)
def test_quiet_hours_are_those_of_the_site(quiet: str, now: str, due: str) -> None:
    """A low priority waits for the end of quiet hours in the site's time zone; a high one never waits."""
    chosen = Selection(notifier(quiet=quiet), room())
    assert chosen.due_ns(notice(priority="medium"), at(now)) == at(due)
    assert chosen.due_ns(notice(priority="high"), at(now)) == at(now)
