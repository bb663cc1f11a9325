"""The schedule: what it leaves in the ledger, and how it lives with a store that is away and with a bug."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.advice_view import open_advice
from analytics.alarms import open_alarms
from analytics.alarms.transition import SYSTEM
from analytics.reports import BuiltNote, verify
from analytics.result import KpiResult
from analytics.service import run_analyse
from analytics.service.figure_jobs import changed
from analytics.service.jobs import Jobs, report_due
from analytics.service.pace import DEMONSTRATION, Pace
from greendc.clock import ManualClock
from greendc.contracts import Event
from greendc.errors import StoreAway
from greendc.ledger import SqliteLedger
from greendc.model import Principal, SeriesKey
from greendc.status import AnalyseStatus, read_status
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START
from tests.analytics.room import inlet, room, steady

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK = Pace(
    alarms_s=0.2,
    figures_s=0.2,
    day_figures_s=0.2,
    advice_s=0.2,
    verifying_s=0.2,
    report_s=0.2,
    delay_scale=0.2,
    advice_least_s=60,
    report_first_s=30,
    quality_s=0.2,
    rolling_s=0.2,
    closing_s=0.2,
    detect_s=0.2,
    training_s=0.2,
    chain_s=0.2,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def _history() -> MemoryHistory:
    history = MemoryHistory()
    power = {"main": 13_000.0, "pdu": 10_000.0, "mech": 2_500.0, "chiller-1": 1_800.0}
    values = {SeriesKey(SITE, device, "", "active_power_w"): value for device, value in power.items()}
    values |= {SeriesKey(SITE, "crah-1", "", f"supply_air_{name}_c"): 18.5 for name in ("setpoint", "temperature")}
    values[SeriesKey(SITE, "chiller-1", "", "condenser_supply_temperature_c")] = 20.0
    steady(history, {**values, inlet("r01"): 20.0, inlet("r02"): 20.5, inlet("r03"): 28.4})
    return history


def _until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_an_outage_is_survived_and_everything_appears(tmp_path: Path, ledger: SqliteLedger) -> None:
    """While the store is away the status says so; then alarm, advice, figures and a report that verifies are there."""
    history, away = _history(), threading.Event()
    away.set()

    def open_history() -> MemoryHistory:
        if away.is_set():
            message = "store is away"
            raise StoreAway(message)
        return history

    def status() -> AnalyseStatus:
        return read_status(tmp_path, "analyse", AnalyseStatus) or AnalyseStatus(time_ns=0)

    def run() -> None:
        run_analyse(
            room(simulated=True),
            open_history,
            ledger,
            tmp_path,
            stop=stop,
            clock=ManualClock(START + 10 * MINUTE),
            pace=QUICK,
        )

    stop = threading.Event()
    thread = threading.Thread(target=run, name="analyse")
    thread.start()
    try:
        assert _until(lambda: "store is away" in status().errors.get("alarms", ""))
        away.clear()
        assert _until(lambda: len(status().last_done_ns) == 12 and not status().errors)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert [alarm.id for alarm in open_alarms(ledger)] == ["rack_inlet/r03"]
    assert [advice.advisor for advice in open_advice(ledger)] == ["supply_air"]
    noted = sorted(event.subject for event in ledger.events(kind="kpi.computed"))
    assert noted == ["day", "hour", "month", "year"]
    (report,) = (tmp_path / "reports").iterdir()
    assert all(finding.level == "note" for finding in verify(report))


def test_one_more_report_shows_what_was_found_after_the_start(tmp_path: Path, ledger: SqliteLedger) -> None:
    """A demonstration's first report comes before its first alarm; two minutes later there is one more."""
    clock = ManualClock(START + 10 * MINUTE)
    jobs = Jobs(room(simulated=True), ledger, tmp_path, clock, DEMONSTRATION)
    history = _history()
    counts = []
    for seconds in (0, 60, 61, 60):
        clock.advance(seconds)
        jobs.report(history)
        counts.append(len(ledger.events(kind="report.built")))
    assert counts == [1, 1, 2, 2]


def test_what_a_person_asks_for_changes_nothing_about_what_is_due(tmp_path: Path, ledger: SqliteLedger) -> None:
    """A person's report of an old period neither brings the next scheduled one forward nor puts it off."""
    jobs = Jobs(room(), ledger, tmp_path, ManualClock(START + 10 * MINUTE), QUICK)
    jobs.report(_history())
    note = BuiltNote(folder="old", manifest="", start_ns=0, end_ns=1)
    body = msgspec.json.encode(note).decode()
    who = Principal(name="operator", role="operator")
    ledger.append(Event(time_ns=1, kind="report.built", subject="old", principal=who, body=body))
    jobs.report(_history())
    assert len([event for event in ledger.events(kind="report.built") if event.principal.role == "system"]) == 1


def test_a_note_that_cannot_be_read_stops_no_report(tmp_path: Path, ledger: SqliteLedger) -> None:
    """The last report that can be read decides what is due."""
    clock = ManualClock(START + 10 * MINUTE)
    jobs = Jobs(room(), ledger, tmp_path, clock, QUICK)
    bad = Event(time_ns=1, kind="report.built", subject="bad", principal=SYSTEM, body='{"folder": 1}')
    counts = []
    for seconds in (0, 0, 86_400):
        ledger.append(bad)
        clock.advance(seconds)
        jobs.report(_history())
        counts.append(len([event for event in ledger.events(kind="report.built") if event.subject != "bad"]))
    assert counts == [1, 1, 2]


def test_a_bug_ends_the_service(tmp_path: Path, ledger: SqliteLedger) -> None:
    """What is no outage is raised, so that the supervisor starts the process again."""

    def open_history() -> MemoryHistory:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_analyse(room(), open_history, ledger, tmp_path, stop=threading.Event(), pace=QUICK)


def _result(value: float | None, *, kpi: str = "pue", reason: str = "") -> KpiResult:
    return KpiResult(kpi=kpi, label="iPUE", value=value, unit="1", start_ns=0, end_ns=1, reason=reason)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (_result(1.300), _result(1.302), False),
        (_result(1.300), _result(1.320), True),
        (_result(1.3), _result(None, reason="coverage"), True),
        (_result(1.0, kpi="rti"), _result(2.0, kpi="rti"), False),
    ],
)
def test_only_figures_that_moved_are_noted(before: KpiResult, after: KpiResult, *, expected: bool) -> None:
    """PUE by half a per cent, refusals always, whatever else moves never."""
    assert changed([before], [after]) is expected


@pytest.mark.parametrize(
    ("covered_s", "age_s", "span_s", "due"),
    [
        (None, 0, 20, False),
        (None, 0, 40, True),
        (40, 10, 50, False),
        (40, 120, 160, True),
        (86_400, 3600, 86_400, False),
        (86_400, 86_400, 86_400, True),
    ],
)
def test_reports_follow_the_data_and_then_the_day(covered_s: int | None, age_s: int, span_s: int, *, due: bool) -> None:
    """The first after half a minute, the next when data have grown fourfold, then one a day."""
    second = HOUR // 3600
    now = START + 100 * HOUR
    end = now - age_s * second
    last = None
    if covered_s is not None:
        last = BuiltNote(folder="r", manifest="", start_ns=end - covered_s * second, end_ns=end)
    assert report_due(last, now - span_s * second, now, 30.0) is due
