"""The known values of series within a window and a little around it, as numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

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
BRACKET_NS = 31 * 86_400 * NS_PER_SECOND
"""How far a gap at a window's edge may reach for its two ends still to count as known."""


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
        inner = (-(-start_ns // STEP_NS) * STEP_NS, end_ns // STEP_NS * STEP_NS)
        found = _joined(
            known(history, keys, first_ns, inner[0]),
            _steps(history, keys, inner, ("first", "last")),
            known(history, keys, inner[1], last_ns),
        )
    newest = history.latest(keys)
    return {key: _bracketed(history, key, found.get(key, NOTHING), start_ns, end_ns, newest) for key in keys}


def gauge_points(history: History, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> dict[SeriesKey, Points]:
    """Return the readings of gauges in the window and around its edges; means of `STEP_NS` inside a long window."""
    first_ns, last_ns = start_ns - CONTEXT_NS, end_ns + CONTEXT_NS
    if end_ns - start_ns <= LONG_NS:
        return known(history, keys, first_ns, last_ns)
    inner = (-(-start_ns // STEP_NS) * STEP_NS, end_ns // STEP_NS * STEP_NS)
    return _joined(
        known(history, keys, first_ns, inner[0]),
        _steps(history, keys, inner, ("mean",)),
        known(history, keys, inner[1], last_ns),
    )


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


def _steps(
    history: History, keys: Sequence[SeriesKey], window: tuple[int, int], columns: tuple[str, ...]
) -> dict[SeriesKey, Points]:
    """Return values of whole steps, spread evenly over each step."""
    table = history.aggregated(keys, *window, STEP_NS)
    time_ns = _times(table)
    # Two values of a step stand at its ends, one in its middle.
    offsets = np.array([0, STEP_NS - 1] if len(columns) > 1 else [STEP_NS // 2], dtype=np.int64)
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
    names = [table.column(name).to_numpy() for name in ("device", "part", "quantity")]
    changes = np.zeros(rows, dtype=np.bool_)
    changes[0] = True
    for column in names:
        changes[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(changes)
    ends = np.append(starts[1:], rows)
    by_name = {(key.device, key.part, key.quantity): key for key in keys}
    return {
        by_name[names[0][a], names[1][a], names[2][a]]: slice(int(a), int(b)) for a, b in zip(starts, ends, strict=True)
    }
