"""Sealed readings: the chunks of one series and UTC day, as they stand in the file."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from greendc.columns import pack_floats, pack_ints, unpack_floats, unpack_ints
from greendc.errors import PayloadError
from greendc.sqlite_file import MAX_INTEGER
from greendc.storage.embedded.rows import Rows
from greendc.storage.embedded.schema import NS_PER_DAY

if TYPE_CHECKING:
    import sqlite3

    from greendc.storage.steps import Ints

_FACTS = "id, first_ns, last_ns, rows, known, widest_ns, times"
_WHERE = "FROM chunks WHERE series = ? AND day BETWEEN ? AND ? AND last_ns >= ? AND first_ns < ? ORDER BY first_ns"
_FIND = f"SELECT {_FACTS} {_WHERE}"
_OPEN = f"SELECT {_FACTS}, readings, marks {_WHERE}"
_OPEN_ONE = "SELECT readings, marks FROM chunks WHERE id = ?"
_MARK_SHIFT = 8
CACHED_TIMES = 512


class Chunk(NamedTuple):
    """What the index says of a chunk. ``widest_ns`` is the longest distance between neighbours."""

    id: int
    first_ns: int
    last_ns: int
    rows: int
    known: int
    widest_ns: int
    times: int


class TimesCache:
    """Columns of times by their numbers in the file, the last used ones. Safe for several threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._found: OrderedDict[int, Ints] = OrderedDict()

    def get(self, reader: sqlite3.Connection, number: int) -> Ints:
        """Return a column of times.

        Raises:
            PayloadError: the file has no such column, or it is damaged.
        """
        with self._lock:
            found = self._found.get(number)
            if found is not None:
                self._found.move_to_end(number)
                return found
        row = reader.execute("SELECT packed FROM times WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise PayloadError(f"the times {number} are missing")
        found = unpack_ints(row[0])
        with self._lock:
            self._found[number] = found
            if len(self._found) > CACHED_TIMES:
                self._found.popitem(last=False)
        return found


class Opener:
    """Reads chunks through one connection."""

    def __init__(self, reader: sqlite3.Connection, times: TimesCache) -> None:
        """Read with ``reader``; times are looked up in ``times`` first."""
        self._reader = reader
        self._times = times

    def find(self, series: int, start_ns: int, end_ns: int) -> list[Chunk]:
        """Return the chunks of a series that reach into [start_ns, end_ns), in the order of time."""
        if start_ns >= end_ns:
            return []
        found = self._reader.execute(_FIND, _window(series, start_ns, end_ns))
        return [Chunk(*row) for row in found]

    def open(self, series: int, chunk: Chunk) -> Rows:
        """Return the readings of a chunk."""
        row = self._reader.execute(_OPEN_ONE, (chunk.id,)).fetchone()
        return self._rows(series, chunk, row[0], row[1])

    def times(self, chunk: Chunk) -> Ints:
        """Return the times of a chunk's readings."""
        return self._times.get(self._reader, chunk.times)

    def window(self, series: int, start_ns: int, end_ns: int) -> list[Rows]:
        """Return the sealed readings of a series in [start_ns, end_ns), in pieces, in the order of time."""
        if start_ns >= end_ns:
            return []
        parts: list[Rows] = []
        for *facts, readings, marks in self._reader.execute(_OPEN, _window(series, start_ns, end_ns)).fetchall():
            chunk = Chunk(*facts)
            rows = self._rows(series, chunk, readings, marks)
            inside = start_ns <= chunk.first_ns and chunk.last_ns < end_ns
            parts.append(rows if inside else rows.between(start_ns, end_ns))
        return parts

    def _rows(self, series: int, chunk: Chunk, readings: bytes, marks: bytes | None) -> Rows:
        size = chunk.rows
        value = unpack_floats(readings)
        mark = np.zeros(size, np.int64) if marks is None else unpack_ints(marks)
        times = self.times(chunk)
        if {len(value), len(times), len(mark)} != {size}:
            raise PayloadError("a chunk has columns of different length")
        quality, reason = mark.astype(np.uint8), (mark >> _MARK_SHIFT).astype(np.uint16)
        return Rows(np.full(size, series, np.uint32), times, value, quality, reason)


def pack_marks(rows: Rows) -> bytes | None:
    """Return quality and reason of readings as bytes, None when all are good."""
    if not (rows.quality.any() or rows.reason.any()):
        return None
    return pack_ints(rows.reason.astype(np.int64) << _MARK_SHIFT | rows.quality)


def pack_values(rows: Rows) -> bytes:
    """Return the values of readings as bytes."""
    return pack_floats(rows.value)


def pack_times(times: Ints) -> bytes:
    """Return times as bytes."""
    return pack_ints(times)


def _window(series: int, start_ns: int, end_ns: int) -> tuple[int, int, int, int, int]:
    # The last day of time ends beyond what SQLite counts.
    return series, start_ns // NS_PER_DAY, (end_ns - 1) // NS_PER_DAY, start_ns, min(end_ns, MAX_INTEGER)
