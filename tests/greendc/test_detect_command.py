"""The command that looks for anomalies in a CSV file."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from greendc.cli import app
from greendc.errors import EXIT_CONFIG, EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer.testing import Result

ROWS = 600


def run(file: Path, out: Path, *options: str) -> Result:
    """Run the command on a file whose time stands in the column ``time``."""
    return CliRunner().invoke(app, ["detect", str(file), "--time-column", "time", "--out", str(out), *options])


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a result."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
    return path


def readings() -> list[list[object]]:
    """Return rows of a time and two sensors, the second of which jumps for 60 rows."""
    rng = np.random.default_rng(3)
    values = np.array([20.0, 300.0]) + rng.standard_normal((ROWS, 2))
    values[450:510, 1] += 40.0
    return [[f"2026-03-01 {i // 60:02}:{i % 60:02}:00", *row] for i, row in enumerate(values.tolist())]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of a calm sensor and one that jumps."""
    return write(tmp_path / "in.csv", ["time", "calm", "jumps"], readings())


def test_one_row_for_each_row(file: Path, tmp_path: Path) -> None:
    """The result has the times as they stood and two columns for each series; an alarm is a score of a half or more."""
    result = run(file, tmp_path / "out.csv")
    assert result.exit_code == EXIT_OK
    found = rows_of(tmp_path / "out.csv")
    assert list(found[0]) == ["time", "calm.score", "calm.alarm", "jumps.score", "jumps.alarm"]
    assert [row["time"] for row in found] == [row[0] for row in readings()]
    alarms = [i for i, row in enumerate(found) if row["jumps.alarm"] == "1"]
    assert 1 <= len([i for i in alarms if 450 <= i < 515]) <= 3
    assert all((float(row["jumps.score"]) >= 0.5) == (row["jumps.alarm"] == "1") for row in found)


def test_a_summary_of_columns(file: Path, tmp_path: Path) -> None:
    """With --json there is one object, whose episodes are the alarms of the file, by rows counted from 1."""
    short = msgspec.json.decode(run(file, tmp_path / "out.csv", "--json").stdout)
    alarms = [i + 1 for i, row in enumerate(rows_of(tmp_path / "out.csv")) if row["jumps.alarm"] == "1"]
    assert short["ok"]
    assert [each["row"] for each in short["data"]["episodes"] if each["column"] == "jumps"] == alarms
    assert len(alarms) == short["data"]["episodes_per_column"]["jumps"] >= 1


def test_a_machine(file: Path, tmp_path: Path) -> None:
    """All columns together have one score; the alarm lasts as long as the fault and names its sensor."""
    result = run(file, tmp_path / "out.csv", "--multivariate", "--train-rows", "200", "--json")
    found = rows_of(tmp_path / "out.csv")
    assert list(found[0]) == ["time", "score", "alarm", "calm.contribution", "jumps.contribution"]
    assert all(row["alarm"] == "0" and float(row["score"]) == 0.0 for row in found[:200])
    assert all(row["alarm"] == "1" and float(row["jumps.contribution"]) > 0.5 for row in found[455:510])
    assert sum(row["alarm"] == "1" for row in found) < 90
    short = msgspec.json.decode(result.stdout)
    assert (short["ok"], short["data"]["rows"], short["data"]["learned_rows"]) == (True, ROWS, 200)
    assert short["data"]["episodes_per_column"]["jumps"] >= 1
    assert [each["time"] for each in short["data"]["episodes"] if each["row"] == 452] == ["2026-03-01 07:31:00"]


def test_a_machine_without_a_word_on_what_is_normal(file: Path, tmp_path: Path) -> None:
    """The first rows are learned from."""
    result = run(file, tmp_path / "out.csv", "--multivariate", "--json")
    assert msgspec.json.decode(result.stdout)["data"]["learned_rows"] == 90
    assert all(row["alarm"] == "1" for row in rows_of(tmp_path / "out.csv")[455:510])


