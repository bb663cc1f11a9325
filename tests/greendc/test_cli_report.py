"""`greendc report` and `greendc verify`: from readings to a package that others check without any of them."""

from __future__ import annotations

import json
import shlex
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greendc.cli import app
from greendc.clock import from_iso
from greendc.model import Reading
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND

BEGIN = from_iso("2026-03-04T16:00:00Z")
"""Midnight of 5 March in Shanghai."""
DAY = "2026-03-05T00:00:00+08:00/2026-03-06T00:00:00+08:00"
SITE = """
schema = 1
[site]
name = "lab"
timezone = "Asia/Shanghai"
[[devices]]
name = "entrance-7"
profile = "schneider-iem3000"
address = "modbus://127.0.0.1"
[[devices]]
name = "racks-7"
profile = "schneider-iem3000"
address = "modbus://127.0.0.1?unit=2"
[[meters]]
role = "facility_input"
device = "entrance-7"
[[meters]]
role = "it_input"
device = "racks-7"
"""
COMMITMENTS = """
schema = 1
[[targets]]
kpi = "wue"
by = 2026-12-31
author = "office"
date = 2025-06-01
most = 1.2
"""


def _reading(device: str, second: int, watts: float) -> Reading:
    return Reading(
        time_ns=BEGIN + second * NS_PER_SECOND,
        site="lab",
        device=device,
        part="",
        quantity="active_energy_j",
        value=1e9 + watts * second,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data directory with a site file and a day of two meters."""
    (tmp_path / "site.toml").write_text(SITE, "utf-8")
    with closing(open_store("embedded", tmp_path)) as store:
        for device, watts in (("entrance-7", 13_000.0), ("racks-7", 10_000.0)):
            store.write([_reading(device, second, watts) for second in range(0, 24 * 3600 + 1, 300)])
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a command."""
    done = CliRunner().invoke(app, list(words), env={"GREENDC_LANG": "en"})
    return done.exit_code, done.stdout, done.stderr


def report(folder: Path, kind: str, *words: str) -> tuple[int, str, str]:
    """Return what ``greendc report`` of the day ends with."""
    where = ("--site", str(folder / "site.toml"), "--data", str(folder), "--period", DAY)
    return run("report", kind, *where, *words)


def test_a_report_is_made_verified_and_found_out_when_altered(folder: Path) -> None:
    """With a key made on purpose: progress on stderr, a sound package, and exit code 3 for one byte of a register."""
    code, said, _ = run("report", "key", "init", "--data", str(folder))
    assert (code, "was made" in said) == (0, True)
    assert "is there" in run("report", "key", "init", "--data", str(folder))[1]
    out = folder / "package"
    code, said, progress = report(folder, "acceptance", "--lang", "zh,en", "--out", str(out), "--formats", "html")
    assert code == 0, progress
    assert f"version 1 (draft): {out}" in said
    assert "] figures of the period\n" in progress
    public = str(folder / "keys" / "report-key.pub.pem")
    code, said, _ = run("verify", str(out), "--key", public, "--recompute")
    assert code == 0, said
    moved = shutil.copytree(out, folder / "elsewhere")
    shutil.rmtree(folder / "keys")
    whole = (moved / "registers.parquet").read_bytes()
    (moved / "registers.parquet").write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    code, said, _ = run("verify", str(moved), "--recompute", "--json")
    assert code == 3
    assert "altered" in {one["key"] for one in json.loads(said)["data"]}


def test_json_is_one_envelope_and_nothing_beside_it(folder: Path) -> None:
    """The envelope names folder, version and files; without a key the package says that nobody signed it."""
    code, said, progress = report(folder, "monthly", "--lang", "en", "--formats", "none", "--json")
    data = json.loads(said)["data"]
    assert code == 0
    assert data["folder"] == str(folder / "reports" / "monthly-20260305-20260306-v1-draft")
    assert (data["version"], data["status"], data["signed"]) == (1, "draft", False)
    assert "figures.json" in data["files"]
    assert "[1/" not in progress


def test_strict_writes_nothing_and_names_what_is_open(folder: Path) -> None:
    """Exit code 3 with the promised figure that nobody meters; the commitments are found beside the site file."""
    (folder / "commitments.toml").write_text(COMMITMENTS, "utf-8")
    code, said, _ = report(folder, "mid-term", "--lang", "en", "--strict", "--formats", "none")
    assert (code, "wue has no value" in said) == (3, True)
    assert not (folder / "reports").exists()
    code, said, _ = report(folder, "mid-term", "--lang", "en", "--strict", "--formats", "none", "--json")
    assert [one["kpi"] for one in json.loads(said)["data"]["left_open"]] == ["wue"]


def test_the_printed_command_makes_the_report_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed where its files lie, it gives the same data, and it names no folder of this machine."""
    (folder / "our plan.toml").write_text(COMMITMENTS, "utf-8")
    promised = ("--commitments", str(folder / "our plan.toml"))
    first, second = folder / "first", folder / "second"
    code, _, progress = report(folder, "mid-term", "--lang", "en", "--formats", "html", *promised, "--out", str(first))
    assert code == 0, progress
    command = json.loads((first / "figures.json").read_bytes())["command"]
    assert str(folder) not in command
    monkeypatch.chdir(folder)
    code, _, progress = run(*shlex.split(command)[1:], "--site", "site.toml", "--data", ".", "--out", str(second))
    assert code == 0, progress
    assert {one.name: one.read_bytes() for one in second.iterdir()} == {
        one.name: one.read_bytes() for one in first.iterdir()
    }


def test_a_report_of_another_kind_is_kept(folder: Path) -> None:
    """The same folder for another kind ends with exit code 2 and one sentence, and the first report stays."""
    out = folder / "package"
    words = ("--lang", "en", "--formats", "none", "--out", str(out))
    assert report(folder, "mid-term", *words)[0] == 0
    before = (out / "manifest.json").read_bytes()
    code, _, said = report(folder, "acceptance", *words)
    assert (code, "another report (mid-term, internal, from " in said) == (2, True)
    assert (out / "manifest.json").read_bytes() == before
    assert report(folder, "mid-term", *words)[0] == 0


def test_where_no_package_is_that_is_said(tmp_path: Path) -> None:
    """Exit code 3, and nothing is said to disagree: the folder is not there, or has no manifest."""
    for folder, why in ((tmp_path / "nowhere", "there is no such folder"), (tmp_path, "has no manifest.json")):
        code, said, _ = run("verify", str(folder))
        assert (code, why in said, "agree" in said) == (3, True, False), said


def test_nothing_is_left_open(folder: Path) -> None:
    """Store and ledger are closed after a report, and after one that was refused."""
    for words, expected in (((), 0), (("--final",), 2)):
        where = ["--site", str(folder / "site.toml"), "--data", str(folder), "--period", DAY, "--formats", "none"]
        # What is raised keeps alive what its frames hold: only what was closed is closed then.
        done = CliRunner().invoke(app, ["report", "monthly", *where, *words])
        assert done.exit_code == expected
        held = [Path(file).resolve() for file in Path("/proc/self/fd").iterdir()]
        assert [file for file in held if file.is_relative_to(folder)] == []


def test_a_masked_report_shows_no_device(folder: Path) -> None:
    """What goes to evaluators names the site and no device, in the folder's name neither."""
    code, said, _ = report(folder, "eu", "--lang", "en", "--mask", "evaluator", "--formats", "html", "--json")
    assert code == 0
    made = json.loads(said)["data"]["folder"]
    assert made.endswith("eu-20260305-20260306-evaluator-v1-draft")
    for path in (folder / "reports" / made.rpartition("/")[2]).iterdir():
        assert b"entrance-7" not in path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--lang", "fr"), 'Unknown language "fr"'),
        (("--mask", "nobody"), 'no readers "nobody"'),
        (("--formats", "docx"), 'no format "docx"'),
        (("--period", "tomorrow"), "tomorrow"),
        (("--final",), "cannot be final: there is no key"),
        (("--commitments", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_what_cannot_be_is_one_sentence(folder: Path, words: tuple[str, ...], why: str) -> None:
    """Exit code 2, what is wrong by name, and nothing written."""
    code, _, said = report(folder, "monthly", *words)
    assert code == 2, said
    assert why in said
    assert "Traceback" not in said
    assert not (folder / "reports").exists()
