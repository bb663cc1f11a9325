"""The embedded store under crashes, several processes and damage."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from greendc.errors import StoreError
from greendc.model import Reading, SeriesKey
from greendc.storage import open_store

if TYPE_CHECKING:
    from pathlib import Path

FILL = """
import sys
from pathlib import Path
from greendc.model import Reading
from greendc.storage import open_store
store = open_store("embedded", Path(sys.argv[1]))
for batch in range(int(sys.argv[2])):
    store.write([
        Reading(time_ns=batch * 10**9, site="s", device=f"d{n}", part="", quantity="active_power_w", value=float(batch))
        for n in range(50)
    ])
    print(batch, flush=True)
"""

LIGHT = """
import sys
from pathlib import Path
from greendc.model import Reading
from greendc.storage import open_store
store = open_store("embedded", Path(sys.argv[1]))
store.write([Reading(time_ns=1, site="s", device="d", part="", quantity="active_power_w", value=1.0)])
assert store.count("s") == 1
heavy = {"pandas", "pyarrow", "influxdb_client"} & set(sys.modules)
sys.exit(", ".join(heavy) or None)
"""


def test_writing_loads_nothing_heavy(tmp_path: Path) -> None:
    """A process that only stores readings needs neither Arrow nor pandas."""
    subprocess.run([sys.executable, "-c", LIGHT, str(tmp_path)], check=True, timeout=30)


@pytest.mark.parametrize("kill_after", [1, 12, 40])
def test_a_killed_writer_keeps_every_acknowledged_batch(tmp_path: Path, kill_after: int) -> None:
    """After kill -9 the file is sound, acknowledged batches are whole, and the counts are exact."""
    child = subprocess.Popen([sys.executable, "-c", FILL, str(tmp_path), "100000"], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _batch in range(kill_after)]
    child.kill()
    told += [int(line) for line in child.stdout.read().split("\n")[:-1]]
    child.stdout.close()
    child.wait()
    connection = sqlite3.connect(tmp_path / "store" / "readings.sqlite")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    store = open_store("embedded", tmp_path)
    batches = Counter(store.raw(store.series("s"), 0, 10**18)["value"].to_pylist())
    assert {float(batch) for batch in told} <= set(batches)
    assert set(batches.values()) == {50}
    assert store.count("s") == batches.total()
    store.close()


def test_readers_see_whole_batches_while_another_process_writes(tmp_path: Path) -> None:
    """A reader opened before there is a file finds it empty, then sees batches arrive whole and never fewer."""
    reader = open_store("embedded", tmp_path, read_only=True)
    assert reader.count("s") == 0
    child = subprocess.Popen([sys.executable, "-c", FILL, str(tmp_path), "100"], stdout=subprocess.DEVNULL)
    counts = [0]
    while child.poll() is None:
        counts.append(reader.count("s", start_ns=0, end_ns=10**18))
        latest = {row.time_ns for row in reader.latest(reader.series("s")).values()}
        assert len(latest) <= 1
    assert child.returncode == 0
    assert counts == sorted(counts)
    assert all(count % 50 == 0 for count in counts)
    assert reader.count("s") == 5000
    reader.close()


def test_a_file_of_garbage_is_named(tmp_path: Path) -> None:
    """A damaged store is said in a sentence that names the file, by writers and by readers."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "readings.sqlite").write_bytes(b"\xa5" * 20_000)
    with pytest.raises(StoreError, match=r"readings\.sqlite"):
        open_store("embedded", tmp_path)
    reader = open_store("embedded", tmp_path, read_only=True)
    with pytest.raises(StoreError, match=r"readings\.sqlite"):
        reader.count("s")
    reader.close()


def test_a_damaged_page_is_named_when_it_is_read(tmp_path: Path) -> None:
    """Damage that is found in the middle of a query is told like any other."""
    store = open_store("embedded", tmp_path)
    rows = [
        Reading(time_ns=n, site="s", device="d", part="", quantity="active_power_w", value=1.0) for n in range(20_000)
    ]
    store.write(rows)
    store.close()
    path = tmp_path / "store" / "readings.sqlite"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 4096)
    reader = open_store("embedded", tmp_path, read_only=True)
    with pytest.raises(StoreError, match=r"readings\.sqlite"):
        reader.raw([SeriesKey("s", "d", "", "active_power_w")], 0, 10**18)
    reader.close()
