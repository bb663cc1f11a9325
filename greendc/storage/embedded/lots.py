"""What was written last: batches in the order of their arrival, not sealed yet."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from greendc.clock import NS_PER_HOUR
from greendc.errors import PayloadError
from greendc.storage.embedded.rows import Rows, joined, no_rows, order_of
from greendc.storage.steps import Ints, stretches

if TYPE_CHECKING:
    import sqlite3

    from numpy.typing import NDArray

_INSERT = """INSERT INTO lots (seq, rows, low_ns, high_ns, series, times, readings, marks)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_BOUNDS = "SELECT min(seq), max(seq) FROM lots"
_AFTER = "SELECT seq, rows, series, times, readings, marks FROM lots WHERE seq > ? AND seq <= ? ORDER BY seq"
_GROWTH = 2


class HotRows(msgspec.Struct, frozen=True):
    """The rows of all lots, lot after lot; within a lot sorted by series and time. ``seq`` is the lot of each row."""

    rows: Rows
    seq: Ints

    def taken(self, index: NDArray[np.bool_] | NDArray[np.intp]) -> HotRows:
        """Return some of the rows."""
        return HotRows(self.rows.taken(index), self.seq[index])

    def of(self, series: Ints, start_ns: int, end_ns: int) -> Rows:
        """Return the readings of some series in a window, sorted, the last written of each identity."""
        rows = self.rows
        if not len(rows) or not len(series):
            return no_rows()
        inside = (rows.time_ns >= start_ns) & (rows.time_ns < end_ns)
        if not inside.any():
            return no_rows()
        wanted = np.zeros(max(int(series.max()), int(rows.series.max())) + 1, np.bool_)
        wanted[series] = True
        found = rows.taken(inside & wanted[rows.series])
        return found.taken(order_of(found))

    def ordered(self) -> HotRows:
        """Return all rows sorted by series and time, the last written of each identity."""
        order = order_of(self.rows)
        return HotRows(self.rows.taken(order), self.seq[order])


class Newest(NamedTuple):
    """The newest row of each series that has any, as positions in the rows."""

    series: Ints
    position: NDArray[np.intp]


def no_hot_rows() -> HotRows:
    """Return nothing."""
    return HotRows(no_rows(), np.empty(0, np.int64))


def newest_of(rows: Rows) -> Newest:
    """Return the newest reading of each series; of readings at one time the one written last."""
    latest = np.full(int(rows.series.max(initial=0)) + 1, -1, np.int64)
    np.maximum.at(latest, rows.series, rows.time_ns)
    position = np.full(len(latest), -1, np.intp)
    hits = np.flatnonzero(rows.time_ns == latest[rows.series])
    position[rows.series[hits]] = hits  # the last assignment holds
    series = np.flatnonzero(position >= 0)
    return Newest(series, position[series])


def keep_lot(writer: sqlite3.Connection, seq: int, rows: Rows) -> None:
    """Add a lot to the file; ``rows`` are sorted."""
    marked = rows.quality.any() or rows.reason.any()
    writer.execute(
        _INSERT,
        (
            seq,
            len(rows),
            int(rows.time_ns.min()),
            int(rows.time_ns.max()),
            rows.series.tobytes(),
            rows.time_ns.tobytes(),
            rows.value.tobytes(),
            rows.quality.tobytes() + rows.reason.tobytes() if marked else None,
        ),
    )


def _lot(size: int, series: bytes, times: bytes, readings: bytes, marks: bytes | None) -> Rows:
    try:
        rows = Rows(
            np.frombuffer(series, np.uint32),
            np.frombuffer(times, np.int64),
            np.frombuffer(readings, np.float64),
            np.zeros(size, np.uint8) if marks is None else np.frombuffer(marks, np.uint8, size),
            np.zeros(size, np.uint16) if marks is None else np.frombuffer(marks[size:], np.uint16),
        )
    except ValueError as error:
        raise PayloadError(f"a batch cannot be read: {error}") from error
    if {len(rows.series), len(rows.time_ns), len(rows.value), len(rows.reason)} != {size}:
        raise PayloadError("a batch has columns of different length")
    return rows


class HotCache:
    """The lots of one file in memory, so that each is read once. Safe for several threads with a snapshot each."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._first = self._last = 0
        self._size = 0
        self._hot = no_hot_rows()

    def view(self, reader: sqlite3.Connection) -> HotRows:
        """Return the lots that the reader's snapshot holds."""
        first, last = reader.execute(_BOUNDS).fetchone()
        if first is None:
            return no_hot_rows()
        with self._lock:
            if self._size and first < self._first:
                return _loaded(reader, first - 1, last)  # a snapshot from before a sealing that is known already
            if not self._size or first > self._first:
                self._restart(first)
            if last > self._last:
                self._add(_loaded(reader, self._last, last))
                self._last = last
            seq = self._hot.seq[: self._size]
            size = self._size if last == self._last else int(np.searchsorted(seq, last, "right"))
            return HotRows(self._hot.rows.taken(slice(0, size)), self._hot.seq[:size])

    def _restart(self, first: int) -> None:
        begin = int(np.searchsorted(self._hot.seq[: self._size], first))
        kept = slice(begin, self._size)
        self._hot = HotRows(self._hot.rows.taken(kept), self._hot.seq[kept])
        self._size -= begin
        self._first = first
        self._last = max(self._last, first - 1)

    def _add(self, more: HotRows) -> None:
        size = self._size + len(more.rows)
        if size > len(self._hot.seq):
            spare = np.zeros(size * _GROWTH - self._size, np.intp)
            kept = HotRows(self._hot.rows.taken(slice(0, self._size)), self._hot.seq[: self._size])
            # Views that were handed out keep the old arrays; only what lies behind them is ever written.
            self._hot = HotRows(
                joined([kept.rows, _blank(len(spare))]), np.concatenate([kept.seq, np.zeros(len(spare), np.int64)])
            )
        place = slice(self._size, size)
        for name in Rows.__struct_fields__:
            getattr(self._hot.rows, name)[place] = getattr(more.rows, name)
        self._hot.seq[place] = more.seq
        self._size = size


def _blank(size: int) -> Rows:
    return Rows(
        np.zeros(size, np.uint32),
        np.zeros(size, np.int64),
        np.zeros(size),
        np.zeros(size, np.uint8),
        np.zeros(size, np.uint16),
    )


def _loaded(reader: sqlite3.Connection, after: int, last: int) -> HotRows:
    lots = reader.execute(_AFTER, (after, last)).fetchall()
    rows = joined([_lot(*lot[1:]) for lot in lots])
    seq = np.repeat(np.array([lot[0] for lot in lots], np.int64), [lot[1] for lot in lots])
    return HotRows(rows, seq)


def hours_of(hot: HotRows) -> tuple[Ints, Ints, Ints, Ints]:
    """Return which hours got readings: series, first hour, hour after the last, newest lot; sorted by series and hour.

    ``hot`` is sorted by series and time. Neighbouring hours of one lot are one entry.
    """
    hour = hot.rows.time_ns // NS_PER_HOUR
    begins, _ends = stretches(hot.rows.series, hour)
    if not len(begins):
        empty = np.empty(0, np.int64)
        return empty, empty, empty, empty
    seq = np.maximum.reduceat(hot.seq, begins)
    series, hours = hot.rows.series[begins].astype(np.int64), hour[begins]
    run = hours - np.arange(len(hours))
    begins, ends = stretches(series, seq, run)
    return series[begins], hours[begins], hours[ends - 1] + 1, seq[begins]
