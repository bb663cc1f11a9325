"""The command line as a person or a script meets it: text, one JSON envelope, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from greendc.cli import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = """schema = 1
[site]
name = "x"
colour = "red"
[[devices]]
name = "a"
profile = "apc-rpdu"
address = "host://"
"""


def greendc(
    *arguments: str, cwd: Path, lang: str = "en", environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run greendc as a process of its own and return what it said."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GREENDC_")}
    return subprocess.run(
        [sys.executable, "-m", "greendc", *arguments],
        cwd=cwd,
        env={**env, "GREENDC_LANG": lang, "GREENDC_DATA": str(cwd / "data"), **(environ or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_init_then_check_is_well(tmp_path: Path) -> None:
    """A first site file passes its own check, and a second init leaves it as it is."""
    assert greendc("init", cwd=tmp_path).returncode == 0
    done = greendc("check", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"ok": True, "data": {"file": "site.toml"}, "problems": []}
    again = greendc("init", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_a_broken_site_file_is_named_with_its_place(tmp_path: Path) -> None:
    """Each mistake is one sentence with file:line:column on stderr, and one entry in the envelope; exit code 2."""
    (tmp_path / "site.toml").write_text(BROKEN, "utf-8")
    done = greendc("check", "--json", cwd=tmp_path)
    assert done.returncode == 2
    envelope = json.loads(done.stdout)
    assert not envelope["ok"]
    assert [(p["line"], p["column"], p["path"]) for p in envelope["problems"]] == [(4, 1, "site.colour")]
    assert 'site.toml:4:1  error  site.colour  Unknown key "colour".' in done.stderr
    assert "未知的键" in greendc("check", cwd=tmp_path, lang="zh").stderr


@pytest.mark.parametrize("command", ["collect", "ingest", "analyse", "dashboard", "up", "kpi", "account", "report"])
def test_commands_without_a_site_file_say_so(command: str, tmp_path: Path) -> None:
    """A command that needs a site file ends with exit code 2 and one sentence that names the file."""
    done = greendc(command, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "There is no such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_times_and_log_levels_are_refused(tmp_path: Path) -> None:
    """A time that is none and a log level that is none are one sentence each."""
    greendc("init", cwd=tmp_path)
    done = greendc("kpi", "--from", "yesterday", cwd=tmp_path)
    assert (done.returncode, "This is not a time" in done.stderr) == (2, True)
    done = greendc("kpi", "--from", "2026-02-01", "--to", "2026-01-01", cwd=tmp_path)
    assert (done.returncode, "is not before" in done.stderr) == (2, True)
    done = greendc("collect", cwd=tmp_path, environ={"GREENDC_LOG_LEVEL": "loud"})
    assert (done.returncode, "Unknown log level" in done.stderr) == (2, True)


def test_probe_asks_for_a_community(tmp_path: Path) -> None:
    """No community is assumed, and an address that is none is refused with the forms that are."""
    done = greendc("probe", "snmp://127.0.0.1", cwd=tmp_path)
    assert (done.returncode, "No community was given" in done.stderr) == (2, True)
    done = greendc("probe", "ftp://127.0.0.1", cwd=tmp_path)
    assert (done.returncode, "snmp://HOST:PORT" in done.stderr) == (2, True)


def test_profiles_are_listed(tmp_path: Path) -> None:
    """Every profile is listed and none has a finding."""
    done = greendc("check", "--profiles", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["data"]
    assert {"apc-rpdu2", "schneider-iem3000", "host"} <= {row["name"] for row in rows}
    assert all(row["findings"] == [] for row in rows)


def test_doctor_sees_what_is_missing(tmp_path: Path) -> None:
    """On a machine with nothing on it the doctor fails with exit code 3 and does not crash."""
    done = greendc("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    found = {row["subject"]: row["state"] for row in json.loads(done.stdout)["data"]}
    assert found["site"] == "fail"
    assert found["collect"] == "warn"


def test_version_and_help(tmp_path: Path) -> None:
    """The version is one line, and help lists every command in the reader's language."""
    assert greendc("version", cwd=tmp_path).stdout.startswith("greendc 0.")
    shown = greendc("--help", cwd=tmp_path, lang="zh").stdout
    assert all(name in shown for name, _ in COMMANDS)
    assert "轮询" in shown


def test_demo_leaves_foreign_directories_alone(tmp_path: Path) -> None:
    """A data directory that holds something else is refused and stays as it is."""
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    done = greendc("demo", "--data", str(tmp_path), "--no-browser", "--duration", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "mine.txt").read_text("utf-8") == "mine"
