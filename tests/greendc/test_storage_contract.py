"""What every store promises, asked of each of them with equal answers expected."""

from __future__ import annotations

import math
import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greendc.contracts import CounterSpan
from greendc.errors import PointsRefused, StoreRefused
from greendc.model import Batch, Reading, SeriesKey
from greendc.settings import Secret
from greendc.storage import open_store
from tests.greendc.readings import (
    END,
    HOUR,
    QUANTITIES,
    SECOND,
    T0,
    assert_steps,
    reading,
    readings_of,
    span,
    stored,
)

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import Store

HOSTILE = (
    "rack 1",
    'he said "no"',
    "it's",
    "a,b=c d",
    "back\\slash\\",
    "机柜 A-01",
    "🔥🧊",
    "line\nbreak\ttab",
    "100%",
    "'; DROP DATABASE greendc; --",
    "-",
    "%2D",
    " ",
)
Model = dict[tuple[SeriesKey, int], Reading]


def test_stores_nothing_at_first(store: Store, site: str) -> None:
    """An unknown site has no series, no readings and no count."""
    key = SeriesKey(site, "meter", "", "active_power_w")
    assert list(store.series(site)) == []
    assert store.count(site) == 0
    assert store.raw([key], T0, END).num_rows == 0
    assert store.aggregated([key], T0, END, SECOND).num_rows == 0
    assert store.latest([key]) == {}
    assert store.counter(key, T0, END) is None


def test_tables_have_the_columns_of_the_contract(store: Store, site: str) -> None:
    """Names and types of the columns are the same in every store, with and without rows."""
    store.write([reading(site, T0)])
    for keys in ([], [reading(site, T0).key]):
        raw = store.raw(keys, T0, END)
        assert [(field.name, str(field.type)) for field in raw.schema] == [
            ("device", "string"),
            ("part", "string"),
            ("quantity", "string"),
            ("time_ns", "int64"),
            ("value", "double"),
            ("quality", "uint8"),
            ("reason", "string"),
        ]
        aggregated = store.aggregated(keys, T0, END, SECOND)
        assert [(field.name, str(field.type)) for field in aggregated.schema] == [
            ("device", "string"),
            ("part", "string"),
            ("quantity", "string"),
            ("time_ns", "int64"),
            ("count", "int64"),
            ("known", "int64"),
            ("sum", "double"),
            ("mean", "double"),
            ("min", "double"),
            ("max", "double"),
            ("first", "double"),
            ("last", "double"),
            ("increase", "double"),
        ]


def test_writing_again_is_harmless(store: Store, site: str) -> None:
    """The same readings written three times are stored once."""
    readings = [reading(site, T0 + step * SECOND, float(step)) for step in range(5)]
    for _time in range(3):
        store.write(readings)
    assert stored(store, [readings[0].key]) == readings
    assert store.count(site) == 5


def test_the_last_write_wins(store: Store, site: str) -> None:
    """A reading written anew replaces the old one whole, whether it gains or loses its value."""
    first = [reading(site, T0, 1.0), reading(site, T0 + 1, None, reason="no_answer"), reading(site, T0 + 2, 3.0)]
    second = [reading(site, T0, None, reason="not_available"), reading(site, T0 + 1, 2.0), reading(site, T0 + 2, 4.0)]
    store.write(first)
    store.write(second)
    key = first[0].key
    assert stored(store, [key]) == second
    assert store.count(site) == 3
    assert_steps(store.aggregated([key], T0, END, HOUR).to_pylist(), second, HOUR)
    assert store.counter(key, T0, END) == span(second)


def test_the_last_of_one_batch_wins(store: Store, site: str) -> None:
    """Two readings of one identity in one batch leave the later one."""
    store.write([reading(site, T0, 1.0), reading(site, T0, 2.0)])
    assert [row.value for row in stored(store, [reading(site, T0).key])] == [2.0]
    assert store.count(site) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_names_come_back_as_they_went(store: Store, site: str, name: str) -> None:
    """A site, device or part may have any name, and cannot reach into another's readings."""
    odd = reading(f"{site} {name}", T0, 1.0, device=name, part=name)
    store.write([odd, reading(f"{site} {name}", T0, 2.0)])
    assert odd.key in store.series(f"{site} {name}")
    assert list(store.series(f"{site} {name}", device=name)) == [odd.key]
    assert stored(store, [odd.key]) == [odd]
    assert store.latest([odd.key]) == {odd.key: odd}
    assert store.count(f"{site} {name}", device=name) == 1


def test_windows_take_the_start_and_leave_the_end(store: Store, site: str) -> None:
    """A window is [start, end), to the nanosecond, in every answer."""
    store.write([reading(site, T0 + offset, float(offset)) for offset in (0, 1, 2)])
    key = reading(site, T0).key
    assert [row.value for row in stored(store, [key], T0, T0 + 2)] == [0.0, 1.0]
    assert store.count(site, start_ns=T0 + 1, end_ns=T0 + 2) == 1
    assert store.count(site, start_ns=T0 + 2, end_ns=T0 + 2) == 0
    assert store.aggregated([key], T0 + 1, T0 + 3, HOUR)["count"].to_pylist() == [2]
    assert store.counter(key, T0, T0 + 2) == CounterSpan(first_ns=T0, first=0.0, last_ns=T0 + 1, last=1.0, samples=2)
    assert store.raw([key], T0 + 2, T0).num_rows == 0
    assert store.aggregated([key], T0 + 2, T0, SECOND).num_rows == 0
    assert store.counter(key, T0 + 2, T0) is None


