"""How SQLite files are opened, and what their errors become."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from greendc.errors import StoreAway, StoreError, StoreRefused
from greendc.sqlite_file import WAL_BYTES, Schema, connect, is_sound, sorted_errors, transaction

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = Schema(version=2, statements=("CREATE TABLE numbers (n INTEGER NOT NULL)",))


def test_a_new_file_is_private_durable_and_versioned(tmp_path: Path) -> None:
    """Mode 0600, a write-ahead log, full sync, a bounded log, and the schema's version."""
    path = tmp_path / "folder" / "a.sqlite"
    connection = connect(path, SCHEMA)
    pragmas = ("journal_mode", "synchronous", "journal_size_limit", "user_version")
    assert [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas] == ["wal", 2, WAL_BYTES, 2]
    assert path.stat().st_mode & 0o777 == 0o600
    connection.close()
    assert is_sound(path)


def test_a_file_of_a_newer_greendc_is_refused(tmp_path: Path) -> None:
    """An old program does not touch a new file."""
    path = tmp_path / "a.sqlite"
    connect(path, SCHEMA).close()
    with pytest.raises(StoreRefused, match="schema 2"):
        connect(path, Schema(version=1, statements=()))


def test_a_file_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A path below a file is a mistake that a person must mend."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreRefused, match=r"file/a\.sqlite"):
        connect(tmp_path / "file" / "a.sqlite", SCHEMA)


def test_a_file_of_garbage_is_damaged(tmp_path: Path) -> None:
    """What is no database at all is said to be damaged, with its name."""
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"not a database " * 1000)
    assert not is_sound(path)
    with pytest.raises(StoreError, match=r"a\.sqlite"):
        connect(path, SCHEMA)


def test_a_text_of_no_characters_is_damage(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 in a column of texts come from a damaged page, and are said to."""
    path = tmp_path / "a.sqlite"
    connection = connect(path, SCHEMA)
    with pytest.raises(StoreError, match="damaged"), sorted_errors(path):
        connection.execute("SELECT CAST(x'FF' AS TEXT)").fetchone()
    connection.close()


def test_a_full_disk_is_a_store_that_is_away(tmp_path: Path) -> None:
    """A write that does not fit is refused whole, and the same write works once there is room."""
    path = tmp_path / "a.sqlite"
    connection = connect(path, SCHEMA)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    rows = [(n,) for n in range(20_000)]
    with pytest.raises(StoreAway, match="full"), sorted_errors(path), transaction(connection):
        connection.executemany("INSERT INTO numbers VALUES (?)", rows)
    assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (0,)
    connection.execute("PRAGMA max_page_count = 100000")
    with transaction(connection):
        connection.executemany("INSERT INTO numbers VALUES (?)", rows)
    assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (20_000,)
    connection.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """What was raised inside passes on, and nothing was written."""
    connection = connect(tmp_path / "a.sqlite", SCHEMA)
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"), transaction(connection):
        connection.executemany("INSERT INTO numbers VALUES (?)", [(1,), (None,)])
    assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (0,)
    connection.close()
