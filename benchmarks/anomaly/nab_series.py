"""The labelled series of the Numenta Anomaly Benchmark: values, times and the windows that hold their anomalies.

Two layouts are read: a checkout of https://github.com/numenta/NAB (MIT), and a folder of its csv files with one
``windows.json`` that maps each file to its [start, end] windows.
"""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

ENVIRONMENT = "GREENDC_NAB_DATA"
DEFAULT = Path("data/nab")
LAYOUTS = (("windows.json", "."), ("labels/combined_windows.json", "data"))
"""Where the windows are, and below which folder the files that they name."""
PROBATION_SHARE = 0.15
PROBATION_MOST = 750
"""The first rows of a file are never scored: this share of them, at most so many."""
NS = 1_000_000_000

Windows = tuple[tuple[int, int], ...]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One file: UTC times [ns], values, its anomaly windows as first and last row, and how many rows are probation."""

    name: str
    time_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    windows: Windows
    probation: int

    @property
    def weeks(self) -> float:
        """Return how many weeks are scored."""
        return float(self.time_ns[-1] - self.time_ns[self.probation]) / (7 * 86_400 * NS)

    def inside(self) -> NDArray[np.bool_]:
        """Return which rows lie in a window."""
        found = np.zeros(len(self.values), dtype=np.bool_)
        for first, last in self.windows:
            found[first : last + 1] = True
        return found


class NoData(FileNotFoundError):
    """There is no folder of labelled series."""


def folder_of(named: str | None) -> Path:
    """Return the folder that was named, or that of the environment, or the usual one."""
    return Path(named or os.environ.get(ENVIRONMENT) or DEFAULT)


def load(folder: Path) -> list[Series]:
    """Return the labelled series of a folder in name order.

    Raises:
        NoData: the folder has no windows file.
    """
    for labels, below in LAYOUTS:
        if (folder / labels).is_file():
            windows = msgspec.json.decode((folder / labels).read_bytes(), type=dict[str, list[tuple[str, str]]])
            return [_series(folder / below / name, name, windows[name]) for name in sorted(windows)]
    raise NoData(f"{folder} has no {' and no '.join(labels for labels, _ in LAYOUTS)}")


def probation_of(rows: int) -> int:
    """Return how many rows at the beginning of a file are not scored."""
    return min(int(PROBATION_SHARE * rows), PROBATION_MOST)


def _series(path: Path, name: str, windows: list[tuple[str, str]]) -> Series:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    time_ns = np.array([_ns(row[0]) for row in rows], dtype=np.int64)
    spans = [np.flatnonzero((time_ns >= _ns(start)) & (time_ns <= _ns(end))) for start, end in windows]
    return Series(
        name=name,
        time_ns=time_ns,
        values=np.array([float(row[1]) for row in rows]),
        windows=tuple((int(span[0]), int(span[-1])) for span in spans if len(span)),
        probation=probation_of(len(rows)),
    )


def _ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS
