"""What became of every numbered sample that reached the writer, and what the nodes say of their spools.

A receipt is committed after the store has kept the reading (or the quarantine file has) and before anybody is told. The
first receipt of a number counts; later ones are duplicates. Numbers are kept as ranges: a day of a node is a few rows.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

import msgspec

from greendc import spans, wire
from greendc.clock import hour_of
from greendc.sqlite_file import Schema, connect, snapshot, sorted_errors, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from greendc.spans import Span

STORED = "stored"
QUARANTINED = "quarantined"

SCHEMA = Schema(
    version=1,
    statements=(
        """CREATE TABLE receipts (
            node TEXT NOT NULL, epoch TEXT NOT NULL, hour_ns INTEGER NOT NULL, kind TEXT NOT NULL,
            first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (node, epoch, hour_ns, kind, first)
        ) WITHOUT ROWID""",
        "CREATE TABLE devices (node TEXT NOT NULL, device TEXT NOT NULL, PRIMARY KEY (node, device)) WITHOUT ROWID",
        """CREATE TABLE reports (
            node TEXT NOT NULL, epoch TEXT NOT NULL, hour_ns INTEGER NOT NULL,
            time_ns INTEGER NOT NULL, head INTEGER NOT NULL, hour BLOB NOT NULL, PRIMARY KEY (node, epoch, hour_ns)
        ) WITHOUT ROWID""",
    ),
)


class Outcome(msgspec.Struct, frozen=True):
    """What became of one sample. ``device`` is empty when it is not known."""

    seq: int
    time_ns: int
    device: str
    kind: str


class HourReceipts(msgspec.Struct, frozen=True, kw_only=True):
    """All receipts of one hour of one epoch."""

    node: str
    epoch: str
    hour_ns: int
    stored: list[tuple[int, int]]
    quarantined: list[tuple[int, int]]


class KnownHour(msgspec.Struct, frozen=True, kw_only=True):
    """The last report of one hour of one epoch; ``head`` was the highest number given when it was made."""

    node: str
    epoch: str
    time_ns: int
    head: int
    hour: wire.HourReport


class Receipts:
    """The receipts of one data directory; the writer writes, anybody reads."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, making it when it is new.

        Raises:
            StoreError: as `greendc.sqlite_file.connect`.
        """
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection = connect(path, SCHEMA, read_only=read_only)
        self._covered: dict[tuple[str, str], list[Span]] = {}
        self._devices: set[tuple[str, str]] = set()

    @classmethod
    def existing(cls, path: Path) -> Self | None:
        """Open the receipts of another process for reading; None while there are none.

        Raises:
            StoreError: the file cannot be read.
        """
        if not path.exists():
            return None
        receipts = cls(path, read_only=True)
        # The writer makes the file first and its tables a moment later.
        with sorted_errors(path):
            made = receipts._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'reports'").fetchone()
        if made is None:
            receipts.close()
            return None
        return receipts

    def record(self, node: str, epoch: str, outcomes: Iterable[Outcome]) -> None:
        """Commit what became of samples; a number that has a receipt keeps it.

        Raises:
            StoreAway: nothing was recorded; record the same again.
        """
        groups: dict[tuple[int, str], list[int]] = {}
        devices: set[str] = set()
        for outcome in outcomes:
            groups.setdefault((hour_of(outcome.time_ns), outcome.kind), []).append(outcome.seq)
            if outcome.device:
                devices.add(outcome.device)
        self.record_ranges(node, epoch, {key: spans.of_numbers(numbers) for key, numbers in groups.items()}, devices)

    def record_ranges(
        self, node: str, epoch: str, ranges: Mapping[tuple[int, str], Sequence[Span]], devices: Iterable[str]
    ) -> None:
        """As `record`, for ranges of numbers by UTC hour and kind, and the devices that they are readings of.

        Raises:
            StoreAway: nothing was recorded; record the same again.
        """
        brought = {(node, device) for device in devices}
        with self._lock, sorted_errors(self.path):
            covered = self.covered(node, epoch)
            with transaction(self._connection):
                for (hour_ns, kind), numbers in sorted(ranges.items()):
                    fresh = spans.without(numbers, covered)
                    covered = spans.merged([*covered, *fresh])
                    for span in fresh:
                        self._add(node, epoch, hour_ns, kind, span)
                self._connection.executemany("INSERT OR IGNORE INTO devices VALUES (?, ?)", brought - self._devices)
            self._devices |= brought
            self._covered[node, epoch] = covered

    def _add(self, node: str, epoch: str, hour_ns: int, kind: str, span: Span) -> None:
        """Add a range, joined with the ranges that touch it."""
        touching = (node, epoch, hour_ns, kind, span[1] + 1, span[0] - 1)
        gone = self._connection.execute(
            """DELETE FROM receipts WHERE node = ? AND epoch = ? AND hour_ns = ? AND kind = ?
            AND first <= ? AND last >= ? RETURNING first, last""",
            touching,
        ).fetchall()
        joined = spans.merged([span, *gone])
        self._connection.executemany(
            "INSERT INTO receipts VALUES (?, ?, ?, ?, ?, ?)", [(node, epoch, hour_ns, kind, *one) for one in joined]
        )

    def covered(self, node: str, epoch: str) -> list[Span]:
        """Return the numbers of an epoch that have a receipt."""
        with self._lock, sorted_errors(self.path):
            found = self._covered.get((node, epoch))
            if found is None:
                rows = self._connection.execute(
                    "SELECT first, last FROM receipts WHERE node = ? AND epoch = ?", (node, epoch)
                )
                found = self._covered[node, epoch] = spans.merged(rows.fetchall())
            return found

    def epochs(self) -> dict[str, str]:
        """Return the epoch that each node last reported; a node that has never reported is not in it."""
        with self._lock, sorted_errors(self.path):
            rows = self._connection.execute("SELECT node, epoch FROM reports ORDER BY time_ns").fetchall()
        return dict(rows)

    def keep_report(self, report: wire.NodeReport) -> None:
        """Keep what a node says of its hours; a report made before the kept one changes nothing.

        Age is told by ``head``, which only rises, because a node's clock may step back.

        Raises:
            StoreAway: nothing was kept.
        """
        rows = [
            (report.node, report.epoch, hour.hour_ns, report.time_ns, report.head, msgspec.msgpack.encode(hour))
            for hour in report.hours
        ]
        with self._lock, sorted_errors(self.path), transaction(self._connection):
            self._connection.executemany(
                """INSERT INTO reports VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (node, epoch, hour_ns) DO UPDATE
                SET time_ns = excluded.time_ns, head = excluded.head, hour = excluded.hour
                WHERE excluded.head >= head""",
                rows,
            )

    def snapshot(self, since_ns: int = 0) -> tuple[list[HourReceipts], list[KnownHour]]:
        """Return all receipts and reports of hours that begin at ``since_ns`` or later, as one consistent state."""
        with self._lock, sorted_errors(self.path), snapshot(self._connection):
            ranges = self._connection.execute(
                """SELECT node, epoch, hour_ns, kind, first, last FROM receipts WHERE hour_ns >= ?
                ORDER BY node, epoch, hour_ns, first""",
                (since_ns,),
            ).fetchall()
            reports = self._connection.execute(
                "SELECT node, epoch, time_ns, head, hour FROM reports WHERE hour_ns >= ?", (since_ns,)
            ).fetchall()
        hours: dict[tuple[str, str, int], HourReceipts] = {}
        for node, epoch, hour_ns, kind, first, last in ranges:
            key = (node, epoch, hour_ns)
            if key not in hours:
                hours[key] = HourReceipts(node=node, epoch=epoch, hour_ns=hour_ns, stored=[], quarantined=[])
            (hours[key].stored if kind == STORED else hours[key].quarantined).append((first, last))
        known = [
            KnownHour(
                node=node,
                epoch=epoch,
                time_ns=time_ns,
                head=head,
                hour=msgspec.msgpack.decode(hour, type=wire.HourReport),
            )
            for node, epoch, time_ns, head, hour in reports
        ]
        return list(hours.values()), known

    def devices(self) -> dict[str, list[str]]:
        """Return the devices whose readings each node has brought."""
        with self._lock, sorted_errors(self.path):
            rows = self._connection.execute("SELECT node, device FROM devices ORDER BY node, device").fetchall()
        found: dict[str, list[str]] = {}
        for node, device in rows:
            found.setdefault(node, []).append(device)
        return found

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def ack_of(epoch: str, covered: Sequence[Span], settled: Sequence[Span] = ()) -> wire.Ack:
    """Return the acknowledgement that says ``covered``.

    When it has too many ranges, ``settled`` (what has just been settled) goes in first, then the newest ones.
    """
    upto = covered[0][1] if covered and covered[0][0] <= 1 else 0
    also = list(covered[1:] if upto else covered)
    if len(also) > wire.MAX_RANGES:
        new = [span for span in settled if span[1] > upto][: wire.MAX_RANGES]
        also = spans.merged([*new, *also[len(also) - (wire.MAX_RANGES - len(new)) :]])
    return wire.Ack(epoch, upto, also)
