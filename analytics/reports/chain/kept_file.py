"""The file of finer digests beside the ledger: for each day what its newest link was made of.

A link names the hash of what is kept, so that nothing here can be altered unseen. Without the file nothing is lost but
where a later change lies.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.chain.digest import Cell, SeriesMarks
from greendc.noted_file import NOTES, NotedFile, put_note
from greendc.sqlite_file import Schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE = "chain.sqlite"
SCHEMA = Schema(
    version=1,
    statements=(
        """CREATE TABLE days (
            start_ns INTEGER NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (start_ns, hash)
        )""",
        "CREATE TABLE rosters (hash TEXT PRIMARY KEY, names BLOB NOT NULL)",
        NOTES,
    ),
)
_CURSOR, _FIRST = "cursor", "first_ns"


class _Body(msgspec.Struct, frozen=True, array_like=True):
    """A day without the names, which many days have in common."""

    roster: str
    cells: bytes


class KeptFile:
    """What is kept of each day, and up to where arrivals were looked at."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, making it when it is new.

        Raises:
            StoreError: it cannot be used; see `greendc.sqlite_file.sorted_errors`.
        """
        self._file = NotedFile(path, SCHEMA, read_only=read_only)

    def keep(self, start_ns: int, marks: Sequence[SeriesMarks]) -> str:
        """Keep the digests of a day beside those that are kept of it, and return their hash."""
        roster, names = _packed_names(marks)
        body = msgspec.msgpack.encode(_Body(roster, msgspec.msgpack.encode([(m.day, m.hours) for m in marks])))
        found = hashlib.sha256(body).hexdigest()
        with self._file.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO rosters VALUES (?, ?)", (roster, names))
            connection.execute("INSERT OR REPLACE INTO days VALUES (?, ?, ?)", (start_ns, found, body))
        return found

    def keep_only(self, start_ns: int, wanted: str) -> None:
        """Let go of what else is kept of a day."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM days WHERE start_ns = ? AND hash <> ?", (start_ns, wanted))

    def marks(self, start_ns: int, wanted: str) -> list[SeriesMarks] | None:
        """Return the digests of a day whose hash is the wanted one, or None where they are not kept."""
        for (body,) in self._file.rows("SELECT body FROM days WHERE start_ns = ? AND hash = ?", start_ns, wanted):
            if hashlib.sha256(body).hexdigest() != wanted:
                continue
            known = msgspec.msgpack.decode(body, type=_Body)
            for (names,) in self._file.rows("SELECT names FROM rosters WHERE hash = ?", known.roster):
                if hashlib.sha256(names).hexdigest() == known.roster:
                    return _joined(names, known.cells)
        return None

    @property
    def cursor(self) -> str:
        """Return up to where arrivals were looked at, and all that they asked for was done."""
        return self._file.note(_CURSOR)

    @property
    def first_ns(self) -> int | None:
        """Return the start of the first hour with a reading, as far as arrivals were looked at."""
        text = self._file.note(_FIRST)
        return int(text) if text else None

    def note(self, cursor: str, first_ns: int | None) -> None:
        """Keep up to where arrivals were looked at."""
        with self._file.writing() as connection:
            put_note(connection, _CURSOR, cursor)
            put_note(connection, _FIRST, "" if first_ns is None else str(first_ns))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _packed_names(marks: Sequence[SeriesMarks]) -> tuple[str, bytes]:
    names = zlib.compress(msgspec.msgpack.encode([one.name for one in marks]), 6)
    return hashlib.sha256(names).hexdigest(), names


def _joined(names: bytes, cells: bytes) -> list[SeriesMarks]:
    known = msgspec.msgpack.decode(zlib.decompress(names), type=list[tuple[str, str, str]])
    found = msgspec.msgpack.Decoder(list[tuple[Cell, dict[int, Cell] | None]]).decode(cells)
    return [SeriesMarks(name, day, hours) for name, (day, hours) in zip(known, found, strict=True)]
