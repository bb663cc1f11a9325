"""The embedded store under crashes, full disks, damage, busy readers, old files and what it cannot keep."""

from __future__ import annotations

import math
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from greendc.errors import PointsRefused, StoreAway, StoreError, StoreRefused
from greendc.model import Batch, Quality, Reading, SeriesKey
from greendc.storage import open_store
from greendc.storage.embedded import EmbeddedStore
from greendc.storage.embedded.store import Upkeep
from greendc.storage.retention import Retention

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 10**9
HOUR = 3600 * SECOND
DAY = 24 * HOUR
T0 = 1_700_006_400 * SECOND
EAGER = Upkeep(seal_lots=3, roll_every_s=0.0)

FILL = """
import sys
from pathlib import Path
from greendc.model import Reading
from greendc.storage.embedded import EmbeddedStore
from greendc.storage.embedded.store import Upkeep
store = EmbeddedStore(Path(sys.argv[1]), upkeep=Upkeep(seal_lots=3, roll_every_s=0.0))
for batch in range(100000):
    store.write([
        Reading(time_ns=(batch % 7 * 86400 + batch) * 10**9, site="s", device=f"d{n}", part="",
                quantity="active_power_w", value=float(batch))
        for n in range(20)
    ])
    print(batch, flush=True)
"""

OLD = (
    """CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL, device TEXT NOT NULL, part TEXT NOT NULL, quantity TEXT NOT NULL,
        UNIQUE (site, device, part, quantity)
    )""",
    """CREATE TABLE readings (
        series INTEGER NOT NULL, time_ns INTEGER NOT NULL, value REAL, quality INTEGER NOT NULL, reason TEXT,
        PRIMARY KEY (series, time_ns)
    ) WITHOUT ROWID""",
    """CREATE TABLE hours (
        series INTEGER NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (series, hour)
    ) WITHOUT ROWID""",
    "PRAGMA user_version = 1",
    "PRAGMA journal_mode = WAL",
)


def reading(
    time_ns: int, value: float | None = 1.0, device: str = "meter", quantity: str = "active_power_w"
) -> Reading:
    """Return a good reading, or a bad one without a value."""
    return Reading(
        time_ns=time_ns,
        site="s",
        device=device,
        part="",
        quantity=quantity,
        value=value,
        quality=Quality.BAD if value is None else Quality.GOOD,
        reason="no_answer" if value is None else "",
    )


