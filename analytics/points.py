"""The known values of series within a window and a little around it, as numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow.compute as pc

from analytics.counters import Floats, Times
from greendc.model import Quality
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from greendc.contracts import History
    from greendc.model import Reading, SeriesKey

CONTEXT_NS = 900 * NS_PER_SECOND
"""How far beyond a window readings are fetched, to bracket its edges and to know the usual pace."""
LONG_NS = 2 * 86_400 * NS_PER_SECOND
"""Longer windows are read in steps of `STEP_NS`, with raw readings at both edges only."""
STEP_NS = 900 * NS_PER_SECOND
YEARLY_NS = 62 * 86_400 * NS_PER_SECOND
HOUR_NS = 3600 * NS_PER_SECOND
"""Windows longer than `YEARLY_NS` are read in steps of an hour, the coarsest rollup that every store has."""
SERIES_AT_ONCE = 100
"""More series in one answer take more memory and are no faster."""
BRACKET_NS = 31 * 86_400 * NS_PER_SECOND
"""How far a gap at a window's edge may reach for its two ends still to count as known."""

_NAMES = ["device", "part", "quantity"]


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """Known values of one series in time order."""

    time_ns: Times
    values: Floats

    def __len__(self) -> int:
        """Return how many values are known."""
        return len(self.time_ns)


NOTHING = Points(time_ns=np.zeros(0, dtype=np.int64), values=np.zeros(0))


