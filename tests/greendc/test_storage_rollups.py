"""Rollups, counters, gaps and arrivals: the same answers from every store, before and after anything was rolled up."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import uuid
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greendc.errors import PointsRefused, StoreRefused
from greendc.model import Reading, SeriesKey
from tests.greendc.readings import HOUR, SECOND, T0, assert_steps, reading, span, stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import Store

MINUTE = 60 * SECOND
DAY = 24 * HOUR
START = T0 - T0 % DAY


def counted(site: str, values: Sequence[float | None], step_ns: int = MINUTE, start_ns: int = START) -> list[Reading]:
    """Return readings of an energy register."""
    return [
        reading(
            site, start_ns + place * step_ns, value, quantity="active_energy_j", reason="" if value else "no_answer"
        )
        for place, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("step_ns", "level"),
    [(SECOND, "raw"), (90 * SECOND, "raw"), (MINUTE, "1m"), (900 * SECOND, "15m"), (HOUR, "1h"), (DAY, "1h")],
)
def test_a_step_has_its_level(store: Store, site: str, step_ns: int, level: str) -> None:
    """The coarsest rollup that fits the step is used and named; a store may do without one that saves nothing."""
    rows = [reading(site, START + place * 20 * SECOND, float(place % 7)) for place in range(3 * 180 + 17)]
    store.write(rows)
    for _rolled_up in range(2):
        table = store.aggregated([rows[0].key], START - DAY, START + 2 * DAY, step_ns)
        assert_steps(table.to_pylist(), rows, step_ns)
        store.compact()
    assert table.schema.metadata[b"level"].decode() in ({level, "raw"} if level == "1m" else {level})


def test_edges_of_a_window_are_exact(store: Store, site: str) -> None:
    """A window that begins and ends inside of steps takes just its own readings."""
    rows = [reading(site, START + place * 7 * SECOND, float(place)) for place in range(1500)]
    store.write(rows)
    store.compact()
    start, end = START + 1000 * SECOND + 1, START + 9001 * SECOND
    inside = [row for row in rows if start <= row.time_ns < end]
    for step_ns in (MINUTE, 900 * SECOND, HOUR):
        assert_steps(store.aggregated([rows[0].key], start, end, step_ns).to_pylist(), inside, step_ns)
    assert store.counter(rows[0].key, start, end) == span(inside)
    assert store.count(site, start_ns=start, end_ns=end) == len(inside)


@pytest.mark.parametrize("shuffle", [False, True])
def test_late_and_repeated_readings_change_what_was_rolled_up(store: Store, site: str, *, shuffle: bool) -> None:
    """Whatever comes after a rollup, in whatever order, is in the next answer."""
    rows = [reading(site, START + place * 20 * SECOND, float(place)) for place in range(360)]
    batches = [rows[::3], rows[1::3] + rows[:20], rows[2::3]]
    if shuffle:
        random.Random(5).shuffle(batches)
    for batch in batches:
        store.write(batch)
        store.compact()
    taken_back = reading(site, rows[50].time_ns, None, reason="not_available")
    store.write([taken_back])
    now = [*rows[:50], taken_back, *rows[51:]]
    assert_steps(store.aggregated([rows[0].key], START, START + DAY, HOUR).to_pylist(), now, HOUR)
    store.compact()
    assert_steps(store.aggregated([rows[0].key], START, START + DAY, 900 * SECOND).to_pylist(), now, 900 * SECOND)
    assert store.count(site, start_ns=START, end_ns=START + DAY) == 360


def test_a_counter_rises_whatever_happens_to_it(store: Store, site: str) -> None:
    """Rises are summed; a wrap, a reset and an unknown value between add nothing; gauges have no increase."""
    values = [10.0, 20.0, None, 50.0, 0.0, 5.0, 5.0, 3.0, 4.0]
    store.write(counted(site, values))
    store.write([reading(site, START, 1.0), reading(site, START + MINUTE, 5.0)])
    key = counted(site, values)[0].key
    for _rolled_up in range(2):
        assert store.aggregated([key], START, START + DAY, HOUR)["increase"].to_pylist() == [46.0]
        assert store.aggregated([key], START, START + DAY, 3 * MINUTE)["increase"].to_pylist() == [10.0, 5.0, 1.0]
        gauge = SeriesKey(site, "meter", "", "active_power_w")
        assert store.aggregated([gauge], START, START + DAY, HOUR)["increase"].to_pylist() == [None]
        store.compact()


def test_counters_up_to_two_to_the_53(store: Store, site: str) -> None:
    """A register comes back exactly as far as a double can count; readings beyond are named, the others kept."""
    base = 2.0**53 - 240
    rows = counted(site, [base + 2 * place for place in range(122)])
    with pytest.raises(PointsRefused) as refused:
        store.write(rows)
    assert refused.value.indices == (121,)
    store.compact()
    key = rows[0].key
    assert stored(store, [key]) == rows[:121]
    assert store.counter(key, START, START + DAY) == span(rows[:121])
    assert store.aggregated([key], START, START + DAY, HOUR)["increase"].to_pylist() == [118.0, 118.0, 0.0]
    assert store.aggregated([key], START, START + DAY, DAY)["increase"].to_pylist() == [240.0]
    store.write([reading(site, START, 1e300)])


def test_what_is_no_number_never_reaches_a_store() -> None:
    """NaN and infinity are refused where a reading is made."""
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            reading("s", START, value)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_days_of_23_and_25_hours(store: Store, site: str, day: str) -> None:
    """A local day in which the clock is changed is a window like any other."""
    zone = ZoneInfo("Europe/Berlin")
    first = dt.datetime.fromisoformat(day).replace(tzinfo=zone)
    start, end = (int(when.timestamp()) * SECOND for when in (first, first + dt.timedelta(days=1)))
    hours = (end - start) // HOUR
    assert hours in {23, 25}
    rows = [reading(site, start + place * 600 * SECOND, float(place)) for place in range(-6, hours * 6 + 6)]
    store.write(rows)
    store.compact()
    table = store.aggregated([rows[0].key], start, end, HOUR)
    assert table["count"].to_pylist() == [6] * hours
    assert store.count(site, start_ns=start, end_ns=end) == hours * 6


def test_gaps_are_told_to_the_nanosecond(store: Store, site: str) -> None:
    """Known readings beside a gap, or the window's edges, are its ends; unknown readings fill none."""
    known = [0, 60, 120, 4000, 4060, 90_000]
    rows = [reading(site, START + offset * SECOND + 1) for offset in known]
    rows.append(reading(site, START + 2000 * SECOND, None, reason="no_answer"))
    store.write(rows)
    keys = [rows[0].key, SeriesKey(site, "nobody", "", "active_power_w")]
    for _rolled_up in range(2):
        for longest in (30, 90, 1000, 5000):
            told = store.gaps(keys, START, START + 2 * DAY, longest * SECOND).to_pylist()
            edges = [START, *(START + offset * SECOND + 1 for offset in known), START + 2 * DAY]
            spans = [(a, b) for a, b in itertools.pairwise(edges) if b - a > longest * SECOND]
            assert [(row["start_ns"], row["end_ns"]) for row in told if row["device"] == "meter"] == spans
            assert [(row["start_ns"], row["end_ns"]) for row in told if row["device"] == "nobody"] == [
                (START, START + 2 * DAY)
            ]
        store.compact()


