"""The batches that wait, as several snapshots see them through one memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.sqlite_file import connect
from greendc.storage.embedded.lots import HotCache, keep_lot, newest_of
from greendc.storage.embedded.rows import Rows, joined, order_of
from greendc.storage.embedded.schema import SCHEMA

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def lot(*readings: tuple[int, int, float]) -> Rows:
    """Return good readings of (series, time, value)."""
    series, times, values = zip(*readings, strict=True)
    size = len(readings)
    return Rows(
        np.array(series, np.uint32),
        np.array(times, np.int64),
        np.array(values),
        np.zeros(size, np.uint8),
        np.zeros(size, np.uint16),
    )


def told(cache: HotCache, reader: sqlite3.Connection) -> list[float]:
    """Return the values that a reader sees."""
    found: list[float] = cache.view(reader).rows.value.tolist()
    return found


def test_an_older_snapshot_sees_its_own_batches(tmp_path: Path) -> None:
    """Readers whose snapshots began at different times share a memory and still see what was there for each."""
    path = tmp_path / "readings.sqlite"
    writer = connect(path, SCHEMA)
    readers = [connect(path, SCHEMA, read_only=True) for _reader in range(4)]
    cache = HotCache()
    assert told(cache, readers[0]) == []
    for seq, reader in enumerate(readers[:3], start=1):
        keep_lot(writer, seq, lot((1, seq, float(seq)), (2, seq, float(-seq))))
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM lots").fetchone()
    writer.execute("DELETE FROM lots WHERE seq < 3")
    keep_lot(writer, 4, lot((1, 9, 9.0)))
    assert told(cache, readers[1]) == [1, -1, 2, -2]
    assert told(cache, readers[2]) == [1, -1, 2, -2, 3, -3]
    assert told(cache, readers[0]) == [1, -1]
    assert told(cache, readers[3]) == [3, -3, 9]
    assert told(cache, readers[0]) == [1, -1]
    assert told(cache, readers[2]) == [1, -1, 2, -2, 3, -3]
    assert told(cache, readers[3]) == [3, -3, 9]
    for connection in (writer, *readers):
        connection.close()


def test_the_last_written_is_the_newest() -> None:
    """Of readings at one time the last written counts, in the newest and in the order alike."""
    rows = joined([lot((1, 5, 1.0), (2, 5, 2.0)), lot((1, 4, 3.0), (2, 5, 4.0)), lot((7, 0, 5.0))])
    newest = newest_of(rows)
    assert newest.series.tolist() == [1, 2, 7]
    assert rows.value[newest.position].tolist() == [1.0, 4.0, 5.0]
    assert rows.taken(order_of(rows)).value.tolist() == [3.0, 1.0, 4.0, 5.0]
