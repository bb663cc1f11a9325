"""The command that reads days again and compares them with the chain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from greendc.cli import app
from greendc.errors import EXIT_CONFIG, EXIT_FAILED, EXIT_FINDINGS, EXIT_OK
from greendc.storage import open_store
from tests.analytics.plant import START
from tests.analytics.reports.digested_site import DAY, ENERGY, Centre, reading

if TYPE_CHECKING:
    from pathlib import Path

SITE_FILE = """
schema = 1

[site]
name = "digested"
timezone = "UTC"

[[meters]]
role = "facility_input"
device = "main"
accuracy_ratio = 0.01

[[devices]]
name = "main"
profile = "eastron-sdm630"
address = "modbus://127.0.0.1:1502/1"
"""


def asked(folder: Path, *more: str) -> tuple[int, str]:
    """Run the command on a data directory."""
    result = CliRunner().invoke(app, ["audit", "--site", str(folder / "site.toml"), "--data", str(folder), *more])
    return result.exit_code, result.stdout


def test_days_are_read_again(tmp_path: Path) -> None:
    """Days that are what the chain says are sound; one whose reading was written over is named with its series."""
    (tmp_path / "site.toml").write_text(SITE_FILE, "utf-8")
    store = open_store("embedded", tmp_path)
    centre = Centre(tmp_path, store)
    head = centre.links()[-1].hash
    code, said = asked(tmp_path)
    assert (code, head in said) == (EXIT_OK, True)
    centre.write(reading(ENERGY, START + DAY, 7.0))
    code, said = asked(tmp_path)
    assert code == EXIT_FINDINGS
    assert "2026-03-02" in said
    assert "main active_energy_j" in said
    code, said = asked(tmp_path, "--from", "2026-03-02", "--json")
    assert [day["standing"] for day in json.loads(said)["data"]["days"]] == ["altered", "same"]
    assert asked(tmp_path, "--to", "2020-01-01")[0] == EXIT_FAILED
    assert asked(tmp_path, "--to", "yesterday")[0] == EXIT_CONFIG
    centre.close()
    store.close()
