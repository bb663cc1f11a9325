"""What can still be read of a damaged spool file."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import msgspec

from greendc.clock import iso
from greendc.model import Quality, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_FAILURES = 4000
"""Reads that may fail before the rest of a file is given up: some fifty damaged pages."""

_READINGS = """SELECT r.seq, s.site, s.device, s.part, s.quantity, r.time_ns, r.value, r.quality, r.reason
    FROM readings r JOIN series s ON s.id = r.series WHERE r.seq BETWEEN ? AND ? ORDER BY r.seq"""


_WAITING = """SELECT hour_ns, count - confirmed - coalesce((
        SELECT sum(count) FROM dropped WHERE dropped.hour_ns = sampled.hour_ns
    ), 0) FROM sampled"""


class Salvaged(msgspec.Struct, frozen=True, kw_only=True):
    """What was saved of a damaged file.

    ``head`` is the highest number it is known to have given; ``waiting`` tells by hour how many readings must have been
    in it, and is empty when that cannot be read.
    """

    readings: list[Reading]
    head: int
    waiting: dict[int, int]


def set_aside(path: Path, now_ns: int) -> Path:
    """Rename a database with its log to ``<name>.corrupt-<time>`` and return the new path."""
    stamp = iso(now_ns).replace(":", "").replace("-", "")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def salvage(path: Path) -> Salvaged:
    """Read around the damage of a file. Never raises: what cannot be read is not returned."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        head = _head(connection)
        readings = list(_readings(connection, head))
        return Salvaged(
            readings=readings,
            head=head,
            waiting=dict(_rows(connection, _WAITING)),
        )
    finally:
        connection.close()


def _rows(connection: sqlite3.Connection, query: str) -> list[Any]:
    try:
        return connection.execute(query).fetchall()
    except sqlite3.DatabaseError:
        return []


def _head(connection: sqlite3.Connection) -> int:
    heads: list[tuple[int | None]] = [
        *_rows(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'readings'"),
        *_rows(connection, "SELECT max(seq) FROM readings"),
    ]
    return max((seq for (seq,) in heads if isinstance(seq, int)), default=0)


def _readings(connection: sqlite3.Connection, head: int) -> Iterator[Reading]:
    """Read ranges of numbers, halving each that cannot be read whole until only the damaged rows are left out."""
    failures = 0
    ranges = [(1, head)] if head else []
    while ranges and failures < MAX_FAILURES:
        first, last = ranges.pop()
        try:
            rows = connection.execute(_READINGS, (first, last)).fetchall()
        except sqlite3.DatabaseError:
            failures += 1
            if first < last:
                middle = (first + last) // 2
                ranges += [(middle + 1, last), (first, middle)]
            continue
        for row in rows:
            yield from _reading(row)


def _reading(row: tuple[int, str, str, str, str, int, float | None, int, str]) -> Iterator[Reading]:
    _seq, site, device, part, quantity, time_ns, value, quality, reason = row
    try:
        yield msgspec.convert(
            {
                "time_ns": time_ns,
                "site": site,
                "device": device,
                "part": part,
                "quantity": quantity,
                "value": value,
                "quality": Quality(quality),
                "reason": reason,
            },
            Reading,
        )
    except ValueError:
        # A damaged page can hold anything; only what is still a well-formed reading is worth keeping.
        return
