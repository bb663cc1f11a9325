"""What the data-quality gate told of a day stands in the quality of that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.quality import QualityWatch, Severity, quality_of_day
from analytics.quality.day import day_of
from analytics.quality.gated import gate_findings
from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from greendc.model import Principal
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, START
from tests.analytics.quality.quality_site import DATE, END, TIMES, lively, probe, small_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SYSTEM = Principal(name="greendc", role="system")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def _tell(ledger: SqliteLedger, kind: str, rule: str, since_ns: int, cleared_ns: int | None = None) -> None:
    subject = f"{rule}/env-1/{kind}"
    body = msgspec.json.encode(
        {
            "rule": rule,
            "kind": kind,
            "device": "env-1",
            "part": "",
            "quantity": probe("env-1").quantity,
            "since_ns": since_ns,
            "priority": "low",
        }
    ).decode()
    ledger.append(Event(time_ns=since_ns, kind="alarm.raised", subject=subject, principal=SYSTEM, body=body))
    if cleared_ns is not None:
        ledger.append(Event(time_ns=cleared_ns, kind="alarm.cleared", subject=subject, principal=SYSTEM))


def test_faults_that_stood_within_the_day_are_told_for_as_long(ledger: SqliteLedger) -> None:
    """A drift from before the day, noise that is over, and nothing of another day or of what a day shows itself."""
    site = small_site(more=["env-1"])
    _tell(ledger, "drift", "data_fault", START - 30 * HOUR)
    _tell(ledger, "noise", "data_fault", START + 3 * HOUR, START + 5 * HOUR)
    _tell(ledger, "lossy", "data_gap", START + 6 * HOUR, START + 7 * HOUR)
    _tell(ledger, "swap", "data_fault", START - 9 * HOUR, START - HOUR)
    _tell(ledger, "unit", "data_fault", END + HOUR)
    _tell(ledger, "stuck", "data_fault", START + HOUR)
    _tell(ledger, "high", "rack_inlet", START + HOUR)
    found = gate_findings(ledger, site, day_of(site, DATE, END + 2 * HOUR))
    spans = {one.params["fault"]: (one.start_ns, one.end_ns) for one in found}
    assert spans == {
        "drift": (START, END),
        "noise": (START + 3 * HOUR, START + 5 * HOUR),
        "lossy": (START + 6 * HOUR, START + 7 * HOUR),
    }
    assert {one.params["fault"]: one.severity for one in found}["lossy"] is Severity.GAP
    for one in found:
        assert all((one.text(lang), one.evidence(lang), one.cure(lang)) for lang in ("zh", "en"))


def test_the_watch_notes_what_the_gate_told(ledger: SqliteLedger) -> None:
    """With a ledger the day knows of sensor faults; without one it says that it does not."""
    history, site = MemoryHistory(), small_site(more=["env-1"])
    history.add(probe("env-1"), TIMES, [lively(i) for i in range(len(TIMES))])
    _tell(ledger, "drift", "data_fault", START + HOUR)
    QualityWatch(site, ledger).run(history, START + 12 * HOUR)
    (event,) = ledger.events(kind="quality.day")
    assert '"code":"data_fault"' in event.body
    assert '"sensor_faults"' not in event.body
    assert "sensor_faults" in quality_of_day(history, site, DATE, START + 12 * HOUR).not_evaluated
