"""The durable queue between what reads devices and what stores readings.

A reading is safe once `Spool.write` has returned, and leaves the file only when the store's confirmation names it, or
when the spool is full, which is counted. Per UTC hour of reading time: ``sampled = waiting + confirmed + dropped``.
"""

from __future__ import annotations

import logging
import math
import uuid
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from greendc import spool_statements as statements
from greendc.clock import SystemClock, hour_of
from greendc.model import Quality, Reading, SeriesKey
from greendc.spool_file import SpoolFile, owner_of
from greendc.spool_salvage import salvage, set_aside
from greendc.sqlite_file import is_sound, snapshot, sorted_errors, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from greendc.clock import Clock
    from greendc.model import Batch
    from greendc.spool_salvage import Salvaged

log = logging.getLogger("greendc.spool")

MAX_ROWS = 2_000_000
"""About 120 MB; five days of 50 readings each 10 s."""

FULL = "spool_full"
"""The reason under which readings are counted that were dropped because the spool was full."""

DAMAGED = "spool_damaged"
"""The reason under which readings are counted that were waiting in a damaged file and could not be read any more."""

Row: TypeAlias = tuple[SeriesKey, int, float | None, int, str]


class SpoolRow(msgspec.Struct, frozen=True):
    """A waiting reading and the number under which it is confirmed."""

    seq: int
    reading: Reading


