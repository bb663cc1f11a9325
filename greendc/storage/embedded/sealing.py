"""Turning sorted readings into chunks, over whatever chunks there are already."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from greendc.storage.embedded.chunks import Chunk, Opener, TimesCache, pack_marks, pack_times, pack_values
from greendc.storage.embedded.rows import Rows, in_order, joined
from greendc.storage.embedded.schema import NS_PER_DAY, day_bounds
from greendc.storage.steps import stretches

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_ADD_TIMES = "INSERT INTO times (id, day, uses, packed) VALUES (?, ?, ?, ?)"
_USE_TIMES = "UPDATE times SET uses = uses + ? WHERE id = ?"
_DROP_TIMES = "DELETE FROM times WHERE id = ? AND uses <= 0"
_ADD_CHUNK = """INSERT INTO chunks
    (series, day, first_ns, last_ns, rows, known, widest_ns, times, readings, marks)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_ADD_DIRTY = "INSERT OR IGNORE INTO dirty (series, day) VALUES (?, ?)"
_STORED = "UPDATE series SET stored = stored + ? WHERE id = ?"
_NEWEST = """UPDATE series SET newest_ns = ?1, newest_value = ?2, newest_quality = ?3, newest_reason = ?4
    WHERE id = ?5 AND coalesce(newest_ns, -1) <= ?1"""

_ChunkRow = tuple[int, int, int, int, int, int, int, int, bytes, bytes | None]


class Sealer:
    """Writes chunks within one transaction; `finish` writes what was gathered."""

    def __init__(self, writer: sqlite3.Connection, times: TimesCache, newest_ns: dict[int, int]) -> None:
        """Write with ``writer``; ``newest_ns`` is the newest sealed time of each series, as far as there is any."""
        self._writer = writer
        self._opener = Opener(writer, times)
        self._newest_ns = newest_ns
        self._next_times = 1 + int(writer.execute("SELECT coalesce(max(id), 0) FROM times").fetchone()[0])
        self._times: dict[tuple[int, bytes], int] = {}
        self._uses: Counter[int] = Counter()
        self._packed: list[tuple[int, int, int, bytes]] = []
        self._chunks: list[_ChunkRow] = []
        self._stored: Counter[int] = Counter()

    def seal(self, rows: Rows) -> None:
        """Add readings, sorted by series and time; they replace sealed ones of the same identity."""
        days = rows.time_ns // NS_PER_DAY
        begins, ends = stretches(rows.series, days)
        series, day = rows.series[begins].tolist(), days[begins].tolist()
        for one, at, begin, end in zip(series, day, begins.tolist(), ends.tolist(), strict=True):
            self._seal_day(one, at, rows.taken(slice(begin, end)))
        self._writer.executemany(_ADD_DIRTY, zip(series, day, strict=True))
        self._remember_newest(rows)

    def _seal_day(self, series: int, day: int, rows: Rows) -> None:
        first_ns, last_ns = int(rows.time_ns[0]), int(rows.time_ns[-1])
        if self._newest_ns.get(series, -1) >= first_ns:
            met = [
                chunk
                for chunk in self._opener.find(series, *day_bounds(day))
                if chunk.first_ns <= last_ns and chunk.last_ns >= first_ns
            ]
            if met:
                rows = in_order(joined([*(self._opener.open(series, chunk) for chunk in met), rows]))
                self.drop(series, met)
        self.add(series, day, rows)

    def drop(self, series: int, chunks: Sequence[Chunk]) -> None:
        """Take chunks away."""
        self._writer.executemany("DELETE FROM chunks WHERE id = ?", [(chunk.id,) for chunk in chunks])
        for chunk in chunks:
            self._uses[chunk.times] -= 1
            self._stored[series] -= chunk.rows

    def add(self, series: int, day: int, rows: Rows) -> None:
        """Add one chunk of one series and day; it overlaps no other."""
        size = len(rows)
        known = size - int(np.isnan(rows.value).sum())
        distance = int(np.diff(rows.time_ns).max(initial=0))
        times = self._times_of(day, rows)
        self._stored[series] += size
        first_ns, last_ns = int(rows.time_ns[0]), int(rows.time_ns[-1])
        values, marks = pack_values(rows), pack_marks(rows)
        self._chunks.append((series, day, first_ns, last_ns, size, known, distance, times, values, marks))

    def _times_of(self, day: int, rows: Rows) -> int:
        place = (day, rows.time_ns.tobytes())
        number = self._times.get(place)
        if number is None:
            number = self._times[place] = self._next_times
            self._next_times += 1
            self._packed.append((number, day, 0, pack_times(rows.time_ns)))
        self._uses[number] += 1
        return number

    def _remember_newest(self, rows: Rows) -> None:
        _begins, ends = stretches(rows.series)
        last = rows.taken(ends - 1)
        found = []
        for series, time_ns, value, quality, reason in zip(
            last.series.tolist(),
            last.time_ns.tolist(),
            last.value.tolist(),
            last.quality.tolist(),
            last.reason.tolist(),
            strict=True,
        ):
            # A NaN is stored as NULL by SQLite.
            found.append((time_ns, value, quality, reason, series))
            self._newest_ns[series] = max(time_ns, self._newest_ns.get(series, -1))
        self._writer.executemany(_NEWEST, found)

    def finish(self) -> None:
        """Write the gathered chunks and what follows from them."""
        self._writer.executemany(_ADD_TIMES, self._packed)
        self._writer.executemany(_ADD_CHUNK, self._chunks)
        self._writer.executemany(_USE_TIMES, [(change, number) for number, change in self._uses.items() if change])
        unused = [(number,) for number, change in self._uses.items() if change <= 0]
        self._writer.executemany(_DROP_TIMES, unused)
        self._writer.executemany(_STORED, [(change, series) for series, change in self._stored.items() if change])
