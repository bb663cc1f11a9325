"""The file of daily pieces: a cache in SQLite that can be thrown away, and what arrived late for which day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from analytics.figures.day_curves import DayPieces
from greendc.noted_file import NOTES, NotedFile, put_note
from greendc.sqlite_file import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FILE = "figures.sqlite"
SCHEMA = Schema(
    version=1,
    statements=(
        """CREATE TABLE days (
            day INTEGER PRIMARY KEY, made_ns INTEGER NOT NULL, series TEXT NOT NULL, ragged TEXT NOT NULL,
            body BLOB NOT NULL
        )""",
        "CREATE TABLE late (day INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL)",
        NOTES,
    ),
)
_ABOUT, _CURSOR = "about", "cursor"


class MadeDay(msgspec.Struct, frozen=True, kw_only=True):
    """When a day was made, the hash of the names of its series, and the registers of which not all was known then."""

    made_ns: int
    series: str
    ragged: frozenset[str]


class DayFile:
    """What is kept by day, for one site and one set of profiles: ``about`` names them, another one begins anew."""

    def __init__(self, path: Path, about: str) -> None:
        """Open or make the file.

        Raises:
            StoreError: the file cannot be used; see `greendc.sqlite_file.sorted_errors`.
        """
        self._file = NotedFile(path, SCHEMA)
        if self._file.note(_ABOUT) != about:
            with self._file.writing() as connection:
                connection.execute("DELETE FROM days")
                put_note(connection, _ABOUT, about)

    def made(self) -> dict[dt.date, MadeDay]:
        """Return which days are kept."""
        rows = self._file.rows("SELECT day, made_ns, series, ragged FROM days")
        labels = msgspec.json.Decoder(frozenset[str])
        return {
            dt.date.fromordinal(day): MadeDay(made_ns=made_ns, series=series, ragged=labels.decode(ragged))
            for day, made_ns, series, ragged in rows
        }

    def days(self, first: dt.date, after: dt.date) -> list[DayPieces]:
        """Return the days of [first, after) that are kept, in order."""
        query = "SELECT body FROM days WHERE day >= ? AND day < ? ORDER BY day"
        decoder = msgspec.msgpack.Decoder(DayPieces)
        return [decoder.decode(body) for (body,) in self._file.rows(query, first.toordinal(), after.toordinal())]

    def keep(self, days: Mapping[dt.date, DayPieces], series: str, now_ns: int) -> None:
        """Keep days, in place of what was kept of them; ``series`` is the hash of the names of all that was read."""
        rows = [
            (day.toordinal(), now_ns, series, _text(one.ragged()), msgspec.msgpack.encode(one))
            for day, one in days.items()
        ]
        with self._file.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?, ?)", rows)

    def late(self) -> dict[dt.date, int]:
        """Return when data last arrived for days that were over by then."""
        return {dt.date.fromordinal(day): at_ns for day, at_ns in self._file.rows("SELECT day, at_ns FROM late")}

    @property
    def cursor(self) -> str:
        """Return up to where arrivals were looked at."""
        return self._file.note(_CURSOR)

    def note_arrivals(self, cursor: str, late: Iterable[dt.date], at_ns: int) -> None:
        """Keep the cursor together with the days that got late data."""
        rows = [(day.toordinal(), at_ns) for day in late]
        with self._file.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO late VALUES (?, ?)", rows)
            put_note(connection, _CURSOR, cursor)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _text(labels: Iterable[str]) -> str:
    return msgspec.json.encode(sorted(labels)).decode()
