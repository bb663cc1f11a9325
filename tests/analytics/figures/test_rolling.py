"""Rolling windows from daily pieces: the same figures as from the store, and as fresh as what arrives."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics.curve import from_register
from analytics.energy import midnight_ns
from analytics.figures.day_curves import joined, piece_of
from analytics.figures.day_file import DayFile
from analytics.figures.period import Window, window_span
from analytics.figures.rolling import Rolling, about
from analytics.kpis import compute
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.site import Meter, Role
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from analytics.figures.day_curves import Piece
    from analytics.result import KpiResult
    from greendc.model import SeriesKey
    from greendc.site import Site

ZONE = "Europe/Berlin"
BEGIN = from_iso("2026-02-20T00:00:00Z")
NOW = from_iso("2026-04-10T09:30:00Z")
STEP = 900 * 10**9
METERS = (plant.meter(Role.FACILITY_INPUT, "in"), plant.meter(Role.IT_INPUT, "it"))
SITE = plant.site(*METERS, timezone=ZONE)


def fill(history: MemoryHistory, device: str, watts: float, start_ns: int = BEGIN, end_ns: int = NOW) -> None:
    """Add a register that swings about a mean power, as it stood whenever it is asked."""
    times = np.arange(start_ns, end_ns + 1, STEP)
    hours = (times - BEGIN) / NS_PER_HOUR
    joules = 3600.0 * watts * (hours + 2.0 * np.sin(hours / 24 * 2 * np.pi))
    history.add(plant.energy_key(device), times.tolist(), (1e9 + joules).tolist())


@pytest.fixture
def history() -> MemoryHistory:
    """Return seven weeks of two meters, of which one was silent for a day and a half."""
    made = MemoryHistory()
    fill(made, "in", 13_000.0)
    fill(made, "it", 10_000.0, end_ns=from_iso("2026-03-10T05:00:00Z"))
    fill(made, "it", 10_000.0, start_ns=from_iso("2026-03-11T17:00:00Z"))
    return made


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DayFile]:
    """Return an empty file of days."""
    with closing(DayFile(tmp_path / "figures.sqlite", about(SITE))) as made:
        yield made


def refreshed(rolling: Rolling, history: MemoryHistory, now_ns: int = NOW) -> None:
    """Bring the days up to date."""
    rolling.look(history, now_ns)
    while not rolling.refresh(history, now_ns):
        pass


def by_key(results: list[KpiResult] | None) -> dict[str, KpiResult]:
    """Return figures by their key."""
    assert results is not None
    return {result.kpi: result for result in results}


@pytest.mark.parametrize("window", [Window.MONTH, Window.YEAR, Window.TWELVE_MONTHS])
def test_windows_have_the_figures_of_the_store(history: MemoryHistory, file: DayFile, window: Window) -> None:
    """Put together from days, a month, a year and twelve months are what one reading of the store gives."""
    rolling = Rolling(SITE, file)
    refreshed(rolling, history)
    found = by_key(rolling.figures(history, window, NOW))
    start, end = window_span(SITE, window, NOW)
    fresh = by_key(compute(history, SITE, max(start, BEGIN), end))
    for key in ("pue", "facility_energy", "it_energy"):
        assert found[key].value == pytest.approx(fresh[key].value, rel=1e-6), key
        assert found[key].coverage == pytest.approx(fresh[key].coverage, abs=1e-6)
        assert found[key].uncertainty == pytest.approx(fresh[key].uncertainty, rel=1e-3)
        assert (found[key].category, found[key].method) == (fresh[key].category, fresh[key].method)


def test_power_helps_where_there_is_no_register(file: DayFile) -> None:
    """Integrated power is kept by day as registers are."""
    history = MemoryHistory()
    times = list(range(BEGIN, NOW, STEP))
    for device, watts in (("in", 13_000.0), ("it", 10_000.0)):
        history.add(plant.power_key(device), times, [watts] * len(times))
    rolling = Rolling(SITE, file)
    refreshed(rolling, history)
    found = by_key(rolling.figures(history, Window.YEAR, NOW))["pue"]
    assert found.value == pytest.approx(1.3)
    assert found.method == "integrated"
    assert found.coverage > 0.99


def test_late_data_touch_their_days_only(history: MemoryHistory, file: DayFile) -> None:
    """Readings of three hours of a past day make that day anew, and none of the others."""
    rolling = Rolling(SITE, file)
    refreshed(rolling, history)
    later = NOW + NS_PER_HOUR
    fill(history, "it", 10_000.0, from_iso("2026-03-10T06:00:00Z"), from_iso("2026-03-10T09:00:00Z"))
    before = file.made()
    refreshed(rolling, history, later)
    again = {day for day, made in file.made().items() if made != before[day]}
    assert again == {dt.date(2026, 3, 10)}
    assert rolling.late == {dt.date(2026, 3, 10): later} | {day: NOW for day in rolling.late if day not in again}


def test_a_meter_that_comes_back_tells_of_the_days_before(file: DayFile) -> None:
    """While a register is silent its days are not known; its first reading afterwards makes them known as a whole."""
    history = MemoryHistory()
    silent, back = from_iso("2026-04-01T12:00:00Z"), from_iso("2026-04-05T12:00:00Z")
    fill(history, "in", 13_000.0, end_ns=silent)
    fill(history, "it", 10_000.0, end_ns=silent)
    rolling = Rolling(SITE, file)
    refreshed(rolling, history, back)
    assert by_key(rolling.figures(history, Window.MONTH, back))["pue"].reason == "coverage"
    fill(history, "in", 13_000.0, back, NOW)
    fill(history, "it", 10_000.0, back, NOW)
    refreshed(rolling, history)
    found = by_key(rolling.figures(history, Window.MONTH, NOW))["pue"]
    assert found.value == pytest.approx(1.3, rel=1e-3)
    assert found.coverage == pytest.approx(1.0)


def test_a_restart_goes_on_where_it_was(history: MemoryHistory, file: DayFile, tmp_path: Path) -> None:
    """Days and cursor are on disk: a new process makes no day again, and another zone makes all of them again."""
    refreshed(Rolling(SITE, file), history)
    made = file.made()
    again = Rolling(SITE, file)
    refreshed(again, history, NOW + NS_PER_HOUR)
    assert file.made() == made
    with closing(DayFile(tmp_path / "figures.sqlite", about(plant.site(*METERS, timezone="Asia/Shanghai")))) as other:
        assert other.made() == {}


class Counting(MemoryHistory):
    """A store that counts the rows it hands out."""

    rows = 0

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Return readings, counted."""
        found = super().raw(keys, start_ns, end_ns)
        self.rows += found.num_rows
        return found

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return steps, counted."""
        found = super().aggregated(keys, start_ns, end_ns, step_ns)
        self.rows += found.num_rows
        return found


def test_a_tick_reads_days_and_not_the_year(file: DayFile) -> None:
    """Once the days are made, a year and a month cost the readings of about three days each, not of seven weeks."""
    history = Counting()
    fill(history, "in", 13_000.0)
    fill(history, "it", 10_000.0)
    rolling = Rolling(SITE, file)
    refreshed(rolling, history)
    history.rows = 0
    later = NOW + NS_PER_HOUR
    fill(history, "in", 13_000.0, NOW, later)
    fill(history, "it", 10_000.0, NOW, later)
    refreshed(rolling, history, later)
    assert history.rows == 0
    for window in (Window.MONTH, Window.YEAR):
        assert by_key(rolling.figures(history, window, later))["pue"].value is not None
    assert history.rows < 2 * 2 * 3.5 * 96


def test_a_new_factor_needs_no_new_day(history: MemoryHistory, file: DayFile) -> None:
    """Factors and roles are applied to the days, so that an edit of the site file is seen at once."""
    refreshed(Rolling(SITE, file), history)
    edited: Site = plant.site(plant.meter(Role.FACILITY_INPUT, "in", factor=2.0), METERS[1], timezone=ZONE)
    assert about(edited) == about(SITE)
    found = by_key(Rolling(edited, file).figures(history, Window.MONTH, NOW))
    assert found["pue"].value == pytest.approx(2.6, rel=1e-3)


def test_a_new_meter_is_read_from_the_store(history: MemoryHistory, file: DayFile) -> None:
    """A meter that the kept days do not know counts all the same, and makes the days anew."""
    refreshed(Rolling(SITE, file), history)
    fill(history, "second", 6_500.0)
    edited = plant.site(*METERS, Meter(role=Role.FACILITY_INPUT, device="second"), timezone=ZONE)
    rolling = Rolling(edited, file)
    found = by_key(rolling.figures(history, Window.MONTH, NOW))
    assert found["pue"].value == pytest.approx(1.95, rel=1e-3)
    before = file.made()
    refreshed(rolling, history)
    assert all(made != before[day] for day, made in file.made().items())
    again = by_key(rolling.figures(history, Window.MONTH, NOW))
    assert again["pue"].value == pytest.approx(found["pue"].value, rel=1e-6)


@settings(max_examples=40, deadline=None)
@example(silent=[(1, 4), (6, 4)], cuts=[3])
@example(silent=[(1, 4), (6, 4)], cuts=[5])
@given(
    silent=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 200)), max_size=4),
    cuts=st.lists(st.integers(1, 959), min_size=1, max_size=5, unique=True),
)
def test_cutting_into_pieces_loses_nothing(silent: list[tuple[int, int]], cuts: list[int]) -> None:
    """Pieces that are put together again have the energy and the coverage of the curve they were cut from."""
    gone = {i for start, length in silent for i in range(start, start + length)}
    kept = np.array([i for i in range(961) if i not in gone], dtype=np.int64)
    curve = from_register(BEGIN + kept * STEP, 1e9 + 1e6 * kept.astype(float), gap_ns=4 * STEP)
    edges = [BEGIN, *(BEGIN + cut * STEP for cut in sorted(cuts)), BEGIN + 960 * STEP]
    pieces: list[Piece] = [piece_of(curve, a, b) for a, b in pairwise(edges)]
    again = joined(pieces)
    assert again.energy(edges[0], edges[-1]) == pytest.approx(curve.energy(edges[0], edges[-1]))
    assert again.spans(edges[0], edges[-1]) == curve.spans(edges[0], edges[-1])
    assert again.bridged == curve.bridged


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_is_the_local_one(day: str, hours: int) -> None:
    """On the days on which the clock changes, today began 23 or 25 hours before the next midnight."""
    date = dt.date.fromisoformat(day)
    end = midnight_ns(date + dt.timedelta(days=1), SITE) - NS_PER_HOUR
    start, _ = window_span(SITE, Window.DAY, end)
    assert (end + NS_PER_HOUR - start) // NS_PER_HOUR == hours
