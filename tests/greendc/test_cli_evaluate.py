"""The command that lays reports of several centres side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from greendc.cli import app
from greendc.errors import EXIT_CONFIG, EXIT_FINDINGS, EXIT_OK
from tests.analytics.reports.centre_packages import package, renamed

if TYPE_CHECKING:
    from pathlib import Path


def test_packages_are_compared(tmp_path: Path) -> None:
    """Sound packages are compared, progress is said, and files appear; one that fails gives another exit code."""
    one = package(tmp_path / "one", renamed("One", 2, 1.3), site="one")
    two = package(tmp_path / "two", renamed("Two", 3, 1.2), site="two")
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["evaluate", str(one), str(two), "--out", str(out)])
    assert result.exit_code == EXIT_OK
    assert "[2/2]" in result.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        "evaluation.en.html",
        "evaluation.xlsx",
        "evaluation.zh.html",
    ]
    (two / "more.txt").write_text("x", "utf-8")
    result = CliRunner().invoke(app, ["evaluate", str(one), str(two), "--out", str(out), "--json"])
    assert result.exit_code == EXIT_FINDINGS
    packages = json.loads(result.stdout)["data"]["packages"]
    assert [package["sound"] for package in packages] == [True, False]
    assert "kpis" not in packages[1]


def test_mistakes_are_said(tmp_path: Path) -> None:
    """No other folder is overwritten, and not any number of packages is compared."""
    one = package(tmp_path / "one")
    assert CliRunner().invoke(app, ["evaluate", str(one), "--out", str(one)]).exit_code == EXIT_CONFIG
    assert CliRunner().invoke(app, ["evaluate", *[str(one)] * 31]).exit_code == EXIT_CONFIG
    assert (one / "figures.json").exists()
