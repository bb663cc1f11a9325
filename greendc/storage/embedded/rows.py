"""Readings of many series in columns of numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from greendc.storage.steps import Floats, Ints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.storage.steps import Index


class Rows(msgspec.Struct, frozen=True):
    """Readings; ``series`` and ``reason`` are numbers of the file's tables, NaN is an unknown value."""

    series: NDArray[np.uint32]
    time_ns: Ints
    value: Floats
    quality: NDArray[np.uint8]
    reason: NDArray[np.uint16]

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.time_ns)

    def taken(self, index: Index) -> Rows:
        """Return some of the rows: a slice, a mask or positions."""
        return Rows(self.series[index], self.time_ns[index], self.value[index], self.quality[index], self.reason[index])

    def between(self, start_ns: int, end_ns: int) -> Rows:
        """Return the rows of [start_ns, end_ns) of rows that are sorted by time."""
        return self.taken(slice(*(int(at) for at in np.searchsorted(self.time_ns, (start_ns, end_ns)))))


def no_rows() -> Rows:
    """Return no readings."""
    return Rows(
        np.empty(0, np.uint32), np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8), np.empty(0, np.uint16)
    )


def joined(parts: Sequence[Rows]) -> Rows:
    """Return all rows of the parts, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return no_rows()
    return Rows(
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.time_ns for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.quality for part in parts]),
        np.concatenate([part.reason for part in parts]),
    )


def order_of(rows: Rows) -> Index:
    """Return which rows are left, and in which order, when later ones replace earlier ones of the same identity."""
    if is_ordered(rows):
        return slice(None)
    order = np.lexsort((rows.time_ns, rows.series))
    series, time_ns = rows.series[order], rows.time_ns[order]
    last = np.ones(len(order), np.bool_)
    last[:-1] = (series[1:] != series[:-1]) | (time_ns[1:] != time_ns[:-1])
    kept: NDArray[np.intp] = order[last]
    return kept


def is_ordered(rows: Rows) -> bool:
    """Tell whether rows are sorted by series and time, each identity once."""
    series, time_ns = rows.series, rows.time_ns
    later = time_ns[1:] > time_ns[:-1]
    return bool(np.all((series[1:] > series[:-1]) | ((series[1:] == series[:-1]) & later)))


def in_order(rows: Rows) -> Rows:
    """Return rows sorted by series and time, the last of each identity."""
    return rows.taken(order_of(rows))
