"""What the store's rollups say of each series of a day, as columns of one length: one entry per step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats, Times
from analytics.points import runs
from analytics.quality.day import STEP_NS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.quality.day import Day
    from greendc.contracts import History
    from greendc.model import SeriesKey

SERIES_AT_ONCE = 1000
"""Series per question, so that no answer is larger than what a store gives."""
_INTS = ("count", "known")
_FLOATS = ("total", "low", "high", "first", "last", "increase")
_COLUMNS = {"total": "sum", "low": "min", "high": "max"}


class SeriesSteps(msgspec.Struct, frozen=True, kw_only=True):
    """One series: readings and known readings of each step, and of the known ones sum, range, first, last and rise.

    Floats are NaN in steps without a known value; ``increase`` is NaN everywhere unless the quantity is a counter.
    """

    count: Times
    known: Times
    total: Floats
    low: Floats
    high: Floats
    first: Floats
    last: Floats
    increase: Floats

    @property
    def received(self) -> int:
        """Return how many readings there are, with a value or without."""
        return int(self.count.sum())

    @property
    def valued(self) -> int:
        """Return how many readings have a value."""
        return int(self.known.sum())

    @property
    def filled(self) -> NDArray[np.int64]:
        """Return which steps have a known value."""
        return np.flatnonzero(self.known)


def empty_steps(steps: int) -> SeriesSteps:
    """Return a series without a reading."""
    floats = {name: np.full(steps, np.nan) for name in _FLOATS}
    return SeriesSteps(count=np.zeros(steps, dtype=np.int64), known=np.zeros(steps, dtype=np.int64), **floats)


def read_steps(history: History, keys: Sequence[SeriesKey], day: Day) -> tuple[dict[SeriesKey, SeriesSteps], str]:
    """Return the steps of each series of a day, and which levels of the store they came from."""
    found = {}
    levels = set()
    for begin in range(0, len(keys) if day.steps else 0, SERIES_AT_ONCE):
        some = keys[begin : begin + SERIES_AT_ONCE]
        table = history.aggregated(some, day.start_ns, day.until_ns, STEP_NS)
        levels.add((table.schema.metadata or {}).get(b"level", b"raw").decode())
        found.update(_dense(table, some, day))
    return {key: found.get(key) or empty_steps(day.steps) for key in keys}, ", ".join(sorted(levels))


def _dense(table: pa.Table, keys: Sequence[SeriesKey], day: Day) -> dict[SeriesKey, SeriesSteps]:
    at = (table.column("time_ns").to_numpy().astype(np.int64) - day.start_ns) // STEP_NS
    columns = {name: table.column(_COLUMNS.get(name, name)).to_numpy() for name in (*_INTS, *_FLOATS)}
    found = {}
    for key, rows in runs(table, keys).items():
        made = empty_steps(day.steps)
        for name, column in columns.items():
            getattr(made, name)[at[rows]] = column[rows]
        found[key] = made
    return found