def stretch(rows: int, first_ns: int = T0, step_ns: int = SECOND, device: str = "meter") -> Batch:
    """Return readings of one series in columns."""
    batch = Batch()
    batch.position(SeriesKey("s", device, "", "active_power_w"))
    batch.index.frombytes(bytes(4 * rows))
    batch.time_ns.frombytes((first_ns + np.arange(rows) * step_ns).tobytes())
    batch.value.frombytes(np.random.default_rng(rows).random(rows).tobytes())
    batch.quality.frombytes(bytes(rows))
    batch.reason.frombytes(bytes(2 * rows))
    return batch


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_writer_killed_while_sealing_loses_nothing(tmp_path: Path, seed: int) -> None:
    """After kill -9 between batches, seals and rollups, all that was acknowledged is there once, and sound."""
    path = tmp_path / "readings.sqlite"
    child = subprocess.Popen([sys.executable, "-c", FILL, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _batch in range(5)]
    time.sleep(random.Random(seed).uniform(0.0, 0.7))
    child.kill()
    told += [int(line) for line in child.stdout.read().split("\n")[:-1]]
    child.stdout.close()
    child.wait()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    store = EmbeddedStore(path, upkeep=EAGER)
    for _time in ("as it was left", "compacted"):
        found = Counter(store.raw(store.series("s"), 0, 2**62)["value"].to_pylist())
        assert set(told) <= set(found)
        assert set(found.values()) == {20}
        assert store.count("s") == found.total()
        steps = store.aggregated(store.series("s"), 0, 20 * DAY, HOUR)
        assert int(np.sum(steps["count"])) == found.total()
        store.compact()
    store.close()


def test_a_full_disk_is_away_and_loses_nothing(tmp_path: Path) -> None:
    """When the file cannot grow the writer is told to wait; what was kept stays, and the same write succeeds later."""
    store = EmbeddedStore(tmp_path / "readings.sqlite", upkeep=Upkeep(seal_lots=5, roll_every_s=0.0))
    assert store._writer is not None
    batches = [stretch(4000, T0 + number * DAY) for number in range(40)]
    store.write_batch(batches[0])
    pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
    store._writer.execute(f"PRAGMA max_page_count = {pages + 150}")
    kept = 1

    def write_on() -> None:
        nonlocal kept
        for batch in batches[1:]:
            store.write_batch(batch)
            kept += 1

    with pytest.raises(StoreAway, match=r"readings\.sqlite"):
        write_on()
    assert kept > 3
    assert store.count("s") == kept * 4000
    store._writer.execute("PRAGMA max_page_count = 1000000")
    for batch in batches[kept:]:
        store.write_batch(batch)
    assert store.count("s") == 40 * 4000
    store.close()


def test_a_series_whose_first_write_failed_is_new_again(tmp_path: Path) -> None:
    """What a failed write would have named is forgotten with it: no other series takes its readings."""
    store = EmbeddedStore(tmp_path / "readings.sqlite")
    assert store._writer is not None
    store.write([Reading(time_ns=T0, site="s", device="old", part="", quantity="active_power_w", value=1.0)])
    pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
    store._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreAway):
        store.write_batch(stretch(4000))
    store._writer.execute("PRAGMA max_page_count = 1000000")
    store.write([Reading(time_ns=T0, site="s", device="other", part="", quantity="active_power_w", value=2.0)])
    store.write_batch(stretch(4000))
    counts = [store.count("s", device=name) for name in ("old", "other", "meter")]
    store.close()
    assert counts == [1, 1, 4000]


def test_readers_neither_block_the_writer_nor_let_the_log_grow(tmp_path: Path) -> None:
    """With readers asking all the time, writes go on and the write-ahead log stays bounded."""
    path = tmp_path / "readings.sqlite"
    store = EmbeddedStore(path, upkeep=Upkeep(seal_rows=200_000, log_bytes=4_000_000))
    store.write_batch(stretch(10_000))
    stop = threading.Event()
    faults: list[object] = []

    def ask() -> None:
        reader = EmbeddedStore(path, read_only=True)
        while not stop.is_set():
            rows = reader.count("s", start_ns=T0, end_ns=T0 + 40 * DAY)
            table = reader.raw(reader.series("s"), T0, T0 + 3000 * SECOND)
            if rows % 10_000 or table.num_rows != 3000:
                faults.append((rows, table.num_rows))
        reader.close()

    readers = [threading.Thread(target=ask) for _reader in range(3)]
    for thread in readers:
        thread.start()
    longest = largest = 0.0
    log_file = path.with_name(f"{path.name}-wal")
    for number in range(1, 150):
        began = time.monotonic()
        store.write_batch(stretch(10_000, T0 + number * 10_000 * SECOND))
        longest = max(longest, time.monotonic() - began)
        largest = max(largest, log_file.stat().st_size)
    stop.set()
    for thread in readers:
        thread.join()
    assert not faults
    assert largest < 14_000_000
    assert longest < 10
    store.close()


def test_answers_stay_whole_while_another_thread_seals(tmp_path: Path) -> None:
    """A reader sees every reading exactly once, whether it asks before, during or after a sealing."""
    path = tmp_path / "readings.sqlite"
    store = EmbeddedStore(path, upkeep=Upkeep(seal_lots=2, roll_every_s=0.0))
    reader = EmbeddedStore(path, read_only=True)
    written = [0]
    stop = threading.Event()

    def write() -> None:
        for number in range(150):
            store.write_batch(stretch(100, T0 + number * 100 * SECOND))
            written[0] = number + 1
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    key = SeriesKey("s", "meter", "", "active_power_w")
    while not stop.is_set():
        least = written[0] * 100
        rows = reader.raw([key], 0, 2**62).num_rows
        assert least <= rows <= (written[0] + 1) * 100
        assert rows % 100 == 0
        assert rows <= reader.count("s")
    writer.join()
    assert reader.count("s") == 15_000
    reader.close()
    store.close()


