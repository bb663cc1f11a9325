"""Readings of a CSV file into a store: good lines are kept, bad ones are named, and a run that was stopped goes on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from greendc.errors import PointsRefused, Problem
from greendc.model import Batch
from greendc.storage.csv_rows import CsvReader
from greendc.storage.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from greendc.contracts import Store

ROWS_PER_BATCH = 50_000
MOST_PROBLEMS = 200


class Imported(msgspec.Struct, kw_only=True):
    """What became of a file's lines. Of the bad ones at most `MOST_PROBLEMS` are listed."""

    lines: int = 0
    stored: int = 0
    skipped: int = 0
    bad: int = 0
    problems: list[Problem] = []

    def refuse(self, problem: Problem) -> None:
        """Count a bad line, and keep what is wrong with it while there are few."""
        self.bad += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


class _Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which line a file is stored."""

    line: int


def import_csv(
    file: Path,
    site: str,
    devices: Collection[str],
    store: Store | None,
    *,
    now_ns: int,
    marks: Path,
    say: Callable[[int], None],
) -> Imported:
    """Store a file's readings; without a store only judge them. ``say`` is told how many lines were read.

    Raises:
        ConfigError: the file's heading does not fit.
        OSError: the file cannot be read.
        StoreError: the store fails; run it again to go on after the last line that is stored.
    """
    found = Imported()
    mark_file = marks / f"import-{_identity(file)}.json"
    begun = _mark(mark_file) if store is not None else 0
    batch, lines = Batch(), list[int]()
    with file.open("r", encoding="utf-8", errors="surrogateescape", newline="") as opened:
        for line, reading, problem in CsvReader(opened, str(file), site, devices, now_ns).rows():
            found.lines += 1
            if problem is not None:
                found.refuse(problem)
            elif line <= begun:
                found.skipped += 1
            elif reading is not None:
                batch.append(reading)
                lines.append(line)
            if len(batch) >= ROWS_PER_BATCH:
                _keep(store, batch, lines, found, file)
                _set_mark(mark_file, line, store)
                batch, lines = Batch(), []
                say(found.lines)
    _keep(store, batch, lines, found, file)
    if store is not None:
        patiently(store.compact)
        mark_file.unlink(missing_ok=True)
    say(found.lines)
    return found


def _keep(store: Store | None, batch: Batch, lines: list[int], found: Imported, file: Path) -> None:
    refused: list[int] = []

    def write() -> None:
        refused.clear()
        try:
            if store is not None and len(batch):
                store.write_batch(batch)
        except PointsRefused as error:
            refused.extend(error.indices)

    patiently(write)
    for row in refused:
        found.refuse(Problem(key="store.import.refused", file=str(file), line=lines[row]))
    found.stored += len(batch) - len(refused)


def _identity(file: Path) -> str:
    """Return what tells this file, as it is now, from any other."""
    about = file.stat()
    return hashlib.sha256(f"{file.absolute()}\0{about.st_size}\0{about.st_mtime_ns}".encode()).hexdigest()[:16]


def _mark(file: Path) -> int:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Mark).line
    except (FileNotFoundError, msgspec.DecodeError):
        return 0


def _set_mark(file: Path, line: int, store: Store | None) -> None:
    if store is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.encode(_Mark(line=line)))
