"""What is known of stretches of time, in columns: sums that can be summed up again into longer stretches.

A reading alone is a stretch too, so one rule makes rollups from readings, coarse steps from fine ones, and an
answer from both. Times are nanoseconds since 1970.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from greendc.contracts import CounterSpan
from greendc.storage.admission import is_counter
from greendc.storage.tables import AGGREGATED, GAPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.model import SeriesKey

Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

_NEVER = np.iinfo(np.int64)


class Partials(NamedTuple):
    """Columns of one length; row by row a series (its position), a stretch of time and what its readings add up to.

    Where no value is known, ``low`` is infinite, ``high`` is minus infinity, ``first`` and ``last`` are NaN.
    ``increase`` is the sum of the rises from one known value to the next.
    """

    series: Integers
    start_ns: Integers
    readings: Integers
    known: Integers
    total: Floats
    low: Floats
    high: Floats
    first: Floats
    last: Floats
    first_ns: Integers
    last_ns: Integers
    increase: Floats

    def taken(self, rows: Integers | Flags) -> Partials:
        """Return some rows."""
        return _of([column[rows] for column in self])


def _of(columns: list[npt.NDArray[Any]]) -> Partials:
    return Partials(*columns)


def of_readings(series: Integers, time_ns: Integers, value: Floats, known: Flags) -> Partials:
    """Return readings as stretches of one instant each. ``value`` may be anything where it is not known."""
    ones, nan = np.ones(len(series), np.int64), np.where(known, value, np.nan)
    return Partials(
        series=series,
        start_ns=time_ns,
        readings=ones,
        known=known.astype(np.int64),
        total=np.where(known, value, 0.0),
        low=np.where(known, value, np.inf),
        high=np.where(known, value, -np.inf),
        first=nan,
        last=nan,
        first_ns=np.where(known, time_ns, _NEVER.max),
        last_ns=np.where(known, time_ns, _NEVER.min),
        increase=np.zeros(len(series)),
    )


def combined(parts: Sequence[Partials], step_ns: int) -> Partials:
    """Return one row per series and step that has any, sorted by both. Stretches must not overlap."""
    if not parts:
        empty = np.empty(0, np.int64)
        return of_readings(empty, empty, np.empty(0), np.empty(0, np.bool_))
    rows = _of([np.concatenate(columns) for columns in zip(*parts, strict=True)])
    if not len(rows.series):
        return rows
    rows = rows.taken(np.lexsort((rows.start_ns, rows.series)))
    start_ns = rows.start_ns - rows.start_ns % step_ns
    new = np.flatnonzero((np.diff(rows.series) != 0) | (np.diff(start_ns) != 0)) + 1
    heads = np.concatenate(([0], new))
    group = np.zeros(len(rows.series), np.int64)
    group[new] = 1
    group = np.cumsum(group)
    first, last, rises = _ends(rows, group, len(heads))
    with np.errstate(over="ignore", invalid="ignore"):
        return Partials(
            series=rows.series[heads],
            start_ns=start_ns[heads],
            readings=np.add.reduceat(rows.readings, heads),
            known=np.add.reduceat(rows.known, heads),
            total=np.add.reduceat(rows.total, heads),
            low=np.minimum.reduceat(rows.low, heads),
            high=np.maximum.reduceat(rows.high, heads),
            first=first,
            last=last,
            first_ns=np.minimum.reduceat(rows.first_ns, heads),
            last_ns=np.maximum.reduceat(rows.last_ns, heads),
            increase=np.add.reduceat(rows.increase, heads) + rises,
        )


def _ends(rows: Partials, group: Integers, groups: int) -> tuple[Floats, Floats, Floats]:
    """Return the first and the last known value of each group, and the rises between its rows."""
    told = np.flatnonzero(rows.known > 0)
    first, last = np.full(groups, np.nan), np.full(groups, np.nan)
    # The last assignment to a position holds, so the first values are assigned backwards.
    first[group[told[::-1]]] = rows.first[told[::-1]]
    last[group[told]] = rows.last[told]
    with np.errstate(over="ignore"):
        rise = rows.first[told[1:]] - rows.last[told[:-1]]
    rising = (group[told[1:]] == group[told[:-1]]) & (rise > 0)
    rises = np.zeros(groups)
    np.add.at(rises, group[told[1:]][rising], rise[rising])
    return first, last, rises


def steps_table(keys: Sequence[SeriesKey], steps: Partials, level: str) -> pa.Table:
    """Return the table of `greendc.contracts.History.aggregated`; ``keys`` in the order of its rows."""
    void = steps.known == 0
    counters = np.array([is_counter(key.quantity) for key in keys], np.bool_)
    no_rise = void | ~counters[steps.series] if len(keys) else void
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = steps.total / steps.known
    columns = {
        **_names(keys, steps.series),
        "time_ns": pa.array(steps.start_ns),
        "count": pa.array(steps.readings),
        "known": pa.array(steps.known),
        "sum": pa.array(steps.total, mask=void),
        "mean": pa.array(mean, mask=void),
        "min": pa.array(steps.low, mask=void),
        "max": pa.array(steps.high, mask=void),
        "first": pa.array(steps.first, mask=void),
        "last": pa.array(steps.last, mask=void),
        "increase": pa.array(steps.increase, mask=no_rise),
    }
    table = pa.table([columns[name] for name in AGGREGATED.names], schema=AGGREGATED)
    return table.replace_schema_metadata({"level": level})


def _names(keys: Sequence[SeriesKey], series: Integers) -> dict[str, pa.Array[Any]]:
    return {
        name: pa.array([getattr(key, name) for key in keys], pa.string()).take(series)
        for name in ("device", "part", "quantity")
    }


def gaps_table(keys: Sequence[SeriesKey], steps: Partials, window: tuple[int, int], longest_ns: int) -> pa.Table:
    """Return the table of `greendc.contracts.History.gaps` from sorted steps that are no longer than ``longest_ns``."""
    told = np.flatnonzero(steps.known > 0)
    series = steps.series[told]
    every = np.arange(len(keys), dtype=np.int64)
    # Each series begins with a known reading at the window's start and ends with one at its end.
    owner = np.concatenate((every, series))
    begins = np.concatenate((np.full(len(keys), window[0]), steps.last_ns[told]))
    order = np.lexsort((begins, np.concatenate((np.zeros(len(keys)), np.ones(len(told)))), owner))
    owner, begins = owner[order], begins[order]
    ends_owner = np.concatenate((series, every))
    ends = np.concatenate((steps.first_ns[told], np.full(len(keys), window[1])))
    order = np.lexsort((ends, np.concatenate((np.zeros(len(told)), np.ones(len(keys)))), ends_owner))
    ends = ends[order]
    long = np.flatnonzero(ends - begins > longest_ns)
    columns = {**_names(keys, owner[long]), "start_ns": pa.array(begins[long]), "end_ns": pa.array(ends[long])}
    return pa.table([columns[name] for name in GAPS.names], schema=GAPS)


def span_of(steps: Partials) -> CounterSpan | None:
    """Return the first and the last known value of one series, or None when none is known."""
    told = np.flatnonzero(steps.known > 0)
    if not len(told):
        return None
    first, last = told[0], told[-1]
    return CounterSpan(
        first_ns=int(steps.first_ns[first]),
        first=float(steps.first[first]),
        last_ns=int(steps.last_ns[last]),
        last=float(steps.last[last]),
        samples=int(steps.known.sum()),
    )