def test_a_damaged_chunk_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Damage inside a column, which SQLite cannot see, names the file too."""
    path = tmp_path / "readings.sqlite"
    store = EmbeddedStore(path, upkeep=Upkeep(history_rows=100))
    store.write_batch(stretch(5000))
    store.compact()
    assert store._writer is not None
    key = SeriesKey("s", "meter", "", "active_power_w")
    for query, change, step in (
        ("SELECT readings, id FROM chunks", "UPDATE chunks SET readings = ? WHERE id = ?", SECOND),
        ("SELECT packed, id FROM times", "UPDATE times SET packed = ? WHERE id = ?", SECOND),
        ("SELECT steps, id FROM rollups WHERE level = 3", "UPDATE rollups SET steps = ? WHERE id = ?", HOUR),
    ):
        whole, number = store._writer.execute(query).fetchone()
        store._writer.execute(change, (whole[:-9], number))
        fresh = EmbeddedStore(path, read_only=True)
        with pytest.raises(StoreError, match=r"readings\.sqlite"):
            fresh.aggregated([key], T0, T0 + DAY, step)
        fresh.close()
        store._writer.execute(change, (whole, number))
    assert store.raw([key], T0, T0 + DAY).num_rows == 5000
    store.close()


def test_a_file_of_schema_1_is_brought_up_to_date(tmp_path: Path) -> None:
    """Rows of the former table answer as before after a writer has opened the file; a reader alone is told to wait."""
    path = tmp_path / "store" / "readings.sqlite"
    path.parent.mkdir()
    old = sqlite3.connect(path)
    for statement in OLD:
        old.execute(statement)
    rows = [
        reading(T0 + number * HOUR, None if number % 5 == 0 else float(number), device=f"d{number % 3}")
        for number in range(200)
    ]
    for number in range(3):
        old.execute("INSERT INTO series VALUES (?, 's', ?, '', 'active_power_w')", (number + 1, f"d{number}"))
    for row in rows:
        values = (int(row.device[1:]) + 1, row.time_ns, row.value, int(row.quality), row.reason or None)
        old.execute("INSERT INTO readings VALUES (?, ?, ?, ?, ?)", values)
    old.commit()
    old.close()
    reader = open_store("embedded", tmp_path, read_only=True)
    with pytest.raises(StoreAway, match="ingest"):
        reader.count("s")
    store = open_store("embedded", tmp_path)
    for one in (store, reader):
        table = one.raw(one.series("s"), 0, 2**62).to_pylist()
        told = [Reading(site="s", **{**row, "quality": Quality(row["quality"])}) for row in table]
        assert told == sorted(rows, key=lambda row: (row.device, row.time_ns))
        assert one.count("s") == 200
        assert {row.key: row for row in rows} == one.latest(one.series("s"))
    assert store.arrived("s").windows
    store.close()
    reader.close()


def test_readings_go_after_their_rollups_are_made(tmp_path: Path) -> None:
    """Even where no write has found the time to roll a day up, it is rolled up before its readings go."""
    now = [T0]
    store = EmbeddedStore(
        tmp_path / "readings.sqlite",
        retention=Retention(raw=3, minute=5, quarter=0, hour=0),
        upkeep=Upkeep(seal_lots=1, roll_every_s=0.0, roll_for_s=0.0, history_rows=1000),
        now_ns=lambda: now[0],
    )
    key = SeriesKey("s", "meter", "", "active_power_w")
    for day in range(10):
        store.write_batch(stretch(1440, T0 + day * DAY, 60 * SECOND))
        now[0] += DAY
    assert store.raw([key], 0, T0 + 5 * DAY).num_rows == 0
    steps = store.aggregated([key], T0, T0 + 5 * DAY, 900 * SECOND)
    store.close()
    assert steps["count"].to_pylist() == [15] * 480


def test_retention_keeps_the_rollups_of_what_it_takes_away(tmp_path: Path) -> None:
    """Readings older than their days go, their quarter hours stay; what is older still is refused from then on."""
    now = [T0]
    store = EmbeddedStore(
        tmp_path / "readings.sqlite",
        retention=Retention(raw=3, minute=5, quarter=0, hour=0),
        upkeep=Upkeep(seal_lots=1, roll_every_s=0.0, history_rows=1000),
        now_ns=lambda: now[0],
    )
    key = SeriesKey("s", "meter", "", "active_power_w")
    for day in range(10):
        store.write_batch(stretch(1440, T0 + day * DAY, 60 * SECOND))
        now[0] += DAY
    store.compact()
    kept = 3 * 1440
    assert store.count("s") == store.raw([key], 0, 2**62).num_rows == kept
    steps = store.aggregated([key], T0, T0 + 10 * DAY, 900 * SECOND)
    assert steps["count"].to_pylist() == [15] * 960
    assert store.aggregated([key], T0, T0 + 10 * DAY, HOUR)["count"].to_pylist() == [60] * 240
    minutes = store.aggregated([key], T0, T0 + 10 * DAY, 60 * SECOND)
    assert minutes.num_rows == 5 * 1440
    with pytest.raises(PointsRefused):
        store.write([reading(T0 + DAY)])
    store.write([reading(T0 + 8 * DAY + 1, 5.0)])
    now[0] += 4 * DAY
    store.write([reading(now[0])])
    assert store.count("s") == 1
    assert store.aggregated([key], T0, T0 + 15 * DAY, HOUR)["count"].to_pylist().count(61) == 1
    store.close()


def test_a_question_that_is_too_large_is_refused_with_what_would_do(tmp_path: Path) -> None:
    """Ten years at one second is no answer anybody can hold: the sentence says which step is."""
    store = open_store("embedded", tmp_path)
    store.write([reading(T0)])
    key = reading(T0).key
    with pytest.raises(StoreRefused, match=r"15\.8 s|不小于 15\.8 秒"):
        store.aggregated([key], T0, T0 + 3653 * DAY, SECOND)
    assert store.aggregated([key], T0, T0 + 3653 * DAY, HOUR).num_rows == 1
    with pytest.raises(StoreRefused, match="rack 7"):
        store.arrived("s", "rack 7")
    store.close()


def test_what_cannot_be_kept_is_named_and_its_neighbours_are_kept(tmp_path: Path) -> None:
    """Infinite values, good readings without a value and counters beyond 2^53 are refused by their positions."""
    store = open_store("embedded", tmp_path)
    batch = Batch()
    for number in range(6):
        batch.append(reading(T0 + number, float(number), quantity="active_energy_j"))
    batch.value[1] = math.inf
    batch.value[2] = math.nan
    batch.value[3] = 2.0**53 + 2
    batch.value[4] = 2.0**53
    batch.append(reading(T0, 2.0**60))
    with pytest.raises(PointsRefused) as refused:
        store.write_batch(batch)
    assert refused.value.indices == (1, 2, 3)
    counted = store.raw([SeriesKey("s", "meter", "", "active_energy_j")], 0, 2**62)["value"].to_pylist()
    assert counted == [0.0, 2.0**53, 5.0]
    assert store.latest([reading(T0).key])[reading(T0).key].value == 2.0**60
    store.close()


def test_two_writers_one_after_the_other_agree(tmp_path: Path) -> None:
    """A writer takes note of what another process wrote meanwhile, numbers and all."""
    path = tmp_path / "readings.sqlite"
    one, two = (EmbeddedStore(path, upkeep=EAGER) for _store in range(2))
    for number in range(24):
        writer = (one, two)[number % 3 % 2]
        writer.write([reading(T0 + number // 2 * HOUR, float(number), device=f"d{number % 2}")])
        if number % 5 == 0:
            writer.write_batch(stretch(50, T0 + number * DAY, device="d2"))
    for store in (one, two):
        assert store.count("s") == 24 + 5 * 50
        assert [row.value for row in store.latest(store.series("s", device="d1")).values()] == [23.0]
        windows = store.arrived("s").windows
        assert {window.key.device for window in windows} == {"d0", "d1", "d2"}
        store.close()
