"""A past in accelerated time: whole, the same when it is made again, and with a truth that adds up."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from greendc.model import SeriesKey
from greendc.storage import open_store
from simulators.runs.backfill import Backfill, Made
from simulators.runs.plan import Plan
from simulators.runs.site_state import StateFiles

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.model import Batch

HOUR_S = 3600.0
Identity = tuple[SeriesKey, int]


class Died(Exception):
    """The process ends here."""


class Kept:
    """Keeps the values of batches by series and time, and dies with the n-th batch if it is told to."""

    def __init__(self, dies_at: int = 0) -> None:
        self.values: dict[Identity, float] = {}
        self.marks: list[str] = []
        self._dies_at = dies_at

    def __call__(self, batch: Batch, mark: str) -> None:
        """Keep a batch."""
        if self._dies_at and len(self.marks) + 1 == self._dies_at:
            raise Died
        self.marks.append(mark)
        for position, time_ns, value in zip(batch.index, batch.time_ns, batch.value, strict=True):
            self.values[batch.series[position], time_ns] = value


def plan(folder: Path, hours: float, truth: str = "") -> Plan:
    """Return a plan for the room."""
    return Plan(preset="room", data_dir=str(folder), seed=5, past_s=hours * HOUR_S, truth=truth)


def made(wanted: Plan, kept: Kept, rows: int = 4_000) -> Made:
    """Make a past."""
    return Backfill(wanted, kept, lambda _: None, rows=rows).run()


def test_truth_adds_up_to_the_registers(tmp_path: Path) -> None:
    """The rows of the truth are as many as minutes, and their sum is how far the main meter's register moved."""
    truth, kept = tmp_path / "truth.csv", Kept()
    done = made(plan(tmp_path, 6.0, str(truth)), kept)
    assert done.readings == len(kept.values)
    with truth.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 360
    register = SeriesKey("kunming-demo", "meter-main", "", "active_energy_j")
    values = [value for (key, _), value in sorted(kept.values.items(), key=lambda item: item[0][1]) if key == register]
    assert len(values) >= 359
    moved_kwh = (values[-1] - values[0]) / 3.6e6
    true_kwh = sum(float(row["utility_kw"]) for row in rows[-len(values) + 1 :]) / 60.0
    # The meter's class, and one count of its register.
    assert moved_kwh == pytest.approx(true_kwh, rel=0.006, abs=0.2)


def test_dies_and_makes_the_same_again(tmp_path: Path) -> None:
    """After a death at any batch the next run makes the same past again, under the same names, and goes on to now."""
    first = Kept(dies_at=4)
    with pytest.raises(Died):
        made(plan(tmp_path, 5.0), first)
    assert len(first.marks) == 3
    again = Kept()
    made(plan(tmp_path, 5.0), again)
    assert set(first.marks) <= set(again.marks)
    assert first.values.items() <= again.values.items()
    # A third time changes nothing but what came since.
    third = Kept()
    made(plan(tmp_path, 5.0), third)
    assert again.values.items() <= third.values.items()


def test_a_longer_past_is_added_before(tmp_path: Path) -> None:
    """A past that is wanted longer later is continued backwards, with registers that count on into what was there."""
    short, longer = Kept(), Kept()
    made(plan(tmp_path, 2.0), short)
    done = made(plan(tmp_path, 8.0), longer)
    values = longer.values | short.values
    for device in ("meter-main", "pdu-r02-a"):
        register = SeriesKey("kunming-demo", device, "", "active_energy_j")
        series = sorted((time_ns, value) for (key, time_ns), value in values.items() if key == register)
        assert len(series) >= 8 * 60 - 3
        assert np.all(np.diff([value for _, value in series]) >= 0.0)
    assert done.until_s - done.from_s == 8 * HOUR_S


def test_the_store_takes_it_and_a_live_run_goes_on(tmp_path: Path) -> None:
    """What was made is in the store, once, and the state is where a live run begins."""
    store = open_store("embedded", tmp_path)
    wanted = plan(tmp_path, 3.0)
    for _ in range(2):
        done = Backfill(wanted, lambda batch, _mark: store.write_batch(batch), lambda _: None).run()
    assert store.count("kunming-demo") == pytest.approx(done.readings, rel=0.02)
    state = StateFiles(tmp_path, wanted.identity).site()
    store.close()
    assert state is not None
    assert (state.was_live, state.last.time_s) == (False, done.until_s)
    assert state.last.registers["room"]["utility.energy_j"] > state.first.registers["room"]["utility.energy_j"]
    assert StateFiles(tmp_path, "another").site() is None
