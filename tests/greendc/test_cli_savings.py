"""The command that tells what a measure saved."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from typer.testing import CliRunner

from greendc.cli import app
from greendc.clock import NS_PER_HOUR, iso
from greendc.errors import EXIT_CONFIG, EXIT_OK
from tests.analytics.verification.measured_site import period

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.verification import Observations

FIELDS = {
    "saving",
    "low",
    "high",
    "saving_ratio",
    "cv_rmse",
    "nmbe",
    "n_eff",
    "coverage",
    "model",
    "verdict",
    "reasons",
}


def written(path: Path, rows: Observations, on: np.ndarray | None = None) -> Path:
    """Write rows as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["time", "cooling_kw", "it_kw", "outdoor_c", *(["on"] if on is not None else [])])
        for i in range(len(rows)):
            extra = [on[i]] if on is not None else []
            table.writerow([iso(int(rows.hours[i]) * NS_PER_HOUR), rows.rate[i], *rows.drivers[i], *extra])
    return path


def asked(tmp_path: Path, *more: str) -> tuple[int, dict[str, object]]:
    """Run the command on a month before and a month after a saving of a tenth."""
    before = written(tmp_path / "before.csv", period(0, 42, 1)[0])
    after = written(tmp_path / "after.csv", period(45, 21, 2, 0.1)[0])
    command = ["savings", "--baseline", str(before), "--reporting", str(after), "--target", "cooling_kw", *more]
    result = CliRunner().invoke(app, [*command, "--json"])
    return result.exit_code, msgspec.json.decode(result.stdout)


def test_the_envelope_has_what_was_saved(tmp_path: Path) -> None:
    """Saving, range, quality of the baseline and the verdict, in the energy of the target."""
    code, envelope = asked(tmp_path, "--drivers", "it_kw,outdoor_c")
    data = envelope["data"]
    assert code == EXIT_OK
    assert isinstance(data, dict)
    assert set(data) >= FIELDS
    assert data["verdict"] == "verified"
    assert data["unit"] == "kWh"
    assert data["low"] < data["saving"] < data["high"]
    assert abs(data["saving_ratio"] - 0.1) < 0.03


def test_a_driver_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One sentence with file and column, exit code 2."""
    code, envelope = asked(tmp_path, "--drivers", "it_kw,humidity")
    problems = envelope["problems"]
    assert code == EXIT_CONFIG
    assert isinstance(problems, list)
    assert "humidity" in problems[0]["message"]
    assert "before.csv" in problems[0]["file"]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Exit code 2, as for every command that is given a wrong path."""
    words = ["savings", "--baseline", str(tmp_path / "none.csv"), "--reporting", str(tmp_path), "--target", "kwh"]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 2
    assert [one["code"] for one in json.loads(done.stdout)["problems"]] == ["errors.file_missing"]


def test_the_target_cannot_explain_itself(tmp_path: Path) -> None:
    """A target among the drivers would explain everything away."""
    code, _ = asked(tmp_path, "--drivers", "it_kw,cooling_kw")
    assert code == EXIT_CONFIG


def test_a_switch_between_on_and_off_is_refused(tmp_path: Path) -> None:
    """A column that is no switch is named with what stands in it."""
    rows = period(0, 14, 3)[0]
    half = written(tmp_path / "half.csv", rows, np.where(np.arange(len(rows)) % 2, 0.5, 1.0))
    command = ["savings", "--baseline", str(half), "--reporting", str(half), "--target", "cooling_kw"]
    result = CliRunner().invoke(app, [*command, "--on-off", "on"])
    assert result.exit_code == EXIT_CONFIG
    assert "0.5" in result.stderr


def test_a_register_is_refused(tmp_path: Path) -> None:
    """A meter's register is not what each row used."""
    rows = period(0, 14, 3)[0]
    risen = msgspec.structs.replace(rows, rate=5000 + np.cumsum(rows.rate))
    path = written(tmp_path / "register.csv", risen)
    result = CliRunner().invoke(
        app, ["savings", "--baseline", str(path), "--reporting", str(path), "--target", "cooling_kw"]
    )
    assert result.exit_code == EXIT_CONFIG
    assert "register" in result.stderr
