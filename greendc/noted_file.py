"""A SQLite file that threads share, with single values beside its tables: cursors, and what the file is about."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from greendc.sqlite_file import connect, sorted_errors, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from greendc.sqlite_file import Schema

NOTES = "CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
"""Stands among the statements of the file's schema."""


class NotedFile:
    """One open file; every method raises what `greendc.sqlite_file.sorted_errors` does."""

    def __init__(self, path: Path, schema: Schema, *, read_only: bool = False) -> None:
        """Open the file, making it when it is new."""
        self._path = path
        self._lock = threading.Lock()
        self._connection = connect(path, schema, read_only=read_only)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change the file: all that is done within is kept, or nothing."""
        with self._lock, sorted_errors(self._path), transaction(self._connection):
            yield self._connection

    def rows(self, query: str, *params: str | int) -> list[Any]:
        """Return the rows of a query."""
        with self._lock, sorted_errors(self._path):
            return self._connection.execute(query, params).fetchall()

    def note(self, name: str) -> str:
        """Return a single value, empty where there is none."""
        rows = self.rows("SELECT value FROM notes WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def put_note(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Keep a single value, within `NotedFile.writing`."""
    connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))
