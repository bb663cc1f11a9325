"""The writing side of the embedded store. One process writes; what `EmbeddedStore.write` returned from is on disk."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.errors import StoreAway, StoreRefused
from greendc.sqlite_file import BUSY_TIMEOUT_S, connect, transaction
from greendc.storage.admission import MAX_TIME_NS, admits_series, admitted, refuse, write_each
from greendc.storage.embedded.arrivals import keep_arrivals
from greendc.storage.embedded.lots import HotRows, keep_lot
from greendc.storage.embedded.migration import WRITTEN
from greendc.storage.embedded.reads import EmbeddedHistory
from greendc.storage.embedded.retiring import RAW_FROM, cutoff_day, retire
from greendc.storage.embedded.rolling import Roller
from greendc.storage.embedded.rows import Rows, in_order
from greendc.storage.embedded.schema import NS_PER_DAY
from greendc.storage.embedded.sealing import Sealer
from greendc.storage.retention import FOREVER, RAW
from greendc.storage.steps import stretches
from greendc.texts import t

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from greendc.model import Batch, Reading, SeriesKey
    from greendc.storage.retention import Retention

log = logging.getLogger("greendc.store")

ROLL_AT_ONCE = 256
LOG_WAIT_MS = 500
MAX_REASONS = 2**16


class Upkeep(msgspec.Struct, frozen=True):
    """When the writer does what.

    ``seal_rows`` readings or ``seal_lots`` batches may wait to be sealed: readers look through all of them. A batch is
    history, and sealed at once, when it has ``history_rows`` readings, and ``history_stretch`` of a series and day on
    average. Rollups that are due hold a write up for ``roll_for_s`` each ``roll_every_s``; when more than
    ``roll_backlog`` days of series are due, until there are fewer. The write-ahead log is started anew beyond
    ``log_bytes``, when readers that follow each other have kept SQLite from doing so.
    """

    seal_rows: int = 1_000_000
    seal_lots: int = 2000
    history_rows: int = 20_000
    history_stretch: int = 32
    roll_every_s: float = 2.0
    roll_for_s: float = 0.25
    roll_backlog: int = 20_000
    log_bytes: int = 64 * 1024 * 1024


USUAL = Upkeep()


class EmbeddedStore(EmbeddedHistory):
    """Implements `greendc.contracts.Store` in one SQLite file."""

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        retention: Retention = FOREVER,
        upkeep: Upkeep = USUAL,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Open the store, making it when it is new. A read-only store whose file does not exist yet is empty.

        Raises:
            StoreError: the file cannot be used; see `greendc.sqlite_file.sorted_errors`.
        """
        super().__init__(path)
        self._retention = retention
        self._upkeep = upkeep
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._version = -1
        self._newest_ns: dict[int, int] = {}
        self._reason_ids: dict[str, int] = {}
        self._seq = self._hot_rows = self._lots = self._raw_from_ns = 0
        self._hot_from_ns = self._hot_to_ns = 0
        self._rolled_s = -upkeep.roll_every_s
        self._retired_before = -1
        self._writer = None if read_only else connect(path, WRITTEN)

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings; they are on disk on return. As `greendc.contracts.Sink.write`."""
        write_each(self.write_batch, readings)

    def write_batch(self, batch: Batch) -> None:
        """Keep a batch in one transaction. As `greendc.contracts.BulkSink.write_batch`."""
        with self._lock, self.sorted_errors():
            writer = self._writing()
            try:
                with transaction(writer):
                    self._look_around(writer)
                    rows, refused = self._admitted(writer, batch)
                    if self._is_history(rows):
                        self._seal_history(writer, rows)
                    elif len(rows):
                        self._keep(writer, rows)
            except BaseException:
                self._version = -1  # what was remembered of the transaction went with it
                self._ids.clear()
                raise
            self._care(writer)
        refuse(refused)

    def compact(self) -> None:
        """Seal and roll up everything there is, retire what is too old, and give free room back to the disk."""
        with self._lock, self.sorted_errors():
            writer = self._writing()
            with transaction(writer):
                self._look_around(writer)
                self._seal_hot(writer)
            while self._roll(writer, MAX_TIME_NS // NS_PER_DAY + 1):
                pass
            self._retire(writer)
            writer.execute("VACUUM")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the file. No other call may be under way."""
        if self._writer is not None:
            self._writer.close()
        super().close()

    def _writing(self) -> sqlite3.Connection:
        if self._writer is None:
            raise StoreRefused(t("storage.access.read_only"))
        return self._writer

    def _look_around(self, writer: sqlite3.Connection) -> None:
        """Take note of what the file holds, at first and whenever another connection has written."""
        version = writer.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return
        self._newest_ns.clear()
        self._newest_ns.update(writer.execute("SELECT id, newest_ns FROM series WHERE newest_ns IS NOT NULL"))
        self._reason_ids = {row[1]: row[0] for row in writer.execute("SELECT id, reason FROM reasons")}
        self._count_lots(writer)
        sealed = writer.execute("SELECT coalesce(max(seq), 0) FROM arrivals").fetchone()[0]
        hot = writer.execute("SELECT coalesce(max(seq), 0) FROM lots").fetchone()[0]
        self._seq = max(sealed, hot)
        row = writer.execute("SELECT value FROM meta WHERE name = ?", (RAW_FROM,)).fetchone()
        self._raw_from_ns = 0 if row is None else row[0]
        self._version = version

    def _count_lots(self, writer: sqlite3.Connection) -> None:
        bounds = (
            "SELECT count(*), coalesce(sum(rows), 0), coalesce(min(low_ns), 0), coalesce(max(high_ns), -1) FROM lots"
        )
        self._lots, self._hot_rows, self._hot_from_ns, self._hot_to_ns = writer.execute(bounds).fetchone()

    def _admitted(self, writer: sqlite3.Connection, batch: Batch) -> tuple[Rows, list[int]]:
        """Return what can be kept of a batch, sorted, the last of each identity, and the positions of the rest."""
        series = np.array([self._id(writer, key) for key in batch.series], np.int64)[
            np.frombuffer(batch.index, np.uint32)
        ]
        time_ns = np.frombuffer(batch.time_ns, np.int64)
        value = np.frombuffer(batch.value, np.float64)
        quality = np.frombuffer(batch.quality, np.uint8)
        reasons = np.array([self._reason_id(writer, reason) for reason in batch.reasons], np.int64)
        reason = reasons[np.frombuffer(batch.reason, np.uint16)]
        bad = ~admitted(batch, self._raw_from_ns) | (series < 0) | (reason < 0)
        rows = Rows(series.astype(np.uint32), time_ns, value, quality, reason.astype(np.uint16))
        if not bad.any():
            return in_order(rows), []
        return in_order(rows.taken(~bad)), np.flatnonzero(bad).tolist()

    def _id(self, writer: sqlite3.Connection, key: SeriesKey) -> int:
        """Return the number of a series, giving one when it is new; -1 when the series cannot be kept."""
        found = self._ids.get(key)
        if found is not None:
            return found
        if not admits_series(key):
            return -1
        if (known := self._find(writer, key)) is not None:
            return known
        names = (key.site, key.device, key.part, key.quantity)
        number = writer.execute(
            "INSERT INTO series (site, device, part, quantity) VALUES (?, ?, ?, ?)", names
        ).lastrowid
        self._ids[key] = number or -1
        return self._ids[key]

    def _reason_id(self, writer: sqlite3.Connection, reason: str) -> int:
        """Return the number of a reason, giving one when it is new; -1 when there are too many."""
        found = self._reason_ids.get(reason)
        if found is None:
            found = len(self._reason_ids)
            if found >= MAX_REASONS:
                return -1
            writer.execute("INSERT INTO reasons (id, reason) VALUES (?, ?)", (found, reason))
            self._reason_ids[reason] = found
        return found

    def _is_history(self, rows: Rows) -> bool:
        if not len(rows) or len(rows) < self._upkeep.history_rows:
            return False
        begins, _ends = stretches(rows.series, rows.time_ns // NS_PER_DAY)
        return len(rows) >= self._upkeep.history_stretch * len(begins)

    def _keep(self, writer: sqlite3.Connection, rows: Rows) -> None:
        self._seq += 1
        keep_lot(writer, self._seq, rows)
        low_ns, high_ns = int(rows.time_ns.min()), int(rows.time_ns.max())
        self._hot_from_ns = min(self._hot_from_ns, low_ns) if self._lots else low_ns
        self._hot_to_ns = max(self._hot_to_ns, high_ns) if self._lots else high_ns
        self._lots += 1
        self._hot_rows += len(rows)

    def _seal_history(self, writer: sqlite3.Connection, rows: Rows) -> None:
        # What waits was written before, so it must be sealed before what replaces it.
        if self._lots and self._hot_from_ns <= rows.time_ns.max() and self._hot_to_ns >= rows.time_ns.min():
            self._seal_hot(writer)
        self._seq += 1
        self._seal(writer, HotRows(rows, np.full(len(rows), self._seq, np.int64)))

    def _seal_hot(self, writer: sqlite3.Connection) -> None:
        hot = self._hot.view(writer).ordered()
        if len(hot.rows):
            self._seal(writer, hot)
            writer.execute("DELETE FROM lots")
            self._count_lots(writer)

    def _seal(self, writer: sqlite3.Connection, hot: HotRows) -> None:
        sealer = Sealer(writer, self._times, self._newest_ns)
        sealer.seal(hot.rows)
        sealer.finish()
        keep_arrivals(writer, hot, self._now_ns())

    def _care(self, writer: sqlite3.Connection) -> None:
        """Seal, roll up and retire what is due. The write is safe already: what fails here is tried again later."""
        try:
            with self.sorted_errors():
                if self._hot_rows >= self._upkeep.seal_rows or self._lots >= self._upkeep.seal_lots:
                    with transaction(writer):
                        self._seal_hot(writer)
                if time.monotonic() - self._rolled_s >= self._upkeep.roll_every_s:
                    self._roll_due(writer)
                    self._retire(writer)
                    self._rolled_s = time.monotonic()
                self._bound_log(writer)
        except StoreAway as error:
            self._version = -1
            log.warning("the store's upkeep waits: %s", error)

    def _roll_due(self, writer: sqlite3.Connection) -> None:
        newest = max(self._newest_ns.values(), default=0)
        # A day is due when a later one has begun; a reading from the far future does not make today due.
        before = min(newest, self._now_ns()) // NS_PER_DAY
        waiting = writer.execute("SELECT count(*) FROM dirty WHERE day < ?", (before,)).fetchone()[0]
        until_s = time.monotonic() + self._upkeep.roll_for_s
        while waiting > 0 and (waiting > self._upkeep.roll_backlog or time.monotonic() < until_s):
            waiting -= self._roll(writer, before) or waiting

    def _roll(self, writer: sqlite3.Connection, before_day: int) -> int:
        with transaction(writer):
            return self._roller(writer).roll(before_day, ROLL_AT_ONCE)

    def _roller(self, writer: sqlite3.Connection) -> Roller:
        raw, minute = self._retention.raw, self._retention.minute
        return Roller(writer, self._times, always_minutes=bool(raw) and (not minute or minute > raw))

    def _retire(self, writer: sqlite3.Connection) -> None:
        now_ns = self._now_ns()
        if self._retention == FOREVER or self._retired_before == now_ns // NS_PER_DAY:
            return
        with transaction(writer):
            retire(writer, self._roller(writer), self._retention, now_ns)
        first = cutoff_day(self._retention, RAW, now_ns)
        self._raw_from_ns = max(self._raw_from_ns, (first or 0) * NS_PER_DAY)
        self._retired_before = now_ns // NS_PER_DAY

    def _bound_log(self, writer: sqlite3.Connection) -> None:
        """Start the write-ahead log anew when it is too long; this waits for readers, no reader waits for it."""
        log_file = self.path.with_name(f"{self.path.name}-wal")
        if log_file.exists() and log_file.stat().st_size > self._upkeep.log_bytes:
            writer.execute(f"PRAGMA busy_timeout = {LOG_WAIT_MS}")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # says so when it was in vain; the next write tries again
            writer.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")
