"""What detection says of a table, and the file it is written to."""

from __future__ import annotations

import csv
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.table import Table
from greendc.clock import iso
from greendc.errors import ConfigError, GreendcError, Problem
from greendc.texts import t

if TYPE_CHECKING:
    from pathlib import Path

DIGITS = 6


class NotWritten(GreendcError):
    """A result that found no place."""

    def __init__(self, out: Path, why: str) -> None:
        """Keep the file and what the system said."""
        super().__init__(t("detect.not_written", file=str(out), why=why))


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """Where an episode began: data row (from 1), its time as text and in UTC, the score, the column that shows it."""

    row: int
    time: str
    time_utc: str
    score: float
    column: str


class TableResult(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that are written behind the time, and what is told of them.

    A number that is NaN is written as an empty cell: it is not known. ``columns`` with whole numbers are flags.
    """

    table: Table
    columns: dict[str, np.ndarray]
    episodes: tuple[Episode, ...]
    not_enough: tuple[str, ...]
    learned_rows: int
    version: str
    problems: tuple[Problem, ...]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A result in short, as ``--json`` gives it."""

    file: str
    out: str
    rows: int
    columns: tuple[str, ...]
    episodes: tuple[Episode, ...]
    episodes_per_column: dict[str, int]
    not_enough_data: tuple[str, ...]
    learned_rows: int
    version: str


def episode(table: Table, row: int, score: float, column: str) -> Episode:
    """Return the episode that begins in a row of the table."""
    return Episode(
        row=int(row) + 1,
        time=table.times[row],
        time_utc=iso(int(table.time_ns[row])),
        score=round(float(score), DIGITS),
        column=column,
    )


def summary(result: TableResult, out: Path) -> Summary:
    """Return a result in short."""
    table = result.table
    named = [each.column for each in result.episodes]
    return Summary(
        file=table.file,
        out=str(out),
        rows=len(table.times),
        columns=table.names,
        episodes=result.episodes,
        episodes_per_column={name: named.count(name) for name in table.names},
        not_enough_data=result.not_enough,
        learned_rows=result.learned_rows,
        version=result.version,
    )


def check_names(table: Table, *, multivariate: bool) -> None:
    """Refuse a time column whose name a column of the result has.

    Raises:
        ConfigError: it has.
    """
    taken = [f"{name}.{kind}" for name in table.names for kind in ("score", "alarm", "contribution")]
    if table.time_column in ({*taken, "score", "alarm"} if multivariate else taken):
        raise ConfigError.single("detect.name_clash", file=table.file, name=table.time_column)


def write_result(result: TableResult, out: Path) -> None:
    """Write one row for each row of the table, in its order. The file appears when it is whole.

    Raises:
        NotWritten: it cannot be written; nothing is left behind.
    """
    fresh = out.with_name(f".{out.name}.new")
    cells = [_texts(column) for column in result.columns.values()]
    try:
        with fresh.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([result.table.time_column, *result.columns])
            writer.writerows(zip(result.table.times, *cells, strict=True))
        fresh.replace(out)
    except OSError as error:
        raise NotWritten(out, error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            fresh.unlink()


def _texts(column: np.ndarray) -> list[str]:
    if column.dtype.kind != "f":
        return [str(number) for number in column.tolist()]
    return ["" if np.isnan(number) else f"{number:.{DIGITS}f}" for number in column.tolist()]
