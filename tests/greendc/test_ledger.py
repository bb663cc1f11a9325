"""The ledger keeps what was decided, in order, for ever."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import pytest

from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from greendc.model import Principal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPEND = """
import sys
from pathlib import Path
from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from greendc.model import Principal
ledger = SqliteLedger(Path(sys.argv[1]))
for number in range(40):
    ledger.append(Event(time_ns=number, kind="note", subject=sys.argv[2], principal=Principal(name="p", role="system")))
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """An empty ledger."""
    opened = SqliteLedger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def event(kind: str = "alarm.raised", subject: str = "a1", time_ns: int = 5) -> Event:
    """Return an event of one operator."""
    principal = Principal(name="李雷", role="operator")
    return Event(time_ns=time_ns, kind=kind, subject=subject, principal=principal, reason="it's", body='{"x": 1}')


def test_events_come_back_in_the_order_they_were_appended(ledger: SqliteLedger) -> None:
    """The order is that of appending, not that of the events' own times."""
    appended = [event(time_ns=9), event(time_ns=3, kind="alarm.cleared"), event(time_ns=6, subject="a2")]
    numbers = [ledger.append(each) for each in appended]
    assert numbers == sorted(set(numbers))
    expected = [msgspec.structs.replace(each, seq=seq) for each, seq in zip(appended, numbers, strict=True)]
    assert ledger.events() == expected
    assert ledger.events(after_seq=numbers[0]) == expected[1:]
    assert ledger.events(kind="alarm.raised") == [expected[0], expected[2]]
    assert ledger.events(kind="alarm.raised", subject="a2") == [expected[2]]
    assert ledger.events(subject="nobody") == []


def test_the_newest_event_of_a_subject(ledger: SqliteLedger) -> None:
    """The one appended last, whatever its time; None of what never happened."""
    for one in (event(time_ns=9), event(time_ns=3), event(time_ns=6, subject="a2")):
        ledger.append(one)
    newest = ledger.newest(kind="alarm.raised", subject="a1")
    assert newest is not None
    assert (newest.seq, newest.time_ns) == (2, 3)
    assert ledger.newest(kind="alarm.raised", subject="a3") is None


def test_several_events_are_appended_as_one(ledger: SqliteLedger) -> None:
    """All of them or none: an event that cannot be kept takes its companions with it."""
    first = ledger.append(event())
    assert ledger.extend([event(subject="a2"), event(kind="alarm.cleared")]) == first + 2
    assert ledger.extend([]) == 0
    broken = msgspec.structs.replace(event(), time_ns=2**70)
    with pytest.raises(OverflowError):
        ledger.extend([event(subject="a3"), broken])
    assert ledger.events(subject="a3") == []
    both = ledger.events(kinds=("alarm.raised", "alarm.cleared"))
    assert [each.subject for each in both] == ["a1", "a2", "a1"]
    assert ledger.events(kinds=("alarm.cleared", "note"), after_seq=first) == [both[2]]


def test_the_file_refuses_to_forget(ledger: SqliteLedger) -> None:
    """Even another program on the file cannot change or remove an event."""
    ledger.append(event())
    connection = sqlite3.connect(ledger.path)
    for statement in ("UPDATE events SET reason = 'x'", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()
    assert len(ledger.events()) == 1


def test_threads_and_processes_append_together(ledger: SqliteLedger) -> None:
    """No event is lost and no number is given twice when four append at once."""
    children = [
        subprocess.Popen([sys.executable, "-c", APPEND, str(ledger.path), name]) for name in ("child-1", "child-2")
    ]
    with ThreadPoolExecutor(2) as pool:
        numbers = list(pool.map(lambda _n: ledger.append(event(subject="thread")), range(40)))
    assert [child.wait(30) for child in children] == [0, 0]
    assert len(set(numbers)) == 40
    assert [len(ledger.events(subject=name)) for name in ("child-1", "child-2", "thread")] == [40, 40, 40]