@pytest.mark.parametrize("options", [(), ("--multivariate", "--train-rows", "200")])
def test_order_of_rows_is_no_matter(file: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    """Rows out of order get the scores they would have in order."""
    rows = readings()
    order = np.random.default_rng(1).permutation(ROWS)
    mixed = write(tmp_path / "mixed.csv", ["time", "calm", "jumps"], [rows[i] for i in order])
    run(file, tmp_path / "out.csv", *options)
    result = run(mixed, tmp_path / "mixed_out.csv", *options)
    assert "detect.unordered" not in result.stdout
    straight, other = rows_of(tmp_path / "out.csv"), rows_of(tmp_path / "mixed_out.csv")
    assert other == [straight[i] for i in order]


@pytest.mark.parametrize("options", [(), ("--multivariate",)])
def test_not_enough_data(tmp_path: Path, options: tuple[str, ...]) -> None:
    """One row, or a column without values, has an empty score and no alarm, and a warning says so."""
    for rows in ([["1", "5", ""]], [[str(i), "5", ""] for i in range(40)]):
        scarce = write(tmp_path / "in.csv", ["time", "a", "b"], rows)
        result = run(scarce, tmp_path / "out.csv", *options, "--json")
        assert result.exit_code == EXIT_OK
        said = msgspec.json.decode(result.stdout)
        assert said["data"]["not_enough_data"] == ["a", "b"]
        assert {problem["level"] for problem in said["problems"]} == {"warning"}
        found = rows_of(tmp_path / "out.csv")
        assert len(found) == len(rows)
        assert {value for row in found for name, value in row.items() if name.endswith(("score", "contribution"))} == {
            ""
        }


def test_good_data_beside_bad(file: Path, tmp_path: Path) -> None:
    """Text, missing, constant and absurd columns do not touch what the good ones say."""
    run(file, tmp_path / "out.csv")
    rows = [[*row, "x", "", "7", "1e308" if i % 2 else "-1e308"] for i, row in enumerate(readings())]
    mixed = write(tmp_path / "mixed.csv", ["time", "calm", "jumps", "text", "none", "constant", "huge"], rows)
    for options in ((), ("--multivariate",)):
        assert run(mixed, tmp_path / "mixed_out.csv", *options).exit_code == EXIT_OK
    run(mixed, tmp_path / "mixed_out.csv")
    names = ["calm.score", "calm.alarm", "jumps.score", "jumps.alarm"]
    straight, other = rows_of(tmp_path / "out.csv"), rows_of(tmp_path / "mixed_out.csv")
    assert [[row[name] for name in names] for row in straight] == [[row[name] for name in names] for row in other]
    assert {row["text.score"] + row["none.score"] + row["huge.score"] for row in other} == {""}
    assert {row["constant.alarm"] for row in other} == {"0"}


def test_a_constant_machine(tmp_path: Path) -> None:
    """A machine that never moves has no alarm."""
    still = write(tmp_path / "in.csv", ["time", "a", "b"], [[i, 5, 0] for i in range(300)])
    assert run(still, tmp_path / "out.csv", "--multivariate").exit_code == EXIT_OK
    assert {row["alarm"] for row in rows_of(tmp_path / "out.csv")} == {"0"}


def test_the_result_is_not_the_file(file: Path) -> None:
    """What is read is not written over, also by another name."""
    before = file.read_bytes()
    link = file.with_name("link.csv")
    link.symlink_to(file)
    assert run(file, file).exit_code == EXIT_CONFIG
    assert run(file, link).exit_code == EXIT_CONFIG
    assert file.read_bytes() == before


def test_places_that_do_not_take_a_result(file: Path, tmp_path: Path) -> None:
    """A folder that is not there, and a folder as file, are refused; nothing is left behind."""
    assert run(file, tmp_path / "none" / "out.csv").exit_code == EXIT_CONFIG
    assert run(file, tmp_path).exit_code == EXIT_CONFIG
    assert run(tmp_path / "none.csv", tmp_path / "out.csv").exit_code == EXIT_CONFIG
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs /proc as a folder nobody writes to")
def test_a_folder_that_cannot_be_written(file: Path) -> None:
    """A failure of the file system is a sentence and exit code 1."""
    result = run(file, Path("/proc/out.csv"))
    assert result.exit_code == EXIT_FAILED
    assert "/proc/out.csv" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--columns", "calm,unknown"),
        ("--train-rows", "200"),
        ("--multivariate", "--train-rows", "0"),
        ("--multivariate", "--train-rows", "600"),
    ],
)
def test_options_that_do_not_fit(file: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    """A mistake of the person who typed is told with exit code 2, and nothing is written."""
    result = run(file, tmp_path / "out.csv", *options)
    assert result.exit_code == EXIT_CONFIG
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(("name", "options"), [("a.score", ()), ("alarm", ("--multivariate",))])
def test_a_time_column_named_like_a_result(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    """A result never has two columns of one name."""
    file = write(tmp_path / "in.csv", [name, "a"], [[i, 5] for i in range(100)])
    arguments = ["detect", str(file), "--time-column", name, "--out", str(tmp_path / "out.csv"), *options]
    assert CliRunner().invoke(app, arguments).exit_code == EXIT_CONFIG


def test_text_of_a_file_does_not_steer_the_terminal(tmp_path: Path) -> None:
    """Names and cells are told without control characters, each warning on one line."""
    rows = [[i, "\x1b]0;hi\x07\nthere"] for i in range(100)]
    result = run(write(tmp_path / "in.csv", ["time", "\x1b[31mred"], rows), tmp_path / "out.csv")
    assert result.exit_code == EXIT_OK
    assert len(result.stderr.splitlines()) == 2
    assert not any(ord(mark) < 32 and mark != "\n" for mark in result.stderr + result.stdout)


def test_chosen_columns(file: Path, tmp_path: Path) -> None:
    """Only the columns that were named are judged, in the order in which they were."""
    assert run(file, tmp_path / "out.csv", "--columns", "jumps, calm").exit_code == EXIT_OK
    assert list(rows_of(tmp_path / "out.csv")[0])[1::2] == ["jumps.score", "calm.score"]
