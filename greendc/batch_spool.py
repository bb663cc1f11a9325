"""The durable queue of readings in columns, between what makes history and the store: backfills and imports.

It keeps the same account as `greendc.spool.Spool`, hour by hour, and drops nothing: a writer that is too fast is told
so and tries again. Readings are numbered by lot, in the order of their UTC hours, so that an hour is one range.
"""

from __future__ import annotations

import uuid
import zlib
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc import columns
from greendc.clock import NS_PER_HOUR, SystemClock
from greendc.errors import PayloadError, StoreAway
from greendc.spool import HourTally, Spool
from greendc.spool_file import SpoolFile, owner_of
from greendc.spool_salvage import set_aside
from greendc.sqlite_file import Schema, is_sound, snapshot, sorted_errors, transaction
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from greendc.model import Batch

MAX_BYTES = 256 * 1024 * 1024
"""Packed readings that may wait: some hundred million."""

SUFFIX = ".lots.sqlite"
"""How the name of a batch spool's file ends."""

SCHEMA = Schema(
    version=1,
    statements=(
        """CREATE TABLE spool (
            id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, site TEXT NOT NULL, node TEXT NOT NULL,
            head INTEGER NOT NULL, depth INTEGER NOT NULL, bytes INTEGER NOT NULL
        )""",
        """CREATE TABLE lots (
            first INTEGER PRIMARY KEY, count INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL
        )""",
        """CREATE TABLE lot_hours (
            first INTEGER NOT NULL, hour_ns INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (first, hour_ns)
        ) WITHOUT ROWID""",
        "CREATE TABLE sampled (hour_ns INTEGER PRIMARY KEY, count INTEGER NOT NULL)",
        "CREATE TABLE marks (mark TEXT PRIMARY KEY) WITHOUT ROWID",
    ),
)

_ADD_SAMPLED = """INSERT INTO sampled (hour_ns, count) VALUES (?, ?)
    ON CONFLICT (hour_ns) DO UPDATE SET count = count + excluded.count"""
_WAITING = "SELECT first, hour_ns, count FROM lot_hours ORDER BY first, hour_ns"


class HourSpan(msgspec.Struct, frozen=True):
    """The numbers of one UTC hour within a lot: ``first`` to ``last``, both included."""

    hour_ns: int
    first: int
    last: int


class PackedLot(msgspec.Struct, frozen=True, kw_only=True):
    """Waiting readings that were written together; the lowest of their numbers names the lot."""

    first: int
    count: int
    crc: int
    data: bytes
    hours: list[HourSpan]

    def batch(self) -> Batch:
        """Return the readings.

        Raises:
            PayloadError: the data has been damaged.
        """
        if zlib.crc32(self.data) != self.crc:
            raise PayloadError(f"the lot {self.first} is damaged")
        return columns.unpack(self.data)


def numbers_of(batch: Batch, first: int) -> NDArray[np.int64]:
    """Return the number of each row of a lot: counted from ``first`` in the order of hours, then of rows."""
    order = np.argsort(_hours(batch), kind="stable")
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.arange(first, first + len(order))
    return numbers


