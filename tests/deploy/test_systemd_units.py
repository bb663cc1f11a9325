"""The systemd units: systemd accepts them, they are hardened, and they start commands and name settings that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greendc.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS = sorted((Path(__file__).parents[2] / "deploy/systemd").glob("*.service"))
PROGRAM = "/opt/greendc/bin/greendc"
VARIABLES = {s.variable for s in SETTINGS} | {f"{s.variable}_FILE" for s in SETTINGS if s.secret}
MOST_EXPOSED = "25"
"""Highest exposure that `systemd-analyze security` may find, on its scale of 0 to 100."""


def directives(unit: Path, name: str) -> list[str]:
    """Return every value of one directive of a unit."""
    return re.findall(rf"^{name}=(.*)$", unit.read_text("utf-8"), flags=re.MULTILINE)


@pytest.fixture
def installed(tmp_path: Path) -> list[Path]:
    """Return copies of the units that start a program of this machine instead of an installed greendc."""
    stand_in = shutil.which("true")
    assert stand_in is not None
    copies = []
    for unit in UNITS:
        copy = tmp_path / unit.name
        copy.write_text(unit.read_text("utf-8").replace(PROGRAM, stand_in), "utf-8")
        copies.append(copy)
    return copies


def test_there_is_a_unit_for_every_process() -> None:
    """The server has its four processes and an edge box its one."""
    names = {unit.stem for unit in UNITS}
    assert names == {f"greendc-{process}" for process in ("ingest", "collect", "analyse", "dashboard", "edge")}


def test_systemd_accepts_the_units(installed: list[Path], require_server: Callable[[str, str], Path]) -> None:
    """`systemd-analyze verify` finds nothing to say about any unit."""
    analyze = require_server("systemd-analyze", "systemd")
    done = subprocess.run([analyze, "verify", "--man=no", *installed], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_finds_the_units_hardened(installed: list[Path], require_server: Callable[[str, str], Path]) -> None:
    """No unit is more exposed than the limit, judged without a running systemd."""
    analyze = require_server("systemd-analyze", "systemd")
    for unit in installed:
        done = subprocess.run(
            [analyze, "security", "--no-pager", "--offline=yes", f"--threshold={MOST_EXPOSED}", unit],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_is_hardened_by_name(unit: Path) -> None:
    """The directives that matter most are there, so that a weaker unit cannot hide behind a good total."""
    for name, wanted in {
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "PrivateDevices": "yes",
        "PrivateTmp": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "MemoryDenyWriteExecute": "yes",
        "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
        "IPAddressDeny": "any",
        "Restart": "always",
        "RestartPreventExitStatus": "2",
    }.items():
        assert directives(unit, name) == [wanted], name
    assert directives(unit, "MemoryMax")
    assert "root" not in directives(unit, "User")
    assert directives(unit, "User") or directives(unit, "DynamicUser") == ["yes"]


@pytest.mark.parametrize("process", ["analyse", "dashboard", "ingest"])
def test_only_collectors_reach_other_machines(process: str) -> None:
    """What judges, shows or stores talks to this machine only, so it has no route to a device."""
    unit = next(unit for unit in UNITS if unit.stem == f"greendc-{process}")
    assert directives(unit, "IPAddressAllow") == ["localhost"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_names_settings_that_exist(unit: Path) -> None:
    """Every variable that a unit sets is a setting."""
    drop_ins = unit.with_name(unit.name + ".d").glob("*.conf")
    for file in [unit, *drop_ins]:
        names = {value.partition("=")[0] for value in directives(file, "Environment")}
        assert names <= VARIABLES


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_holds_no_secret(unit: Path) -> None:
    """A secret arrives as a credential or a file, never as a value in the unit."""
    secrets = {s.variable for s in SETTINGS if s.secret}
    assert not secrets & {value.partition("=")[0] for value in directives(unit, "Environment")}