class HourTally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the readings of one UTC hour. ``waiting`` lists inclusive ranges of numbers still in the spool."""

    hour_ns: int
    sampled: int
    dropped: dict[str, int]
    waiting: list[tuple[int, int]]

    @property
    def depth(self) -> int:
        """Return how many readings of the hour still wait."""
        return sum(last - first + 1 for first, last in self.waiting)


class Spool(SpoolFile):
    """A `Sink` and `BulkSink` on disk. One process writes; another may read and confirm at the same time."""

    def __init__(
        self, path: Path, *, site: str, node: str, clock: Clock | None = None, max_rows: int = MAX_ROWS
    ) -> None:
        """Open the spool of a node, making it when it is new.

        A damaged file is set aside, and what can be read of it is carried over into a new one.

        Raises:
            StoreRefused: the file belongs to another node, is from a newer greendc, or cannot be opened.
            StoreAway: the file is busy or the disk is full.
        """
        self.path = path
        self.max_rows = max_rows
        self._clock = clock or SystemClock()
        self._series: dict[SeriesKey, int] = {}
        saved = self._rescue()
        super().__init__(path, statements.SCHEMA, site=site, node=node, found=lambda: self._found(site, node, saved))

    @staticmethod
    def existing(path: Path) -> Spool:
        """Open a spool that another process fills, whoever it belongs to. Never makes, mends or replaces a file.

        Raises:
            StoreAway: it is busy, or is being made just now.
            StoreRefused: there is no such spool, or it cannot be opened.
            StoreError: the file is damaged; its writer sets it aside when it starts.
        """
        site, node = owner_of(path, statements.SCHEMA)
        return _AttachedSpool(path, site=site, node=node)

    def _rescue(self) -> Salvaged | None:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return None
        with sorted_errors(self.path):
            if is_sound(self.path):
                return None
        aside = set_aside(self.path, self._clock.now_ns())
        saved = salvage(aside)
        log.error(
            "spool %s was damaged: set aside as %s, %d readings saved", self.path, aside.name, len(saved.readings)
        )
        return saved

    def _found(self, site: str, node: str, saved: Salvaged | None) -> None:
        made = self._connection.execute(
            "INSERT OR IGNORE INTO spool (id, epoch, site, node, depth) VALUES (1, ?, ?, ?, 0)",
            (str(uuid.uuid4()), site, node),
        )
        if saved is None or made.rowcount != 1:
            return
        # The new epoch answers for all that waited in the old file, also for what was lost with it.
        self._connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('readings', ?)", (saved.head,))
        self._append([_row(reading) for reading in saved.readings])
        found = Counter(hour_of(reading.time_ns) for reading in saved.readings)
        lost = {hour: count - found[hour] for hour, count in saved.waiting.items() if count > found[hour]}
        self._connection.executemany(statements.ADD_SAMPLED, list(lost.items()))
        self._connection.executemany(statements.ADD_DROPPED, [(hour, DAMAGED, count) for hour, count in lost.items()])

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings; they are on disk on return.

        Raises:
            StoreAway: the disk is full or the file is busy; none of them was kept.
        """
        self._write([_row(reading) for reading in readings])

    def write_batch(self, batch: Batch) -> None:
        """As `write`, for readings in columns."""
        self._write(list(_batch_rows(batch)))

    def _write(self, rows: list[Row]) -> None:
        if not rows:
            return
        with self._open():
            try:
                with transaction(self._connection):
                    self._append(rows)
            except BaseException:
                self._series.clear()  # numbers given inside the transaction went with it
                raise

    def _append(self, rows: Sequence[Row]) -> None:
        self._connection.executemany(
            statements.ADD_READING,
            [(self._series_id(key), time_ns, value, quality, reason) for key, time_ns, value, quality, reason in rows],
        )
        hours = Counter(hour_of(row[1]) for row in rows)
        self._connection.executemany(statements.ADD_SAMPLED, list(hours.items()))
        self._deepen(len(rows))
        self._drop_oldest()

    def _series_id(self, key: SeriesKey) -> int:
        found = self._series.get(key)
        if found is None:
            names = (key.site, key.device, key.part, key.quantity)
            self._connection.execute(
                "INSERT OR IGNORE INTO series (site, device, part, quantity) VALUES (?, ?, ?, ?)", names
            )
            row = self._connection.execute(
                "SELECT id FROM series WHERE (site, device, part, quantity) = (?, ?, ?, ?)", names
            ).fetchone()
            found = self._series[key] = int(row[0])
        return found

    def _deepen(self, rows: int) -> None:
        self._connection.execute("UPDATE spool SET depth = depth + ?", (rows,))

    def _drop_oldest(self) -> None:
        excess = self._depth() - self.max_rows
        if excess <= 0:
            return
        gone = self._connection.execute(
            "DELETE FROM readings WHERE seq IN (SELECT seq FROM readings ORDER BY seq LIMIT ?) RETURNING time_ns",
            (excess,),
        ).fetchall()
        hours = Counter(hour_of(time_ns) for (time_ns,) in gone)
        self._connection.executemany(statements.ADD_DROPPED, [(hour, FULL, count) for hour, count in hours.items()])
        self._deepen(-len(gone))
        log.warning("spool %s is full: dropped the oldest %d readings", self.path, len(gone))

    def pending(
        self, limit: int, *, after_seq: int = 0, before_seq: int | None = None, newest_first: bool = False
    ) -> list[SpoolRow]:
        """Return up to ``limit`` waiting readings with ``after_seq < seq < before_seq``, oldest first by default."""
        before = before_seq if before_seq is not None else 2**63 - 1
        query = statements.PENDING.format(order="DESC" if newest_first else "ASC")
        with self._open():
            rows = self._connection.execute(query, {"after": after_seq, "before": before, "limit": limit}).fetchall()
        return [
            SpoolRow(
                seq,
                Reading(
                    time_ns=time_ns,
                    site=site,
                    device=device,
                    part=part,
                    quantity=quantity,
                    value=value,
                    quality=Quality(quality),
                    reason=reason,
                ),
            )
            for seq, site, device, part, quantity, time_ns, value, quality, reason in rows
        ]

    def confirm(self, epoch: str, upto: int, also: Sequence[tuple[int, int]] = ()) -> int:
        """Let go of what the store holds: numbers up to ``upto`` and within the inclusive ranges of ``also``.

        A confirmation of another epoch, or of numbers that were never given, is ignored. Confirming twice is harmless.

        Returns:
            How many readings left the spool.
        """
        with self._open():
            highest = max([upto, *(last for _first, last in also)])
            if epoch != self.epoch or highest > self.head():
                log.warning("spool %s: ignored a confirmation of epoch %s up to %d", self.path, epoch, highest)
                return 0
            with transaction(self._connection):
                gone = [
                    time_ns
                    for span in [(0, upto), *also]
                    for (time_ns,) in self._connection.execute(statements.LET_GO, span).fetchall()
                ]
                hours = Counter(hour_of(time_ns) for time_ns in gone)
                self._connection.executemany(statements.ADD_CONFIRMED, [(count, hour) for hour, count in hours.items()])
                self._deepen(-len(gone))
        return len(gone)

    def head(self) -> int:
        """Return the highest number ever given, 0 when none was."""
        with self._open():
            row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'readings'").fetchone()
        return 0 if row is None else int(row[0])

    def tally(self) -> list[HourTally]:
        """Return what became of every hour's readings, oldest hour first, as one consistent state."""
        return self.standing()[1]

    def standing(self) -> tuple[int, list[HourTally]]:
        """Return `head` and `tally` as they are at one and the same instant, however fast the writer is."""
        with self._open(), snapshot(self._connection):
            head = self.head()
            sampled = self._connection.execute("SELECT hour_ns, count FROM sampled ORDER BY hour_ns").fetchall()
            dropped = self._connection.execute("SELECT hour_ns, reason, count FROM dropped ORDER BY reason").fetchall()
            waiting = self._connection.execute(statements.WAITING).fetchall()
        tallies = {
            hour_ns: HourTally(hour_ns=hour_ns, sampled=count, dropped={}, waiting=[]) for hour_ns, count in sampled
        }
        for hour_ns, reason, number in dropped:
            tallies[hour_ns].dropped[reason] = number
        for hour_ns, first, last in waiting:
            tallies[hour_ns].waiting.append((first, last))
        return head, list(tallies.values())


class _AttachedSpool(Spool):
    """A spool that another process owns: only its owner may set a damaged file aside."""

    def _rescue(self) -> None:
        return None


def _row(reading: Reading) -> Row:
    return reading.key, reading.time_ns, reading.value, int(reading.quality), reading.reason


def _batch_rows(batch: Batch) -> Iterable[Row]:
    for position, time_ns, value, quality, reason in zip(
        batch.index, batch.time_ns, batch.value, batch.quality, batch.reason, strict=True
    ):
        known = None if math.isnan(value) else value
        yield batch.series[position], time_ns, known, quality, batch.reasons[reason]