def known(history: History, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> dict[SeriesKey, Points]:
    """Return the known values of each series with readings in [start_ns, end_ns)."""
    if not keys or start_ns >= end_ns:
        return {}
    table = history.raw(keys, start_ns, end_ns)
    value = _column(table, "value")
    usable = ~np.isnan(value) & (_column(table, "quality") < Quality.BAD)
    time_ns = _times(table)
    return {
        key: Points(time_ns=time_ns[at][usable[at]], values=value[at][usable[at]])
        for key, at in runs(table, keys).items()
    }


def counter_points(history: History, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> dict[SeriesKey, Points]:
    """Return the readings of counters that show what they counted in the window.

    The readings just before and just after the window are among them, where they exist within `BRACKET_NS`.
    """
    first_ns, last_ns = start_ns - CONTEXT_NS, end_ns + CONTEXT_NS
    if end_ns - start_ns <= LONG_NS:
        found = known(history, keys, first_ns, last_ns)
    else:
        inner = stepped(start_ns, end_ns)
        found = _joined(
            known(history, keys, first_ns, inner[0]),
            _steps(history, keys, inner, step_of(end_ns - start_ns), ("first", "last")),
            known(history, keys, inner[1], last_ns),
        )
        found = {key: _exact_edges(history, key, points, (start_ns, end_ns), inner) for key, points in found.items()}
    newest = history.latest(keys)
    return {key: _bracketed(history, key, found.get(key, NOTHING), start_ns, end_ns, newest) for key in keys}


def gauge_points(history: History, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> dict[SeriesKey, Points]:
    """Return the readings of gauges in the window and around its edges; means of `STEP_NS` inside a long window."""
    first_ns, last_ns = start_ns - CONTEXT_NS, end_ns + CONTEXT_NS
    if end_ns - start_ns <= LONG_NS:
        return known(history, keys, first_ns, last_ns)
    inner = stepped(start_ns, end_ns)
    return _joined(
        known(history, keys, first_ns, inner[0]),
        _steps(history, keys, inner, step_of(end_ns - start_ns), ("mean",)),
        known(history, keys, inner[1], last_ns),
    )


def step_of(window_ns: int) -> int:
    """Return the steps [ns] in which a long window is read."""
    return HOUR_NS if window_ns > YEARLY_NS else STEP_NS


def stepped(start_ns: int, end_ns: int) -> tuple[int, int]:
    """Return the part of a long window that is read in whole steps; at least a step at either edge is raw."""
    step_ns = step_of(end_ns - start_ns)
    return -(-start_ns // step_ns) * step_ns + step_ns, end_ns // step_ns * step_ns - step_ns


def _exact_edges(
    history: History, key: SeriesKey, points: Points, window: tuple[int, int], inner: tuple[int, int]
) -> Points:
    """Return points whose first and last within a window stand at their own time, also where an edge is silent.

    A step says what it began and ended with and not when: beside a silence that would move energy in time.
    """
    at = points.time_ns
    begins = bool(((at >= window[0]) & (at < inner[0])).any())
    ends = bool(((at >= inner[1]) & (at < window[1])).any())
    span = None if begins and ends else history.counter(key, inner[0], inner[1])
    if span is None:
        return points
    if not begins:
        points = _with(_without(points, window[0], span.first_ns + 1), span.first_ns, span.first)
    if not ends:
        points = _with(_without(points, span.last_ns, window[1]), span.last_ns, span.last)
    return points


def _bracketed(
    history: History,
    key: SeriesKey,
    points: Points,
    start_ns: int,
    end_ns: int,
    newest: Mapping[SeriesKey, Reading],
) -> Points:
    latest = newest.get(key)
    if latest is None:
        return points
    if len(points) == 0 or points.time_ns[0] > start_ns:
        before = history.counter(key, start_ns - BRACKET_NS, start_ns)
        if before is not None:
            points = _with(points, before.last_ns, before.last)
    if latest.time_ns >= end_ns and (len(points) == 0 or points.time_ns[-1] < end_ns):
        after = history.counter(key, end_ns, end_ns + BRACKET_NS)
        if after is not None:
            points = _with(points, after.first_ns, after.first)
    return points


def _with(points: Points, time_ns: int, value: float) -> Points:
    at = int(np.searchsorted(points.time_ns, time_ns))
    return Points(time_ns=np.insert(points.time_ns, at, time_ns), values=np.insert(points.values, at, value))


def _without(points: Points, start_ns: int, end_ns: int) -> Points:
    kept = (points.time_ns < start_ns) | (points.time_ns >= end_ns)
    return Points(time_ns=points.time_ns[kept], values=points.values[kept])


def _steps(
    history: History, keys: Sequence[SeriesKey], window: tuple[int, int], step_ns: int, columns: tuple[str, ...]
) -> dict[SeriesKey, Points]:
    """Return values of whole steps, spread evenly over each step."""
    found: dict[SeriesKey, Points] = {}
    for at in range(0, len(keys), SERIES_AT_ONCE):
        found |= _some_steps(history, keys[at : at + SERIES_AT_ONCE], window, step_ns, columns)
    return found


def _some_steps(
    history: History, keys: Sequence[SeriesKey], window: tuple[int, int], step_ns: int, columns: tuple[str, ...]
) -> dict[SeriesKey, Points]:
    table = history.aggregated(keys, *window, step_ns)
    time_ns = _times(table)
    # Two values of a step stand at its ends, one in its middle.
    offsets = np.array([0, step_ns - 1] if len(columns) > 1 else [step_ns // 2], dtype=np.int64)
    values = np.stack([_column(table, name) for name in columns], axis=1)
    found = {}
    for key, at in runs(table, keys).items():
        when, what = (time_ns[at][:, None] + offsets).ravel(), values[at].ravel()
        usable = ~np.isnan(what)
        found[key] = Points(time_ns=when[usable], values=what[usable])
    return found


def _joined(*parts: dict[SeriesKey, Points]) -> dict[SeriesKey, Points]:
    keys = {key for part in parts for key in part}
    return {
        key: Points(
            time_ns=np.concatenate([part.get(key, NOTHING).time_ns for part in parts]),
            values=np.concatenate([part.get(key, NOTHING).values for part in parts]),
        )
        for key in keys
    }


def _column(table: pa.Table, name: str) -> Floats:
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def _times(table: pa.Table) -> Times:
    return np.asarray(table.column("time_ns").to_numpy(), dtype=np.int64)


def runs(table: pa.Table, keys: Sequence[SeriesKey]) -> dict[SeriesKey, slice]:
    """Return which rows belong to which series: the table is sorted by series, so each is one run."""
    rows = table.num_rows
    if rows == 0:
        return {}
    changes = np.zeros(rows, dtype=np.bool_)
    changes[0] = True
    for name in _NAMES:
        column = table.column(name).combine_chunks()
        # Compared inside of arrow: millions of names never become Python strings.
        changes[1:] |= pc.not_equal(column.slice(1), column.slice(0, rows - 1)).to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(changes)
    ends = np.append(starts[1:], rows)
    heads = table.select(_NAMES).take(starts).to_pylist()
    by_name = {(key.device, key.part, key.quantity): key for key in keys}
    return {
        by_name[head["device"], head["part"], head["quantity"]]: slice(int(a), int(b))
        for head, a, b in zip(heads, starts, ends, strict=True)
    }