def test_arrivals_are_told_once_and_late_ones_too(store: Store, site: str) -> None:
    """Hours come in the order of arrival; after the cursor there is nothing until something arrives."""
    assert list(store.arrived(site).windows) == []
    store.write([reading(site, START + 5 * HOUR + 7)])
    store.write([reading(site, START + HOUR)])
    first = store.arrived(site)
    assert [window.start_ns for window in first.windows] == [START + 5 * HOUR, START + HOUR]
    assert [window.end_ns - window.start_ns for window in first.windows] == [HOUR, HOUR]
    assert {window.key for window in first.windows} == {reading(site, START).key}
    assert list(store.arrived(site, first.cursor).windows) == []
    store.compact()
    assert list(store.arrived(site, first.cursor).windows) == []
    store.write([reading(site, START + HOUR + 1)])
    second = store.arrived(site, first.cursor)
    assert [window.start_ns for window in second.windows] == [START + HOUR]
    assert list(store.arrived(site, second.cursor).windows) == []
    assert list(store.arrived("nobody", "").windows) == []


def test_arrivals_come_in_portions(store: Store, site: str) -> None:
    """No portion is larger than asked for, and together they are everything, each hour once."""
    store.write([reading(site, START + place * HOUR, device=f"d{place % 3}") for place in range(30)])
    store.compact()
    cursor, told = "", []
    for _portion in range(20):
        arrived = store.arrived(site, cursor, limit=7)
        assert len(arrived.windows) <= 7
        if not arrived.windows:
            break
        cursor = arrived.cursor
        told += [(window.key.device, window.start_ns) for window in arrived.windows]
    assert sorted(set(told)) == sorted((f"d{place % 3}", START + place * HOUR) for place in range(30))


def test_ten_years_by_the_second_are_refused_with_a_way_out(store: Store, site: str) -> None:
    """A table that would not fit is not tried; the sentence says which step would."""
    with pytest.raises(StoreRefused, match="15"):
        store.aggregated([reading(site, START).key], START, START + 3650 * DAY, SECOND)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offsets=st.lists(st.integers(0, 5 * 3600), min_size=1, max_size=80),
    values=st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=80, max_size=80),
    cuts=st.lists(st.integers(0, 80), max_size=3),
)
def test_rolled_up_in_between_or_not_is_the_same(
    store: Store, offsets: list[int], values: list[float | None], cuts: list[int]
) -> None:
    """Wherever a batch ends and a rollup comes between, every level answers what the readings add up to."""
    site = f"site-{uuid.uuid4()}"
    rows = [
        reading(site, START + offset * SECOND, value, reason="" if value is not None else "no_answer")
        for offset, value in zip(offsets, values, strict=False)
    ]
    kept: dict[int, Reading] = {}
    edges = [0, *sorted(cuts), len(rows)]
    for low, high in itertools.pairwise(edges):
        store.write(rows[low:high])
        store.compact()
        kept |= {row.time_ns: row for row in rows[low:high]}
    known = [kept[time_ns] for time_ns in sorted(kept)]
    for step_ns in (MINUTE, 900 * SECOND, HOUR, DAY):
        assert_steps(store.aggregated([rows[0].key], START, START + DAY, step_ns).to_pylist(), known, step_ns)
    assert store.count(site, start_ns=START, end_ns=START + DAY) == len(known)
