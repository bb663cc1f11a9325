"""A recorded load that is played again, over and over."""

from __future__ import annotations

import csv
import math
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from greendc.errors import ConfigError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.physics.kinds import FloatArray

FEWEST_ROWS = 2
MONDAY_S = 4 * 86_400.0
"""1970-01-05 was a Monday: hour 0 of a trace that counts hours is a Monday's midnight."""


class Trace:
    """Utilisation [0..1] at local times, linear in between; after its last step it begins again."""

    def __init__(self, local_s: FloatArray, utilisation: FloatArray) -> None:
        """Take rows in order of time; the trace lasts one usual step longer than from first to last."""
        self._start_s = float(local_s[0])
        self._at_s = local_s - self._start_s
        self._length_s = float(self._at_s[-1] + np.median(np.diff(local_s)))
        self._utilisation = utilisation

    def at(self, local_s: FloatArray) -> FloatArray:
        """Return the utilisation at local times [s since 1970]."""
        within_s = (local_s - self._start_s) % self._length_s
        values: FloatArray = np.interp(within_s, self._at_s, self._utilisation, period=self._length_s)
        return values


def read_trace(path: Path) -> Trace:
    """Read a CSV with a column ``utilisation`` [0..1] and ``time`` (local, ISO 8601) or ``hour`` (from a Monday on).

    Raises:
        ConfigError: with file, line and column, what is wrong and what may stand there.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError.single("errors.file_missing", file=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError.single("errors.file_unreadable", file=path, why=str(error)) from error
    return parse_trace(text, str(path))


def parse_trace(text: str, file: str) -> Trace:
    """Read a trace from the text of a file; see `read_trace`."""
    lines = list(enumerate(csv.reader(text.splitlines()), 1))
    names = [name.strip() for name in lines[0][1]] if lines else []
    when = "time" if "time" in names else "hour"
    if "utilisation" not in names or when not in names:
        raise _error("workload_column", file, 1)
    at, busy_at = names.index(when), names.index("utilisation")
    times: list[float] = []
    busy: list[float] = []
    for line, row in lines[1:]:
        if not any(cell.strip() for cell in row):
            continue
        cells = [*row, *[""] * len(names)]
        time_s = _local_s(cells[at].strip(), counts_hours=when == "hour")
        if not math.isfinite(time_s) or (times and time_s <= times[-1]):
            raise _error("workload_time", file, line, _column(row, at), cells[at].strip())
        value = _number(cells[busy_at].strip())
        if not 0.0 <= value <= 1.0:
            raise _error("workload_value", file, line, _column(row, busy_at), cells[busy_at].strip())
        times.append(time_s)
        busy.append(value)
    if len(times) < FEWEST_ROWS:
        raise ConfigError.single("simulate.workload_short", file=file, found=str(len(times)))
    return Trace(np.array(times), np.array(busy))


def _number(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        return math.nan


def _local_s(said: str, *, counts_hours: bool) -> float:
    if counts_hours:
        return MONDAY_S + 3600.0 * _number(said)
    try:
        local = datetime.fromisoformat(said).replace(tzinfo=None)
    except ValueError:
        return math.nan
    return (local - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001 - a local time without a zone


def _column(row: list[str], at: int) -> int:
    return sum(len(cell) + 1 for cell in row[:at]) + 1


def _error(key: str, file: str, line: int, column: int = 1, said: str = "") -> ConfigError:
    return ConfigError([Problem(key=f"simulate.{key}", params={"said": said}, file=file, line=line, column=column)])
