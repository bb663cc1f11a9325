"""``greendc simulate`` as a person meets it: a past with its truth, and refusals in one sentence with exit code 2."""

from __future__ import annotations

import csv
import itertools
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from greendc.cli import app
from greendc.clock import SystemClock
from greendc.status import IngestStatus, SimulateStatus, read_status, write_status
from greendc.storage import open_store
from greendc.storage.writer_lock import writer_lock
from simulators.runs.site_state import only_simulation

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = """schema = 1
name = "warm"
[[events]]
kind = "supply_air"
target = "all"
at = "30m"
duration = "60m"
severity = 2.0
"""


def command(folder: Path, *words: str) -> list[str]:
    """Return the command line."""
    return [sys.executable, "-m", "greendc", "simulate", *words, "--data", str(folder)]


def environ() -> dict[str, str]:
    """Return an environment in which no setting of this machine counts."""
    return {key: value for key, value in os.environ.items() if not key.startswith("GREENDC_")} | {"GREENDC_LANG": "en"}


def simulate(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        command(folder, *words), env=environ(), capture_output=True, text=True, timeout=60, check=False
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_past_with_a_scenario(tmp_path: Path) -> None:
    """A past is written and the command ends well: readings in the store, the truth, and what the events did."""
    (tmp_path / "warm.toml").write_text(SCENARIO, "utf-8")
    truth, folder = tmp_path / "truth.csv", tmp_path / "data"
    done = simulate(
        folder, "room", "--backfill", "4h", "--truth", str(truth), "--scenario", str(tmp_path / "warm.toml")
    )
    assert done.returncode == 0, done.stderr
    assert "readings of" in done.stdout
    assert str(truth) in done.stdout
    assert (folder / "site.toml").exists()
    store = open_store("embedded", folder, read_only=True)
    assert store.count("kunming-demo") > 20_000
    store.close()
    assert len(rows_of(truth)) == 240
    events = rows_of(tmp_path / "truth.events.csv")
    assert [row["kind"] for row in events] == ["supply_air", "all"]
    assert float(events[0]["energy_impact_kwh"]) != 0.0
    assert events[0]["first_visible"]


def test_killed_and_run_again(tmp_path: Path) -> None:
    """A past that is killed half-way is whole after the same command has run again."""
    killed = subprocess.Popen(
        command(tmp_path, "room", "--backfill", "2d"),
        env=environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "store" / "readings.sqlite").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    done = simulate(tmp_path, "room", "--backfill", "2d", "--truth", str(tmp_path / "t.parquet"))
    assert done.returncode == 0, done.stderr
    store = open_store("embedded", tmp_path, read_only=True)
    key = next(
        key for key in store.series("kunming-demo", device="meter-main", quantity="active_energy_j") if not key.part
    )
    rows = store.raw([key], 0, SystemClock().now_ns())
    store.close()
    values = [value or 0.0 for value in rows.column("value").to_pylist()]
    assert 2 * 1440 - 20 <= len(values) <= 2 * 1440 + 5
    assert all(later >= earlier for earlier, later in itertools.pairwise(values))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["palace", "--backfill", "1h"], "palace"),
        (["room", "--backfill", "401d"], "400d"),
        (["room", "--backfill", "soon"], "soon"),
        (["room", "--speed", "0"], "speed"),
        (["room", "--speed", "1e9"], "speed"),
        (["room", "--backfill", "1h", "--truth", "truth.xlsx"], ".parquet"),
        (["room", "--backfill", "1h", "--truth", "t.csv", "--truth-step", "7"], "7 s"),
        (["room", "--backfill", "1h", "--scenario", "no-such-week"], "no-such-week"),
        (["room", "--backfill", "1h", "--scenario", "missing.toml"], "missing.toml"),
        (["room", "--backfill", "1h", "--weather", "missing.epw"], "missing.epw"),
        (["room", "--backfill", "1h", "--store", "mysql://x"], "mysql"),
        (["room", "--backfill", "1h", "--seed", "-1"], "--seed"),
    ],
)
def test_refusals(tmp_path: Path, words: list[str], said: str) -> None:
    """What cannot be done is said in a sentence that names it; nothing has been written."""
    done = CliRunner().invoke(app, ["simulate", *words, "--data", str(tmp_path)], env={"GREENDC_LANG": "en"})
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert not list(tmp_path.iterdir())


def test_other_writers_are_left_alone(tmp_path: Path) -> None:
    """A store that another process writes, and a directory in which another simulation runs, are refused."""
    with writer_lock(tmp_path):
        done = simulate(tmp_path, "room", "--backfill", "1h")
    assert done.returncode == 2
    assert "Another process" in done.stderr
    with only_simulation(tmp_path):
        done = simulate(tmp_path, "room", "--backfill", "1h")
    assert done.returncode == 2
    assert "Another simulation" in done.stderr


def test_an_ingest_that_ends_is_said(tmp_path: Path) -> None:
    """With an ingest that runs the past goes into its queue; when it ends, the command says what still waits."""
    write_status(tmp_path, "ingest", IngestStatus(time_ns=SystemClock().now_ns() - 5 * 10**9))
    with writer_lock(tmp_path):
        done = simulate(tmp_path, "room", "--backfill", "1h")
    assert done.returncode == 1
    assert "wait" in done.stderr
    assert (tmp_path / "spool" / "backfill.lots.sqlite").exists()


@pytest.mark.timeout(60)
def test_a_live_run_stops_when_asked(tmp_path: Path) -> None:
    """A live run answers at once, fills in its past, and ends well on SIGTERM."""
    live = subprocess.Popen(
        command(tmp_path, "room", "--speed", "1", "--backfill", "2h"), env=environ(), stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 40
    ratio = 0.0
    while ratio < 1.0 and live.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
        status = read_status(tmp_path, "simulate", SimulateStatus)
        ratio = status.queued_ratio if status is not None and status.ready else 0.0
    live.send_signal(signal.SIGTERM)
    _out, err = live.communicate(timeout=20)
    assert ratio == 1.0, err
    assert live.returncode == 0, err
