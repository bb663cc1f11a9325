"""The embedded store gives the answers of a plain list, however its readings are sealed and rolled up."""

from __future__ import annotations

import math
import uuid
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greendc.model import Batch, Quality, Reading, SeriesKey
from greendc.storage.embedded import EmbeddedStore
from greendc.storage.embedded.store import Upkeep
from tests.analytics.memory_history import MemoryHistory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 3600 * SECOND
DAY = 24 * HOUR
T0 = 1_700_006_400 * SECOND
"""A midnight."""
assert T0 % DAY == 0

UPKEEPS = {
    "waiting": Upkeep(),
    "sealed": Upkeep(seal_lots=1, roll_every_s=1e9),
    "sealed in twos": Upkeep(seal_lots=2, roll_every_s=0.0),
    "history": Upkeep(history_rows=1, history_stretch=0, roll_every_s=0.0),
    "history beside the rest": Upkeep(history_rows=8, history_stretch=1, seal_lots=3, roll_every_s=0.0),
}
QUANTITIES = ("active_power_w", "active_energy_j")


@pytest.fixture(scope="module", params=list(UPKEEPS))
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """A store that seals and rolls up early, late, or at once; each test has a site of its own."""
    opened = EmbeddedStore(tmp_path_factory.mktemp("store") / "readings.sqlite", upkeep=UPKEEPS[request.param])
    yield opened
    opened.close()


offsets = st.one_of(
    st.integers(0, 40).map(lambda step: step * 100 * SECOND),
    st.integers(0, 30).map(lambda step: step * 4 * HOUR + 1),
    st.integers(0, 3 * DAY),
)


def _reading(site: str, offset: int, part: str, quantity: str, value: float | None, reason: str) -> Reading:
    quality = Quality.BAD if value is None else Quality.UNCERTAIN if reason else Quality.GOOD
    return Reading(
        time_ns=T0 + offset,
        site=site,
        device="meter",
        part=part,
        quantity=quantity,
        value=value,
        quality=quality,
        reason=reason,
    )


def batches(site: str) -> st.SearchStrategy[list[list[Reading]]]:
    """Make batches with duplicates, late readings and gaps over some days."""
    reading = st.builds(
        _reading,
        st.just(site),
        offsets,
        st.sampled_from(("", "phase/l1")),
        st.sampled_from(QUANTITIES),
        st.one_of(st.none(), st.integers(0, 10**6).map(float), st.floats(-1e6, 1e6)),
        st.sampled_from(("", "", "out_of_range")),
    )
    return st.lists(st.lists(reading, min_size=1, max_size=30), min_size=1, max_size=6)


def _same(one: pa.Table, two: pa.Table) -> None:
    assert one.schema.names == two.schema.names
    assert one.num_rows == two.num_rows
    for name in one.schema.names:
        left, right = one[name].to_pylist(), two[name].to_pylist()
        if name in {"sum", "mean", "increase"}:
            assert [value is None for value in left] == [value is None for value in right]
            pairs = [(a, b) for a, b in zip(left, right, strict=True) if a is not None and b is not None]
            assert all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-3) for a, b in pairs)
        else:
            assert left == right


