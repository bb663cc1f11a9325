"""A table of readings from a CSV file: one time column, one column for each series."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.table_time import NO_TIME, times_of
from greendc.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

DELIMITERS = ",;\t"
LARGEST = 1e150
"""Above it the square of a value is no number any more."""
MOST_SHOWN = 80
NOTHING = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "missing"})
"""Cells that say that there is no value. They are no mistake."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a file in its own order. ``values`` is rows x columns, with NaN where a cell holds no number."""

    file: str
    time_column: str
    times: list[str]
    time_ns: np.ndarray
    names: tuple[str, ...]
    values: np.ndarray
    problems: tuple[Problem, ...]

    def order(self) -> NDArray[np.int64]:
        """Return the rows in the order of their times; rows of one time keep that of the file, rows without are out."""
        known = np.flatnonzero(self.time_ns != NO_TIME)
        return known[np.argsort(self.time_ns[known], kind="stable")]


def read_table(file: Path, time_column: str, columns: Sequence[str] = ()) -> Table:
    """Read a table. Without ``columns`` every column but that of the time is a series.

    Raises:
        ConfigError: there is no such file, it is no table, or lacks a column.
        OSError: the file cannot be read.
    """
    try:
        with file.open("r", encoding="utf-8-sig", newline="") as opened:
            return _read(_Source(str(file), opened.read().replace("\0", "")), time_column, columns)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ConfigError.single("errors.file_missing", file=file) from error
    except UnicodeDecodeError as error:
        raise ConfigError.single("detect.encoding", file=file) from error


class _Source:
    """The rows of a text with the lines they begin on."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        # A line ends where CSV says so, not at every mark that Unicode takes for the end of one.
        head = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
        self.delimiter = max(DELIMITERS, key=head.count)
        self._ended = False
        self._rows = csv.reader(self._lines(text), delimiter=self.delimiter)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line and cells of each row that is not blank.

        Raises:
            ConfigError: a quote is never closed, or a cell is longer than the reader takes.
        """
        line = 1
        try:
            for cells in self._rows:
                if self._ended:
                    raise ConfigError([Problem(key="detect.open_quote", file=self.name, line=line)])
                if any(cell.strip() for cell in cells):
                    yield line, cells
                line = self._rows.line_num + 1
        except csv.Error as error:
            params = {"most": str(csv.field_size_limit())}
            raise ConfigError([Problem(key="detect.long_cell", file=self.name, line=line, params=params)]) from error

    def _lines(self, text: str) -> Iterator[str]:
        # Only a row with an open quote asks for more lines than there are.
        yield from io.StringIO(text, newline="")
        self._ended = True


def _read(source: _Source, time_column: str, columns: Sequence[str]) -> Table:
    rows = source.rows()
    line, heading = next(((line, cells) for line, cells in islice(rows, 1)), (0, []))
    names = [cell.strip() for cell in heading]
    if not names:
        raise ConfigError.single("detect.empty", hint="detect.empty_hint", file=source.name)
    wanted = _wanted(names, time_column, columns, Problem(key="", file=source.name, line=line))
    body = list(rows)
    if not body:
        raise ConfigError([Problem(key="detect.heading_only", file=source.name, line=line)])
    lines = [line for line, _ in body]
    place = names.index(time_column)
    times = [cells[place].strip() if place < len(cells) else "" for _, cells in body]
    time_ns = times_of(times)
    judge = _Cells(source, lines)
    values = np.column_stack([judge.column(name, names.index(name), [cells for _, cells in body]) for name in wanted])
    width = [
        Problem(key="detect.cells", level="warning", file=source.name, line=number, params=params)
        for number, params in _odd_rows(body, len(names))
    ]
    problems = [*width, *_time_problems(times, time_ns, source.name, lines, time_column), *judge.problems]
    return Table(
        file=source.name,
        time_column=time_column,
        times=times,
        time_ns=time_ns,
        names=tuple(wanted),
        values=values,
        problems=tuple(problems),
    )


