"""The command that judges the data of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from typer.testing import CliRunner

from greendc.cli import app
from greendc.errors import EXIT_CONFIG, EXIT_FINDINGS, EXIT_OK
from greendc.model import Reading
from greendc.storage import open_store
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import SITE, START
from tests.analytics.quality.quality_site import DAY, TIMES, lively, probe

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [f"env-{i}" for i in range(4)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data directory with a site of four probes, of which one was stuck on 2 March."""
    devices = "".join(
        f'[[devices]]\nname = "{name}"\nprofile = "host"\naddress = "host://"\ninterval_s = 60.0\n' for name in NAMES
    )
    (tmp_path / "site.toml").write_text(f'schema = 1\n[site]\nname = "{SITE}"\n{devices}', encoding="utf-8")
    history = MemoryHistory()
    for place, name in enumerate(NAMES):
        for day in range(2):
            values = [21.0 if place == 3 and day else lively(i, 0.2 * place) for i in range(len(TIMES))]
            history.add(probe(name), [time_ns + day * DAY for time_ns in TIMES], values)
    store = open_store("embedded", tmp_path)
    keys = [probe(name) for name in NAMES]
    rows = history.raw(keys, START, START + 2 * DAY).to_pylist()
    store.write([msgspec.convert({**row, "site": SITE}, Reading) for row in rows])
    store.close()
    return tmp_path


def _run(folder: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["quality", "--data", str(folder), "--store", "embedded", *options])
    return result.exit_code, result.stdout


def test_a_calm_day_and_a_faulty_one(folder: Path) -> None:
    """A day without a fault ends well; one with a stuck probe says so in the text and by its exit code."""
    code, said = _run(folder, "--day", "2026-03-01")
    assert code == EXIT_OK
    assert "100.0" in said
    code, said = _run(folder, "--day", "2026-03-02")
    assert code == EXIT_FINDINGS
    assert "env-3" in said
    assert "21.0 Cel" in said


def test_json_in_short_and_with_every_series(folder: Path) -> None:
    """The JSON counts the series; with the option it lists each with its six scores."""
    _, said = _run(folder, "--day", "2026-03-01", "--json")
    short = msgspec.json.decode(said)
    assert (short["ok"], short["data"]["series"], short["data"]["over"]) == (True, 4, True)
    _, said = _run(folder, "--day", "2026-03-01", "--json", "--series")
    series = msgspec.json.decode(said)["data"]["series"]
    assert [len(one["scores"]) for one in series] == [6] * 4


def test_what_is_no_day(folder: Path) -> None:
    """A day that is none is a mistake of the person who typed it."""
    assert _run(folder, "--day", "yesterday")[0] == EXIT_CONFIG