def _check(store: EmbeddedStore, plain: MemoryHistory, site: str, window: tuple[int, int], step: int) -> None:
    keys = plain.series(site)
    assert store.series(site) == keys
    _same(store.raw(keys, *window), plain.raw(keys, *window))
    _same(store.aggregated(keys, *window, step), plain.aggregated(keys, *window, step))
    for longest in (MINUTE, HOUR, DAY):
        _same(store.gaps(keys, *window, longest), plain.gaps(keys, *window, longest))
    assert store.latest(keys) == plain.latest(keys)
    assert store.count(site) == plain.count(site)
    assert store.count(site, start_ns=window[0], end_ns=window[1]) == plain.count(
        site, start_ns=window[0], end_ns=window[1]
    )
    for key in keys:
        assert store.counter(key, *window) == plain.counter(key, *window)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_answers_equal_those_of_a_plain_list(store: EmbeddedStore, data: st.DataObject) -> None:
    """In any order, with duplicates and late readings, sealed or not, every answer is that of a list."""
    site, plain = f"site-{uuid.uuid4()}", MemoryHistory()
    for batch in data.draw(batches(site)):
        store.write(batch)
        plain.write(batch)
    start = T0 + data.draw(st.one_of(st.integers(-1, 200).map(lambda n: n * 15 * MINUTE), offsets))
    length = st.one_of(st.integers(0, 300).map(lambda n: n * 15 * MINUTE), st.integers(0, 3 * DAY))
    window = (start, start + data.draw(length))
    step = data.draw(st.sampled_from((MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 7 * HOUR, DAY, 7 * MINUTE + 1)))
    _check(store, plain, site, window, step)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_each_arrival_is_told_once(store: EmbeddedStore, data: st.DataObject) -> None:
    """Followed by a cursor in small steps, the hours that are told are those that got readings, none left out."""
    site = f"site-{uuid.uuid4()}"
    cursor = ""
    for batch in data.draw(batches(site)):
        store.write(batch)
        told: set[tuple[SeriesKey, int]] = set()
        while (answer := store.arrived(site, cursor, limit=data.draw(st.sampled_from((1, 3, 1000))))).windows:
            cursor = answer.cursor
            for window in answer.windows:
                hours = {(window.key, hour) for hour in range(window.start_ns, window.end_ns, HOUR)}
                assert not hours & told
                told |= hours
        assert told == {(row.key, row.time_ns // HOUR * HOUR) for row in batch}
    assert store.arrived(site, cursor).cursor == cursor


def test_arrivals_are_told_after_sealing_too(tmp_path: Path) -> None:
    """A consumer that was away finds every hour once, in one go, with neighbouring hours as one window."""
    store = EmbeddedStore(tmp_path / "readings.sqlite", upkeep=Upkeep(seal_lots=3))
    for hour in range(7):
        store.write([_reading("s", hour * HOUR, "", QUANTITIES[0], 1.0, "")])
    answer = store.arrived("s")
    hours = [(window.start_ns - T0) // HOUR for window in answer.windows]
    assert hours == list(range(7))
    store.compact()
    assert store.arrived("s", answer.cursor).windows == ()
    store.write([_reading("s", 2 * HOUR + 1, "", QUANTITIES[0], 1.0, "")])
    late = store.arrived("s", answer.cursor).windows
    assert [(window.start_ns - T0, window.end_ns - T0) for window in late] == [(2 * HOUR, 3 * HOUR)]
    assert store.arrived("elsewhere").windows == ()
    store.close()


def day_of(key: SeriesKey, day: int, step_s: int, seed: int) -> Batch:
    """Return a day of quantised readings, as a backfill brings it."""
    batch = Batch()
    batch.position(key)
    rows = 86_400 // step_s
    noise = np.random.default_rng(seed)
    batch.index.frombytes(bytes(4 * rows))
    batch.time_ns.frombytes((T0 + day * DAY + np.arange(rows) * step_s * SECOND).tobytes())
    batch.value.frombytes((np.cumsum(noise.integers(-20, 25, rows)) + 5000.0).tobytes())
    batch.quality.frombytes(bytes(rows))
    batch.reason.frombytes(bytes(2 * rows))
    return batch


def test_a_year_at_a_quarter_hour_touches_no_readings(tmp_path: Path) -> None:
    """An aligned question is answered from the rollups alone, and says so: it needs no chunk."""
    store = EmbeddedStore(tmp_path / "readings.sqlite", upkeep=Upkeep(history_rows=1000))
    key = SeriesKey("s", "meter", "", "active_energy_j")
    for day in range(40):
        store.write_batch(day_of(key, day, 60, day))
    store.compact()
    end = T0 + 40 * DAY
    full = store.aggregated([key], T0, end, 15 * MINUTE)
    assert full.num_rows == 40 * 96
    raw = store.raw([key], T0, end)
    values = np.array(raw["value"]).reshape(40 * 96, 15)
    assert np.array_equal(np.array(full["min"]), values.min(axis=1))
    assert np.array_equal(np.array(full["sum"]), values.sum(axis=1))
    assert np.array_equal(np.array(full["increase"]), np.maximum(np.diff(values, axis=1), 0).sum(axis=1))
    assert store._writer is not None
    store._writer.execute("DELETE FROM chunks")
    for step, level in ((15 * MINUTE, b"15m"), (HOUR, b"1h"), (DAY, b"1h"), (45 * MINUTE, b"15m")):
        found = store.aggregated([key], T0, end, step)
        assert found.schema.metadata[b"level"] == level
        assert int(np.sum(found["count"])) == 40 * 1440
    assert store.aggregated([key], T0, end, 15 * MINUTE) == full
    store.close()


def test_history_replaces_what_waits(tmp_path: Path) -> None:
    """A large batch that is sealed at once comes after the small ones before it, and before those after it."""
    store = EmbeddedStore(tmp_path / "readings.sqlite", upkeep=Upkeep(history_rows=1000))
    key = SeriesKey("s", "meter", "", "active_power_w")
    day = day_of(key, 0, 60, 1)
    for number in (3, 700):
        store.write([_reading("s", number * MINUTE, "", key.quantity, 1e6, "")])
    store.write_batch(day)
    store.write([_reading("s", 9 * MINUTE, "", key.quantity, 2e6, "")])
    for _time in ("waiting", "sealed"):
        values = store.raw([key], T0, T0 + DAY)["value"].to_pylist()
        assert values[9] == 2e6
        assert [value for place, value in enumerate(values) if place != 9] == [*day.value[:9], *day.value[10:]]
        assert store.count("s") == 1440
        store.compact()
    store.close()


def test_dense_days_have_minutes(tmp_path: Path) -> None:
    """A series at 5 s is read by the minute from its rollup; a late reading makes that day be read anew."""
    store = EmbeddedStore(tmp_path / "readings.sqlite", upkeep=Upkeep(history_rows=1000, roll_every_s=0.0))
    key = SeriesKey("s", "meter", "", "active_power_w")
    for day in range(3):
        store.write_batch(day_of(key, day, 5, day))
    first = store.aggregated([key], T0, T0 + 2 * DAY, MINUTE)
    assert first.schema.metadata[b"level"] == b"1m"
    assert set(first["count"].to_pylist()) == {12}
    store.write([Reading(time_ns=T0 + 1, site="s", device="meter", part="", quantity="active_power_w", value=1e6)])
    for _time in ("waiting", "sealed"):
        again = store.aggregated([key], T0, T0 + 2 * DAY, MINUTE)
        assert (again["count"][0].as_py(), again["max"][0].as_py()) == (13, 1e6)
        assert again.slice(1) == first.slice(1)
        store.compact()
    store.close()


def _sparse(site: str, days: Sequence[int]) -> list[Reading]:
    return [_reading(site, day * DAY, "", QUANTITIES[0], float(day), "") for day in days]


def test_a_reading_from_the_far_future_does_no_harm(store: EmbeddedStore) -> None:
    """A point in 2262 is kept, and what belongs to today is still found."""
    site, plain = f"site-{uuid.uuid4()}", MemoryHistory()
    rows = _sparse(site, (0, 1, 17, 70))
    far = Reading(time_ns=2**63 - 2, site=site, device="meter", part="", quantity=QUANTITIES[0], value=1.0)
    for row in (*rows, far, *rows):
        store.write([row])
        plain.write([row])
    _check(store, plain, site, (T0, T0 + 80 * DAY), HOUR)
    assert store.latest([far.key]) == {far.key: far}
    store.compact()
    _check(store, plain, site, (T0, T0 + 80 * DAY), DAY)
    assert store.raw([far.key], 2**63 - 3, 2**63 - 1)["time_ns"].to_pylist() == [far.time_ns]
    assert store.aggregated([far.key], 2**63 - 2 * HOUR, 2**63 - 1, HOUR)["count"].to_pylist() == [1]


def test_a_day_without_a_gap_has_none(tmp_path: Path) -> None:
    """Sealed or not, a dense day is one stretch; what is missing before, within and after it is told."""
    key = SeriesKey("s", "meter", "", QUANTITIES[0])
    minutes = [number for number in range(1440) if not 600 <= number < 610]
    store = EmbeddedStore(tmp_path / "readings.sqlite")
    for chosen in (minutes, [2880]):
        store.write([_reading("s", number * MINUTE, "", QUANTITIES[0], 1.0, "") for number in chosen])
    wanted = [(-HOUR, 0), (599 * MINUTE, 610 * MINUTE), (1439 * MINUTE, 2880 * MINUTE)]
    for longest, among in ((5 * MINUTE, wanted), (11 * MINUTE, [wanted[0], wanted[2]])):
        for _ in range(2):
            table = store.gaps([key], T0 - HOUR, T0 + 2880 * MINUTE + 1, longest)
            found = [(row["start_ns"] - T0, row["end_ns"] - T0) for row in table.to_pylist()]
            assert found == among
            store.compact()
    store.close()
