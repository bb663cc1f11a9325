"""Closed periods: provisional, final and new versions, whatever becomes of the site file."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.figures import frozen_figures, period_named, period_of, traced, versions_of
from analytics.figures.closing import BATCH, QUIET_NS, Closing
from analytics.figures.frozen import FROZEN, SITE, Reason, State
from analytics.figures.period import Kind, closed_periods, period_at
from analytics.kpis.calendar import local_day
from analytics.service.figure_jobs import FigureJobs
from analytics.service.pace import Pace
from greendc.clock import NS_PER_HOUR, ManualClock, from_iso
from greendc.ledger import SqliteLedger
from greendc.site import Role
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from analytics.figures import Frozen
    from greendc.site import Site

DAY_NS = 24 * NS_PER_HOUR
SETTLE_NS = 3 * DAY_NS
BEGIN = from_iso("2026-03-01T00:00:00Z")
STEP = 900 * 10**9
METERS = (plant.meter(Role.FACILITY_INPUT, "in"), plant.meter(Role.IT_INPUT, "it"))
LAB = plant.site(*METERS)
FIRST = "day/2026-03-01"


def fill(history: MemoryHistory, device: str, watts: float, start_ns: int, end_ns: int) -> None:
    """Add what a register of steady power shows in [start_ns, end_ns]."""
    times = list(range(start_ns, end_ns + 1, STEP))
    history.add(plant.energy_key(device), times, [1e9 + watts * (at - BEGIN) / 1e9 for at in times])


def running(days: float = 10.0) -> MemoryHistory:
    """Return a store with some days of a facility of 13 kW and IT of 10 kW."""
    history = MemoryHistory()
    for device, watts in (("in", 13_000.0), ("it", 10_000.0)):
        fill(history, device, watts, BEGIN, BEGIN + round(days * DAY_NS))
    return history


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def close(
    ledger: SqliteLedger,
    history: MemoryHistory,
    now_ns: int,
    *,
    site: Site = LAB,
    late: Mapping[dt.date, int] | None = None,
) -> None:
    """Let a process that was just started close all that is due."""
    closing = Closing(site, ledger, SETTLE_NS)
    while closing.run(history, local_day(site, BEGIN), late or {}, now_ns):
        pass


def value(version: Frozen | None, kpi: str = "pue") -> float | None:
    """Return a figure of a version."""
    assert version is not None
    return next(result.value for result in version.figures if result.kpi == kpi)


def test_a_day_is_provisional_and_then_final(ledger: SqliteLedger) -> None:
    """Provisional an hour after its end, final three days later, and the same from then on."""
    history = running()
    for hours in (24, 25, 47, 24 + 71, 24 + 72, 24 + 73, 24 + 100):
        close(ledger, history, BEGIN + hours * NS_PER_HOUR)
    versions = versions_of(ledger, FIRST)
    assert [(one.state, one.version, one.reason) for one in versions] == [
        (State.PROVISIONAL, 0, Reason.CLOSED),
        (State.FINAL, 1, Reason.SETTLED),
    ]
    assert value(versions[1]) == pytest.approx(1.3)
    assert versions[1].changes == []
    assert {source.meter for source in versions[1].sources} == {"in", "it"}
    assert all(result.lineage is not None for result in versions[1].results())


def test_an_edit_of_the_site_file_changes_no_frozen_figure(ledger: SqliteLedger) -> None:
    """Neither when nothing else happens nor when late data make a new version: that one has the site of its time."""
    history, now = running(), BEGIN + 5 * DAY_NS
    close(ledger, history, now)
    before = frozen_figures(ledger, FIRST)
    wrong = plant.site(plant.meter(Role.FACILITY_INPUT, "in", factor=2.0), METERS[1])
    close(ledger, history, now + NS_PER_HOUR, site=wrong)
    assert frozen_figures(ledger, FIRST) == before
    history.add(plant.energy_key("in"), [BEGIN + 7 * STEP + 1], [1e9 + 13_000.0 * 7 * 900])
    late = {dt.date(2026, 3, 1): now + NS_PER_HOUR}
    close(ledger, history, now + NS_PER_HOUR + QUIET_NS, site=wrong, late=late)
    after = frozen_figures(ledger, FIRST)
    assert after is not None
    assert after.version == 2
    assert value(after) == pytest.approx(1.3)
    # A day that was closed after the edit is made with what the file says now.
    close(ledger, history, BEGIN + 9 * DAY_NS, site=wrong)
    assert value(frozen_figures(ledger, "day/2026-03-08")) == pytest.approx(2.6)


def test_late_data_make_a_second_version(ledger: SqliteLedger) -> None:
    """Both values stay, with the reason, once no more has come for an hour; nothing new makes no version."""
    history, now, day = running(), BEGIN + 5 * DAY_NS, dt.date(2026, 3, 1)
    close(ledger, history, now)
    at_ns = now + NS_PER_HOUR
    times = [BEGIN + i * STEP for i in range(48, 97)]
    history.add(plant.energy_key("it"), times, [1e9 + 10_000.0 * i * 900 + 36e6 for i in range(48, 97)])
    close(ledger, history, at_ns + QUIET_NS // 2, late={day: at_ns})
    assert len(versions_of(ledger, FIRST)) == 1
    for after_ns in (QUIET_NS, 2 * QUIET_NS, 3 * QUIET_NS):
        close(ledger, history, at_ns + after_ns, late={day: at_ns})
    first, second = versions_of(ledger, FIRST)
    assert (second.version, second.state, second.reason) == (2, State.FINAL, Reason.LATE_DATA)
    change = next(one for one in second.changes if one.kpi == "pue")
    assert (change.before, change.after) == (value(first), value(second))
    assert value(first) == pytest.approx(1.3)
    assert value(second) == pytest.approx(13 * 24 / 250, rel=1e-3)
    assert len(versions_of(ledger, "day/2026-03-03")) == 1


def test_a_day_without_enough_data_stays_provisional(ledger: SqliteLedger) -> None:
    """Half a day is never final; it is when the other half arrives."""
    history = MemoryHistory()
    for device, watts in (("in", 13_000.0), ("it", 10_000.0)):
        fill(history, device, watts, BEGIN, BEGIN + DAY_NS // 2)
    now = BEGIN + 5 * DAY_NS
    close(ledger, history, now)
    assert [one.state for one in versions_of(ledger, FIRST)] == [State.PROVISIONAL]
    for device, watts in (("in", 13_000.0), ("it", 10_000.0)):
        fill(history, device, watts, BEGIN + DAY_NS // 2, BEGIN + DAY_NS)
    close(ledger, history, now + QUIET_NS, late={dt.date(2026, 3, 1): now + 1})
    assert versions_of(ledger, FIRST)[-1].state is State.PROVISIONAL
    close(ledger, history, now + QUIET_NS + 2, late={dt.date(2026, 3, 1): now + 1})
    assert versions_of(ledger, FIRST)[-1].state is State.FINAL


def test_months_and_years_close_too(ledger: SqliteLedger) -> None:
    """In April the days of March and March are closed; a year that began in March tells the period it ran."""
    history = running(32.0)
    close(ledger, history, from_iso("2026-04-02T01:00:00Z"))
    subjects = {event.subject for event in ledger.events(kind=FROZEN)}
    assert subjects == {f"day/2026-03-{i:02}" for i in range(1, 32)} | {"month/2026-03", "day/2026-04-01"}
    month = frozen_figures(ledger, "month/2026-03")
    assert value(month, "facility_energy") == pytest.approx(13_000.0 * 31 * 86_400, rel=1e-6)
    assert len(ledger.events(kind=SITE)) == 1


def test_few_periods_are_closed_at_a_time(ledger: SqliteLedger) -> None:
    """A backlog does not hold up the alarms: the newest periods come first, a few in each run."""
    closing = Closing(LAB, ledger, SETTLE_NS)
    assert closing.run(running(), dt.date(2026, 3, 1), {}, BEGIN + 10 * DAY_NS + QUIET_NS) == BATCH
    assert {event.subject for event in ledger.events(kind=FROZEN)} == {f"day/2026-03-{i:02}" for i in range(7, 11)}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo"])
def test_days_fill_their_months_and_months_their_years(zone: str) -> None:
    """Closed periods follow each other without a gap and without an overlap, over changes of the clock."""
    site = plant.site(timezone=zone)
    found = closed_periods(site, dt.date(2024, 1, 1), dt.date(2026, 1, 1))
    for kind, count in ((Kind.DAY, 731), (Kind.MONTH, 24), (Kind.YEAR, 2)):
        some = sorted((one for one in found if one.kind is kind), key=lambda one: one.start_ns)
        assert len(some) == count
        assert all(one.end_ns == other.start_ns for one, other in pairwise(some))
        assert all(period_at(site, one.start_ns, one.end_ns) == one for one in some)
        assert all(period_named(site, one.name) == one for one in some)


@pytest.mark.parametrize("name", ["2026-13", "2026-02-30", "yesterday", "", "20260"])
def test_what_is_no_period_is_refused(name: str) -> None:
    """A month that there is not, and words."""
    with pytest.raises(ValueError, match="no period"):
        period_named(LAB, name)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_of_the_clock_change_have_their_energy(day: str, hours: int) -> None:
    """A steady kilowatt makes 23 and 25 kWh on the days on which the clock changes."""
    site = plant.site(*METERS, timezone="Europe/Berlin")
    period = period_of(site, Kind.DAY, dt.date.fromisoformat(day))
    history = MemoryHistory()
    for device, watts in (("in", 1300.0), ("it", 1000.0)):
        times = list(range(period.start_ns - DAY_NS, period.end_ns + DAY_NS, STEP))
        history.add(plant.energy_key(device), times, [1e9 + watts * (at - times[0]) / 1e9 for at in times])
    found = {one.kpi: one.value for one in traced(history, site, period.start_ns, period.end_ns)}
    assert found["it_energy"] == pytest.approx(hours * 3.6e6)
    assert found["pue"] == pytest.approx(1.3)


def test_the_schedule_freezes_and_makes_a_new_version(tmp_path: Path, ledger: SqliteLedger) -> None:
    """The jobs alone, with a clock that is moved: provisional, final, and a second version of what a node sent late."""
    clock = ManualClock(BEGIN + DAY_NS + NS_PER_HOUR)
    history = running(1.0 + 1 / 24)
    jobs = FigureJobs(LAB, ledger, tmp_path, clock, Pace())

    def tick() -> None:
        for _, job in jobs.plan().values():
            job(history)

    tick()
    for hour in range(1, 4 * 24):
        clock.advance(3600)
        start = BEGIN + DAY_NS + hour * NS_PER_HOUR
        for device, watts in (("in", 13_000.0), ("it", 10_000.0)):
            fill(history, device, watts, start, start + NS_PER_HOUR)
        if hour % 12 == 0:
            tick()
    assert [one.state for one in versions_of(ledger, FIRST)] == [State.PROVISIONAL, State.FINAL]
    history.add(plant.energy_key("it"), [BEGIN + 10 * STEP], [1e9 + 10_000.0 * 10 * 900 + 1e6])
    for _ in range(3):
        clock.advance(3600)
        tick()
    assert [one.version for one in versions_of(ledger, FIRST)] == [0, 1, 2]
    noted = {event.subject for event in ledger.events(kind="kpi.computed")}
    assert noted == {"hour", "day", "month", "year", "twelve_months"}
    jobs.close()


def test_the_ledger_keeps_no_address_and_no_secret(ledger: SqliteLedger) -> None:
    """What is kept of a site is what its figures need."""
    close(ledger, running(), BEGIN + 2 * DAY_NS)
    (event,) = ledger.events(kind=SITE)
    kept = msgspec.json.decode(event.body)
    assert kept["credentials"] == {}
    assert all(device["address"] == "" for device in kept["devices"])