def _wanted(names: Sequence[str], time_column: str, columns: Sequence[str], at: Problem) -> list[str]:
    """Return the columns that are series.

    Raises:
        ConfigError: a column is not there, is there twice, or none is left.
    """
    there = ", ".join(name for name in names if name)[:MOST_SHOWN]
    wanted = [*dict.fromkeys(columns)] or [name for name in names if name not in {time_column, ""}]
    problems = [
        msgspec.structs.replace(at, key=key, hint="detect.columns_hint", params={"name": name, "there": there})
        for name in [time_column, *dict.fromkeys(wanted)]
        for key in [{0: "detect.no_column", 1: ""}.get(list(names).count(name), "detect.column_twice")]
        if key
    ]
    if time_column in wanted:
        problems.append(msgspec.structs.replace(at, key="detect.time_as_value", params={"name": time_column}))
    if not wanted:
        problems.append(msgspec.structs.replace(at, key="detect.no_value_column", params={"name": time_column}))
    if problems:
        raise ConfigError(problems)
    return wanted


def _odd_rows(body: Sequence[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the first row that has another number of cells than the heading, with how many there are."""
    odd = [(line, len(cells)) for line, cells in body if len(cells) != width]
    if odd:
        line, found = odd[0]
        yield line, {"rows": str(len(odd)), "found": str(found), "wanted": str(width)}


def _time_problems(
    times: Sequence[str], time_ns: NDArray[np.int64], file: str, lines: Sequence[int], name: str
) -> Iterator[Problem]:
    """Yield what is odd about the times: unreadable, unordered, repeated."""
    bad = np.flatnonzero(time_ns == NO_TIME)
    if len(bad) == len(time_ns):
        params = {"name": name, "text": times[0][:MOST_SHOWN]}
        raise ConfigError(
            [Problem(key="detect.no_times", hint="detect.times_hint", params=params, file=file, line=lines[0])]
        )
    known = np.flatnonzero(time_ns != NO_TIME)
    steps = np.diff(time_ns[known])
    back, repeated = known[1:][steps < 0], known[1:][steps == 0]
    for key, rows in (("time", bad), ("unordered", back), ("repeated", repeated)):
        if len(rows):
            row = int(rows[0])
            params = {"rows": str(len(rows)), "name": name, "text": times[row][:MOST_SHOWN]}
            yield Problem(key=f"detect.{key}", level="warning", params=params, file=file, line=lines[row])


class _Cells:
    """Turns the cells of columns into numbers, and keeps what was wrong with them."""

    def __init__(self, source: _Source, lines: Sequence[int]) -> None:
        self._source = source
        self._lines = lines
        self._decimal_comma = source.delimiter == ";"
        self.problems: list[Problem] = []

    def column(self, name: str, place: int, rows: Sequence[list[str]]) -> NDArray[np.float64]:
        """Return the numbers of a column, NaN where there is none; say once what could not be used."""
        texts = [cells[place].strip() if place < len(cells) else "" for cells in rows]
        values = np.fromiter((self._number(text) for text in texts), np.float64, len(texts))
        unread = np.array(
            [bool(np.isnan(value)) and text.lower() not in NOTHING for value, text in zip(values, texts, strict=True)],
            dtype=bool,
        )
        huge = ~np.isnan(values) & ~(np.abs(values) <= LARGEST)
        for key, bad in (("not_number", unread), ("too_large", huge)):
            if bad.any():
                row = int(np.argmax(bad))
                params = {"cells": str(int(bad.sum())), "text": texts[row][:MOST_SHOWN]}
                self.problems.append(
                    Problem(
                        key=f"detect.{key}",
                        level="warning",
                        params=params,
                        file=self._source.name,
                        line=self._lines[row],
                        column=place + 1,
                        path=name,
                    )
                )
        values[huge] = np.nan
        return values

    def _number(self, text: str) -> float:
        if "_" in text:
            return np.nan
        try:
            return float(text.replace(",", ".") if self._decimal_comma else text)
        except ValueError:
            return np.nan
