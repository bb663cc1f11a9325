"""Steps that also know when their first and their last value were: what a rollup level keeps in an InfluxDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from greendc.contracts import CounterSpan
from greendc.storage.steps import Steps, stretches, summed

if TYPE_CHECKING:
    from collections.abc import Sequence


Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

NEVER = np.iinfo(np.int64)


class Partials(NamedTuple):
    """Columns of one length; row by row a series (its position), a stretch of time and what its readings add up to.

    As in `Steps`, the numbers mean nothing where no value is known.
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

    @property
    def steps(self) -> Steps:
        """Return the same without the times of the values."""
        return Steps(
            owner=self.series,
            time_ns=self.start_ns,
            count=self.readings,
            known=self.known,
            total=self.total,
            low=self.low,
            high=self.high,
            first=self.first,
            last=self.last,
            increase=self.increase,
        )


def _of(columns: list[npt.NDArray[Any]]) -> Partials:
    return Partials(*columns)


def of_readings(series: Integers, time_ns: Integers, value: Floats, known: Flags) -> Partials:
    """Return readings as stretches of one instant each. ``value`` may be anything where it is not known."""
    return Partials(
        series=series,
        start_ns=time_ns,
        readings=np.ones(len(series), np.int64),
        known=known.astype(np.int64),
        total=value,
        low=value,
        high=value,
        first=value,
        last=value,
        first_ns=np.where(known, time_ns, NEVER.max),
        last_ns=np.where(known, time_ns, NEVER.min),
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
    steps = summed(rows.steps, step_ns)
    begins, _ends = stretches(rows.series, rows.start_ns - rows.start_ns % step_ns)
    return Partials(
        series=steps.owner,
        start_ns=steps.time_ns,
        readings=steps.count,
        known=steps.known,
        total=steps.total,
        low=steps.low,
        high=steps.high,
        first=steps.first,
        last=steps.last,
        first_ns=np.minimum.reduceat(rows.first_ns, begins),
        last_ns=np.maximum.reduceat(rows.last_ns, begins),
        increase=steps.increase,
    )


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
