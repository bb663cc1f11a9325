"""The tables of the embedded store's file."""

from __future__ import annotations

from greendc.sqlite_file import MAX_INTEGER, Schema

NS_PER_DAY = 86_400 * 10**9


def day_bounds(day: int) -> tuple[int, int]:
    """Return where a UTC day begins and ends [ns]; the last one there is ends early, with the 64 bits."""
    return day * NS_PER_DAY, min((day + 1) * NS_PER_DAY, MAX_INTEGER)


SERIES = """CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL, device TEXT NOT NULL, part TEXT NOT NULL, quantity TEXT NOT NULL,
    UNIQUE (site, device, part, quantity)
)"""
"""As it was in schema 1. The columns that schema 2 adds are in `_SERIES_COLUMNS`."""

_SERIES_COLUMNS = (
    # Readings in chunks, and the newest of them.
    "ALTER TABLE series ADD COLUMN stored INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE series ADD COLUMN newest_ns INTEGER",
    "ALTER TABLE series ADD COLUMN newest_value REAL",
    "ALTER TABLE series ADD COLUMN newest_quality INTEGER",
    "ALTER TABLE series ADD COLUMN newest_reason INTEGER",
)

TABLES = (
    *_SERIES_COLUMNS,
    "CREATE TABLE reasons (id INTEGER PRIMARY KEY, reason TEXT NOT NULL UNIQUE)",
    "INSERT INTO reasons (id, reason) VALUES (0, '')",
    # What was written last, a row to a batch: columns of numbers in the machine's order, sorted by series and time.
    """CREATE TABLE lots (
        seq INTEGER PRIMARY KEY, rows INTEGER NOT NULL, low_ns INTEGER NOT NULL, high_ns INTEGER NOT NULL,
        series BLOB NOT NULL, times BLOB NOT NULL, readings BLOB NOT NULL, marks BLOB
    )""",
    # Devices give many series the same times; they are kept once.
    "CREATE TABLE times (id INTEGER PRIMARY KEY, day INTEGER NOT NULL, uses INTEGER NOT NULL, packed BLOB NOT NULL)",
    # Readings of one series and UTC day. Chunks of a series never overlap in time.
    """CREATE TABLE chunks (
        id INTEGER PRIMARY KEY, series INTEGER NOT NULL, day INTEGER NOT NULL,
        first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, rows INTEGER NOT NULL, known INTEGER NOT NULL,
        widest_ns INTEGER NOT NULL, times INTEGER NOT NULL, readings BLOB NOT NULL, marks BLOB
    )""",
    # All that is asked of a chunk without opening it, so that counting and finding never touch the readings.
    """CREATE INDEX chunks_of_series
        ON chunks (series, day, first_ns, last_ns, rows, known, widest_ns, times)""",
    # Days whose chunks are newer than their rollups.
    "CREATE TABLE dirty (series INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (series, day)) WITHOUT ROWID",
    """CREATE TABLE rollups (
        id INTEGER PRIMARY KEY, series INTEGER NOT NULL, level INTEGER NOT NULL, span INTEGER NOT NULL,
        steps BLOB NOT NULL, UNIQUE (series, level, span)
    )""",
    # Which hours of which series the sealed batches low_seq..seq brought.
    """CREATE TABLE arrivals (
        seq INTEGER PRIMARY KEY, low_seq INTEGER NOT NULL, at_ns INTEGER NOT NULL, hours BLOB NOT NULL
    )""",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
)
"""What schema 2 makes of a file that has the series table."""

SCHEMA = Schema(version=2, statements=(SERIES, *TABLES))
