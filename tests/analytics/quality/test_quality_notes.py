"""What of the quality of days is kept in the ledger, and when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from analytics.quality import QUALITY, Dimension, QualityWatch, latest_quality, quality_of
from greendc.ledger import SqliteLedger
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START
from tests.analytics.quality.quality_site import DAY, END, TIMES, lively, probe, small_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("env-1", "env-2")
TODAY = dt.date(2026, 3, 2)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def _add(history: MemoryHistory, name: str, first: int = 0, stop: int = len(TIMES), *, day: int = 0) -> None:
    times = [TIMES[i] + day * DAY for i in range(first, stop)]
    history.add(probe(name), times, [lively(i) for i in range(first, stop)])


def test_a_day_is_noted_while_it_runs_and_when_it_is_over(ledger: SqliteLedger) -> None:
    """The running day is noted once while nothing changes, again when something is found, and finally when over."""
    history, site = MemoryHistory(), small_site(more=NAMES)
    for name in NAMES:
        _add(history, name, 0, 720)
    watch = QualityWatch(site, ledger)
    assert latest_quality(ledger, today=TODAY) is None
    watch.run(history, START + 6 * HOUR)
    watch.run(history, START + 7 * HOUR)
    (first,) = ledger.events(kind=QUALITY)
    assert first.subject == "2026-03-01"
    watch.run(history, START + 13 * HOUR)
    running = latest_quality(ledger, today=TODAY)
    assert running is not None
    assert (running.over, running.found, running.series) == (False, 2, 2)
    assert latest_quality(ledger, over=True, today=TODAY) is None
    for name in NAMES:
        _add(history, name, 720)
        _add(history, name, 0, 120, day=1)
    watch.run(history, END + 2 * HOUR)
    over = quality_of(ledger, "2026-03-01")
    assert over is not None
    assert (over.over, over.found) == (True, 0)
    newest = latest_quality(ledger, today=TODAY)
    assert newest is not None
    assert (newest.date, newest.over) == ("2026-03-02", False)
    assert latest_quality(ledger, over=True, today=TODAY) == over


def test_late_readings_make_a_day_better(ledger: SqliteLedger) -> None:
    """A full day is judged again after six hours, also by another process, and noted anew when it has improved."""
    history, site = MemoryHistory(), small_site(more=NAMES)
    _add(history, NAMES[0])
    _add(history, NAMES[1], 0, 720)
    QualityWatch(site, ledger).run(history, END + HOUR)
    before = latest_quality(ledger, over=True, today=TODAY)
    _add(history, NAMES[1], 720)
    other = QualityWatch(site, ledger)
    other.run(history, END + 2 * HOUR)
    assert latest_quality(ledger, over=True, today=TODAY) == before
    other.run(history, END + 7 * HOUR + MINUTE)
    after = latest_quality(ledger, over=True, today=TODAY)
    assert before is not None
    assert after is not None
    means = [note.site_scores[list(Dimension).index(Dimension.COMPLETENESS)].mean for note in (before, after)]
    assert means == [pytest.approx(0.75, abs=0.01), 1.0]


def test_nothing_is_noted_of_a_site_without_data(ledger: SqliteLedger) -> None:
    """A site that has not said anything yet leaves no trace."""
    QualityWatch(small_site(more=NAMES), ledger).run(MemoryHistory(), END)
    assert ledger.events(kind=QUALITY) == []
