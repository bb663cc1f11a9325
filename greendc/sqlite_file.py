"""SQLite files as greendc keeps them: a write-ahead log, full sync, a schema version, errors sorted by who must act.

``synchronous=FULL`` makes a commit survive a power cut, not only a crash (https://sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from greendc.errors import StoreAway, StoreError, StoreRefused
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_S = 10.0
WAL_PAGES = 1000
WAL_BYTES = 16 * 1024 * 1024
MAX_INTEGER = 2**63 - 1

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NO_TEXT = "Could not decode to UTF-8"
"""Python's word, without a code, for bytes in a column of texts that no writer of ours has put there."""
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_DENIED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH})


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of one kind of file. ``version`` stands in the file as ``PRAGMA user_version``."""

    version: int
    statements: tuple[str, ...]
    upgrade: Callable[[sqlite3.Connection, int], None] | None = None
    """Brings the tables of the older version it is given up to this one, within the transaction it is called in."""


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code of an error, without the extension in its higher bits."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return sqlite3.SQLITE_ERROR if code is None else code & 0xFF


@contextmanager
def sorted_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite raises about ``path`` into the store's errors.

    Raises:
        StoreAway: busy, or the disk is full or failing: nothing was kept, try again.
        StoreRefused: the file cannot be opened or written at all.
        StoreError: the file is damaged.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = primary_code(error)
        params = {"file": str(path), "why": str(error)}
        if code in _BUSY:
            raise StoreAway(t("storage.sqlite.busy", **params)) from error
        if code in _FULL:
            raise StoreAway(t("storage.sqlite.full", **params)) from error
        if code in _DENIED:
            raise StoreRefused(t("storage.sqlite.denied", **params)) from error
        if code in DAMAGED or _NO_TEXT in str(error):
            raise StoreError(t("storage.sqlite.corrupt", **params)) from error
        raise


def connect(path: Path, schema: Schema, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a file, making it and its tables when it is new.

    The caller guards the connection against use by two threads at once.

    Raises:
        StoreError: as `sorted_errors`; `StoreRefused` too when a newer greendc made the file.
    """
    with sorted_errors(path):
        if not read_only:
            _make_private(path)
        mode = "rw" if read_only else "rwc"
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _prepare(connection, path, schema, read_only=read_only)
        except BaseException:
            connection.close()
            raise
        return connection


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreRefused(t("storage.sqlite.denied", file=str(path), why=error.strerror or "")) from error


def _prepare(connection: sqlite3.Connection, path: Path, schema: Schema, *, read_only: bool) -> None:
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
    found = _version(connection)
    if found > schema.version:
        raise StoreRefused(t("storage.sqlite.newer", file=str(path), found=found, known=schema.version))
    if found < schema.version and not read_only:
        with transaction(connection):
            _make_tables(connection, schema)
    if read_only:
        connection.execute("PRAGMA query_only = ON")


def _make_tables(connection: sqlite3.Connection, schema: Schema) -> None:
    # Another process may have made them while this one waited for the lock.
    found = _version(connection)
    if found == schema.version:
        return
    if found and schema.upgrade is not None:
        schema.upgrade(connection, found)
    else:
        for statement in schema.statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {schema.version}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    # SQLite does not call the busy handler while two processes change the journal mode of a new file.
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if primary_code(error) not in _BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the file's write lock; commit at the end, roll everything back when something is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let several queries see one state of the file."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def is_sound(path: Path) -> bool:
    """Tell whether a file that exists passes SQLite's quick check."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        if primary_code(error) in DAMAGED:
            return False
        raise
    finally:
        connection.close()