class BatchSpool(SpoolFile):
    """A `BulkSink` on disk. One process writes; another may read and confirm at the same time."""

    def __init__(self, path: Path, *, site: str, node: str, max_bytes: int = MAX_BYTES) -> None:
        """Open the spool of a node, making it when it is new; a damaged file is set aside.

        Raises:
            StoreRefused: the file belongs to another node, is from a newer greendc, or cannot be opened.
            StoreAway: the file is busy or the disk is full.
        """
        self.path = path
        self.max_bytes = max_bytes
        self._mend()
        super().__init__(path, SCHEMA, site=site, node=node, found=lambda: self._found(site, node))

    @staticmethod
    def existing(path: Path) -> BatchSpool:
        """Open a spool that another process fills, whoever it belongs to. Never makes, mends or replaces a file.

        Raises:
            StoreAway: it is busy, or is being made just now.
            StoreRefused: there is no such spool, or it cannot be opened.
            StoreError: the file is damaged; its writer sets it aside when it starts.
        """
        site, node = owner_of(path, SCHEMA)
        return _AttachedSpool(path, site=site, node=node)

    def _found(self, site: str, node: str) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO spool VALUES (1, ?, ?, ?, 0, 0, 0)", (str(uuid.uuid4()), site, node)
        )

    def _mend(self) -> None:
        if self.path.exists() and self.path.stat().st_size:
            with sorted_errors(self.path):
                if not is_sound(self.path):
                    # What waits here can be made or imported again: nothing is read out of the ruins.
                    set_aside(self.path, SystemClock().now_ns())

    def write_batch(self, batch: Batch, *, mark: str = "") -> None:
        """Keep a batch; it is on disk on return. A batch whose ``mark`` was kept before is not kept again.

        Raises:
            StoreAway: too much waits, the disk is full or the file is busy; nothing was kept, try again later.
        """
        if not len(batch):
            return
        data = columns.pack(batch)
        hours, counts = np.unique(_hours(batch), return_counts=True)
        with self._open(), transaction(self._connection):
            if mark and not self._connection.execute("INSERT OR IGNORE INTO marks VALUES (?)", (mark,)).rowcount:
                return
            head, waiting = self._connection.execute("SELECT head, bytes FROM spool").fetchone()
            if waiting and waiting + len(data) > self.max_bytes:
                raise StoreAway(t("storage.spool.full", file=str(self.path)), retry_after_s=1.0)
            tallied = [(int(hour) * NS_PER_HOUR, int(count)) for hour, count in zip(hours, counts, strict=True)]
            first = head + 1
            self._connection.execute(
                "INSERT INTO lots VALUES (?, ?, ?, ?)", (first, len(batch), zlib.crc32(data), data)
            )
            self._connection.executemany("INSERT INTO lot_hours VALUES (?, ?, ?)", [(first, *one) for one in tallied])
            self._connection.executemany(_ADD_SAMPLED, tallied)
            self._connection.execute(
                "UPDATE spool SET head = head + :rows, depth = depth + :rows, bytes = bytes + :bytes",
                {"rows": len(batch), "bytes": len(data)},
            )

    def holds(self, mark: str) -> bool:
        """Tell whether a batch with this mark was ever kept."""
        with self._open():
            return self._connection.execute("SELECT 1 FROM marks WHERE mark = ?", (mark,)).fetchone() is not None

    def oldest(self) -> PackedLot | None:
        """Return the lot that was written first of those that wait."""
        with self._open(), snapshot(self._connection):
            row = self._connection.execute("SELECT first, count, crc, data FROM lots ORDER BY first LIMIT 1").fetchone()
            if row is None:
                return None
            first, count, crc, data = row
            hours = self._connection.execute(
                "SELECT first, hour_ns, count FROM lot_hours WHERE first = ? ORDER BY hour_ns", (first,)
            ).fetchall()
        return PackedLot(first=first, count=count, crc=crc, data=data, hours=list(_spans(hours)))

    def confirm(self, first: int) -> int:
        """Let go of the lot whose lowest number is ``first``; return how many readings left. Twice is harmless."""
        with self._open(), transaction(self._connection):
            gone = self._connection.execute(
                "DELETE FROM lots WHERE first = ? RETURNING count, length(data)", (first,)
            ).fetchall()
            if not gone:
                return 0
            ((count, size),) = gone
            self._connection.execute("DELETE FROM lot_hours WHERE first = ?", (first,))
            self._connection.execute("UPDATE spool SET depth = depth - ?, bytes = bytes - ?", (count, size))
        return int(count)

    def settled_ratio(self) -> float:
        """Return the share of all readings ever kept that do not wait any more, 0..1; 1 when there were none."""
        with self._open():
            head, depth = self._connection.execute("SELECT head, depth FROM spool").fetchone()
        return 1.0 - depth / head if head else 1.0

    def standing(self) -> tuple[int, list[HourTally]]:
        """Return the highest number ever given and what became of every hour's readings, at the same instant."""
        with self._open(), snapshot(self._connection):
            head = int(self._connection.execute("SELECT head FROM spool").fetchone()[0])
            sampled = self._connection.execute("SELECT hour_ns, count FROM sampled ORDER BY hour_ns").fetchall()
            waiting = self._connection.execute(_WAITING).fetchall()
        tallies = {hour: HourTally(hour_ns=hour, sampled=count, dropped={}, waiting=[]) for hour, count in sampled}
        for _first, hours in groupby(waiting, key=lambda row: row[0]):
            for span in _spans(hours):
                tallies[span.hour_ns].waiting.append((span.first, span.last))
        return head, list(tallies.values())


class _AttachedSpool(BatchSpool):
    """A spool that another process owns: only its owner may set a damaged file aside."""

    def _mend(self) -> None:
        return None


def _hours(batch: Batch) -> NDArray[np.int64]:
    hours: NDArray[np.int64] = np.frombuffer(batch.time_ns, dtype=np.int64) // NS_PER_HOUR
    return hours


def _spans(hours: Iterator[tuple[int, int, int]] | list[tuple[int, int, int]]) -> Iterator[HourSpan]:
    """Return the numbers of each hour of one lot: rows of its first number, hour and count, in the order of hours."""
    at = 0
    for first, hour_ns, count in hours:
        at = at or first
        yield HourSpan(hour_ns, at, at + count - 1)
        at += count


def open_spool(path: Path) -> Spool | BatchSpool:
    """Open a spool that another process fills: of single readings, or of batches.

    Raises:
        StoreError: it cannot be opened now; see `greendc.spool.Spool.existing`.
    """
    return BatchSpool.existing(path) if path.name.endswith(SUFFIX) else Spool.existing(path)
