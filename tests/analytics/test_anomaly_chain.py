"""A simulated room before the whole chain: quiet is silent, a fault is found and explained, one cause is one alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.anomaly.column_store import ColumnStore
from benchmarks.anomaly.quiet import FRONT_K, year_with_front
from benchmarks.anomaly.scenarios import Fault, one, row, summary
from benchmarks.anomaly.simulated_room import DAY_S, HOUR_S, START_S, Loss, begun
from greendc.units import NS_PER_SECOND
from simulators.plant.sizes import room
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import START, power_key
from tests.analytics.room import inlet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.anomaly.simulated_room import Chain

SEED = 7
LEARNED_DAYS = 2.0


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Return a room that has learned for two days, with some readings lost."""
    chain = begun(tmp_path_factory.mktemp("room"), SEED, loss=Loss(share=0.02, seed=SEED))
    chain.learn(LEARNED_DAYS)
    yield chain
    chain.close()


def test_a_quiet_day_is_silent(base: Chain, tmp_path: Path) -> None:
    """Nothing happens and nothing is said: no limit, no fault of data, no advice."""
    calm = base.copied(tmp_path / "calm")
    calm.watch(10 * HOUR_S, 2 * HOUR_S)
    assert [raised.alarm.id for raised in calm.raised()] == []
    calm.close()


def test_a_fault_is_found_and_explained(base: Chain, tmp_path: Path) -> None:
    """A filter that clogs is told within hours, with band, peers and what is unexplained; the table has its row."""
    fault = Fault(kind="filter_clog", target="crah-1", hours=3)
    outcome = one(base, fault, tmp_path, set(), seed=SEED, each_s=HOUR_S)
    assert outcome.visible
    assert "crah-1" in outcome.alarm
    assert outcome.delay_s <= 3 * HOUR_S
    assert len(outcome.announced) == 1
    assert "unexplained" in outcome.sentence
    assert "filter_clog" in row(outcome)
    summary([outcome], tmp_path / "out.txt")
    assert "found 1 of 1" in (tmp_path / "out.txt").read_text("utf-8")


def test_the_failure_of_a_parent_is_one_alarm(base: Chain, tmp_path: Path) -> None:
    """When the grid is gone the generator, the UPSs and what hangs on them are filed under the one cause."""
    outcome = one(base, Fault(kind="grid_outage", hours=1), tmp_path, set(), seed=SEED, each_s=HOUR_S / 4)
    assert outcome.by == "limit"
    assert len(outcome.announced) == 1


def test_a_front_is_colder_and_goes_again() -> None:
    """The month's weather is the climate's but for the front."""
    climate, first_s = room().climate, START_S + 5 * DAY_S
    with_front, without = (year_with_front(SEED, at_s, climate) for at_s in (first_s, START_S + 400 * DAY_S))
    off = with_front.dry_bulb_c - without.dry_bulb_c
    assert off.min() == pytest.approx(FRONT_K, abs=0.5)
    assert np.count_nonzero(off) < 80


def test_the_store_in_memory_answers_like_any_other() -> None:
    """Readings, steps, newest values and gaps are those that the store of the tests gives."""
    plain, columns = MemoryHistory(), ColumnStore()
    keys = [inlet("r01"), power_key("main")]
    times = [START + i * 60 * NS_PER_SECOND for i in range(30)]
    plain.add(keys[0], times, [20.0 + i % 3 for i in range(30)])
    plain.add(keys[1], times[::7], [100.0, 90.0, None, 120.0, 130.0])
    for key in keys:
        from greendc.model import Batch  # noqa: PLC0415 (one place needs it)

        batch = Batch()
        for reading in plain.readings(key):
            batch.append(reading)
        columns.write_batch(batch)
    window = (START, START + 30 * 60 * NS_PER_SECOND)
    assert (
        columns.raw(keys, *window).drop(["reason"]).to_pylist() == plain.raw(keys, *window).drop(["reason"]).to_pylist()
    )
    step_ns = 300 * NS_PER_SECOND
    assert (
        columns.aggregated(keys, *window, step_ns).to_pylist() == plain.aggregated(keys, *window, step_ns).to_pylist()
    )
    assert {key: r.value for key, r in columns.latest(keys).items()} == {
        key: r.value for key, r in plain.latest(keys).items()
    }
    assert columns.counter(keys[1], *window) == plain.counter(keys[1], *window)
    assert columns.gaps(keys, *window, step_ns).to_pylist() == plain.gaps(keys, *window, step_ns).to_pylist()
    assert columns.series(keys[0].site) == plain.series(keys[0].site)
