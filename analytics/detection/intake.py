"""New readings of all series in one bulk read, cut into steps: means, rates of counters, rounds for the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analytics.points import runs
from greendc.quantities import Kind, quantity
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from greendc.contracts import History
    from greendc.model import SeriesKey

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

STEP_NS = 300 * NS_PER_SECOND
"""The step of live series: five minutes."""
SLOT_NS = 5 * NS_PER_SECOND
"""The gate looks at what came within five seconds as one."""
PACE_WEIGHT = 0.05
JUMP_FACTOR = 20.0
"""A counter that rises so many times faster than ever was replaced or set, and counted nothing."""
FEWEST_RATES = 12


class Block:
    """The known readings of some steps. Rows of the arrays are steps, columns series; NaN is nothing known."""

    def __init__(self, start_ns: int, steps: int, size: int, rows: tuple[IntArray, IntArray, FloatArray]) -> None:
        """Take readings as series, time and value in the order of series and time."""
        series, time_ns, value = rows
        self.start_ns, self.steps, self.size = start_ns, steps, size
        step = (time_ns - start_ns) // STEP_NS
        cell = step * size + series
        shape = (steps, size)
        self.count: IntArray = np.bincount(cell, minlength=steps * size).reshape(shape)
        total = np.bincount(cell, weights=value, minlength=steps * size).reshape(shape)
        with np.errstate(invalid="ignore", over="ignore"):
            self.mean: FloatArray = np.where(self.count > 0, total / np.maximum(self.count, 1), np.nan)
        self.last = np.full(shape, np.nan)
        self.last_ns = np.zeros(shape, dtype=np.int64)
        # Of readings of one cell the latest is written last and stays.
        self.last.ravel()[cell] = value
        self.last_ns.ravel()[cell] = time_ns
        self._rows = rows
        slot = (time_ns - start_ns) // SLOT_NS
        # Readings of a series come in the order of time: of several in one slot the last stays.
        self._order = np.argsort(slot, kind="stable")
        self._slot = slot[self._order]
        self._edges = np.searchsorted(self._slot, np.arange(steps + 1) * (STEP_NS // SLOT_NS))

    @property
    def rows(self) -> int:
        """Return how many readings are known."""
        return len(self._order)

    def time_ns(self, step: int) -> int:
        """Return the end of a step, the time at which it is judged."""
        return self.start_ns + (step + 1) * STEP_NS

    def rounds(self, step: int) -> Iterator[tuple[int, IntArray, FloatArray]]:
        """Yield a step's readings as they came, slot by slot: when the slot was over, their times, their values."""
        series, time_ns, value = self._rows
        own = slice(int(self._edges[step]), int(self._edges[step + 1]))
        slots, begins = np.unique(self._slot[own], return_index=True)
        for slot, begin, end in zip(slots.tolist(), begins, np.append(begins[1:], own.stop - own.start), strict=False):
            rows = self._order[own][begin:end]
            values, times = np.full(self.size, np.nan), np.zeros(self.size, dtype=np.int64)
            values[series[rows]], times[series[rows]] = value[rows], time_ns[rows]
            yield self.start_ns + (slot + 1) * SLOT_NS, times, values


def read_block(history: History, keys: Sequence[SeriesKey], start_ns: int, steps: int) -> Block:
    """Return the known readings of [start_ns, start_ns + steps) in one read.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    table = history.raw(keys, start_ns, start_ns + steps * STEP_NS)
    return Block(start_ns, steps, len(keys), _rows(table, keys))


def _rows(table: pa.Table, keys: Sequence[SeriesKey]) -> tuple[IntArray, IntArray, FloatArray]:
    places = {key: place for place, key in enumerate(keys)}
    series = np.zeros(table.num_rows, dtype=np.int64)
    for key, at in runs(table, keys).items():
        series[at] = places[key]
    value = np.asarray(table.column("value").to_numpy(), dtype=np.float64)
    time_ns = np.asarray(table.column("time_ns").to_numpy(), dtype=np.int64)
    known = np.isfinite(value)
    return series[known], time_ns[known], value[known]


class Rates:
    """Turns registers into rates per second. A fall is a reset or a wrap: nothing was counted, counting begins anew."""

    def __init__(self, size: int) -> None:
        """Begin with nothing known of ``size`` series."""
        self._value = np.full(size, np.nan)
        self._time_ns = np.zeros(size, dtype=np.int64)
        self._pace = np.zeros(size)
        self._seen = np.zeros(size, dtype=np.int64)

    def grow(self, size: int) -> None:
        """Make room for ``size`` series."""
        more = size - len(self._value)
        self._value = np.append(self._value, np.full(more, np.nan))
        self._time_ns = np.append(self._time_ns, np.zeros(more, dtype=np.int64))
        self._pace = np.append(self._pace, np.zeros(more))
        self._seen = np.append(self._seen, np.zeros(more, dtype=np.int64))

    def step(self, last: FloatArray, last_ns: IntArray) -> FloatArray:
        """Return the mean rate of each series since its last known reading; NaN where none can be told."""
        seconds = (last_ns - self._time_ns) / NS_PER_SECOND
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = (last - self._value) / seconds
        known = np.isfinite(last)
        usual = (self._seen < FEWEST_RATES) | (self._pace <= 0.0) | (rate <= JUMP_FACTOR * self._pace)
        told = known & np.isfinite(rate) & (seconds > 0) & (rate >= 0.0) & usual
        self._pace = np.where(told, self._pace + PACE_WEIGHT * (np.where(told, rate, 0.0) - self._pace), self._pace)
        self._seen += told
        self._value = np.where(known, last, self._value)
        self._time_ns = np.where(known, last_ns, self._time_ns)
        return np.where(told, rate, np.nan)

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return the state."""
        return {"value": self._value, "time_ns": self._time_ns, "pace": self._pace, "seen": self._seen}

    @classmethod
    def resume(cls, arrays: dict[str, NDArray[np.generic]]) -> Rates:
        """Return rates that go on from a state."""
        made = cls(len(arrays["value"]))
        made._value = arrays["value"].astype(np.float64)
        made._time_ns = arrays["time_ns"].astype(np.int64)
        made._pace = arrays["pace"].astype(np.float64)
        made._seen = arrays["seen"].astype(np.int64)
        return made


def counters_of(keys: Sequence[SeriesKey]) -> BoolArray:
    """Tell which series are counters."""
    return np.array([quantity(key.quantity).kind is Kind.COUNTER for key in keys], dtype=np.bool_)