def test_the_extremes_of_time_and_value_are_kept(store: Store, site: str) -> None:
    """1970, 2262 and the largest and smallest doubles come back exactly."""
    kept = [
        reading(site, 0, 1.7976931348623157e308),
        reading(site, 1, -5e-324),
        reading(site, T0, 123456789.12345679),
        reading(site, T0 + 1, 1e20),
        reading(site, 2**63 - 2, 0.1),
    ]
    store.write(kept)
    assert stored(store, [kept[0].key]) == kept
    assert store.latest([kept[0].key]) == {kept[0].key: kept[-1]}
    assert store.count(site) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_ns": -1},
        {"time_ns": 2**63 - 1},
        {"time_ns": 2**70},
        {"device": ""},
        {"device": "\ud800"},
        {"part": "nul\0"},
        {"part": "x" * 257},
        {"quantity": "Power; DROP"},
        {"quantity": ""},
    ],
)
def test_what_can_never_be_stored_is_named(store: Store, site: str, wrong: dict[str, str | int]) -> None:
    """The culprit's position is told, and its neighbours are stored."""
    before, after = reading(site, T0), reading(site, T0 + 1)
    culprit = Reading(**{**{name: getattr(before, name) for name in before.__struct_fields__}, **wrong})
    with pytest.raises(PointsRefused) as refused:
        store.write([before, culprit, after])
    assert refused.value.indices == (1,)
    assert stored(store, [before.key]) == [before, after]


def test_a_batch_is_stored_like_its_readings(store: Store, site: str) -> None:
    """Columns in, the same readings out."""
    readings = [reading(site, T0, 1.0), reading(site, T0, None, device="other", reason="no_answer")]
    batch = Batch()
    for each in readings:
        batch.append(each)
    store.write_batch(batch)
    assert stored(store, {each.key for each in readings}) == readings


@pytest.mark.parametrize(
    ("value", "quality"),
    [(math.inf, 0), (-math.inf, 1), (math.nan, 0), (1.0, 3)],
    ids=["inf", "-inf", "nan", "quality"],
)
def test_a_row_that_no_reading_could_be_is_refused(store: Store, site: str, value: float, quality: int) -> None:
    """Columns are not checked as readings are when they are made: the store tells the culprit and keeps the rest."""
    before, after = reading(site, T0), reading(site, T0 + 2)
    batch = Batch()
    for each in (before, reading(site, T0 + 1), after):
        batch.append(each)
    batch.value[1], batch.quality[1] = value, quality
    with pytest.raises(PointsRefused) as refused:
        store.write_batch(batch)
    assert refused.value.indices == (1,)
    assert stored(store, [before.key]) == [before, after]


def test_series_are_filtered_and_sorted(store: Store, site: str) -> None:
    """Series are listed by device and by quantity."""
    keys = [SeriesKey(site, device, "", quantity) for device in ("a", "b") for quantity in sorted(QUANTITIES)]
    store.write([reading(site, T0, device=key.device, quantity=key.quantity) for key in reversed(keys)])
    assert list(store.series(site)) == keys
    assert list(store.series(site, device="b")) == keys[2:]
    assert list(store.series(site, quantity="active_power_w")) == [keys[1], keys[3]]


def test_a_step_is_longer_than_nothing(store: Store, site: str) -> None:
    """A step of zero is a mistake of the caller."""
    with pytest.raises(ValueError, match="step"):
        store.aggregated([reading(site, T0).key], T0, END, 0)


def test_latest_of_many_series(store: Store, site: str) -> None:
    """More series than fit in one query each give their own newest reading."""
    readings = [reading(site, T0 + step, float(step), device=f"d{n}") for n in range(250) for step in (0, 1)]
    store.write(readings)
    latest = store.latest(store.series(site))
    assert latest == {each.key: each for each in readings[1::2]}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_answers_equal_those_of_a_plain_list(store: Store, data: st.DataObject) -> None:
    """Whatever is written in whatever order, every answer is what a list of readings would give."""
    site = f"site-{uuid.uuid4()}"
    model: Model = {}
    for batch in data.draw(st.lists(readings_of(site), max_size=3)):
        store.write(batch)
        if data.draw(st.booleans()):
            store.compact()
        model |= {(each.key, each.time_ns): each for each in batch}
    rows = sorted(model.values(), key=lambda row: (row.device, row.part, row.quantity, row.time_ns))
    keys = sorted({row.key for row in rows})
    start = T0 + data.draw(st.integers(-5, 400)) * SECOND
    end = start + data.draw(st.integers(0, 7000)) * SECOND
    step = data.draw(st.sampled_from((SECOND, 30 * SECOND, 60 * SECOND, HOUR, 7 * SECOND + 1)))
    inside = [row for row in rows if start <= row.time_ns < end]

    assert list(store.series(site)) == keys
    assert store.count(site) == len(rows)
    assert store.count(site, start_ns=start, end_ns=end) == len(inside)
    assert store.count(site, device="机柜", start_ns=start) == sum(
        row.device == "机柜" and row.time_ns >= start for row in rows
    )
    if keys:
        assert stored(store, keys, start, end) == inside
    assert store.latest(keys) == {row.key: row for row in rows}
    for key in keys:
        assert store.counter(key, start, end) == span([row for row in inside if row.key == key])
    told = store.aggregated(keys, start, end, step).to_pylist()
    assert_steps(told, inside, step)


@pytest.mark.parametrize("kind", ["embedded", "influx"])
def test_a_reader_cannot_write(kind: str, request: pytest.FixtureRequest, tmp_path: Path, site: str) -> None:
    """A store opened for reading refuses to write, in a sentence."""
    url = "embedded" if kind == "embedded" else str(request.getfixturevalue("influx_url"))
    reader = open_store(url, tmp_path, token=Secret(""), read_only=True)
    with pytest.raises(StoreRefused, match=r"reading only|只读"):
        reader.write([reading(site, T0)])
    reader.close()
