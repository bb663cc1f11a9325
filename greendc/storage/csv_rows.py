"""Readings in CSV, one a line: time, device, part, quantity, value, and optionally unit, quality, reason."""

from __future__ import annotations

import csv
import math
import re
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from greendc.clock import from_iso
from greendc.errors import ConfigError, Problem
from greendc.model import Quality, Reading
from greendc.quantities import quantities
from greendc.storage.admission import admits_series, admits_time, admits_value
from greendc.units import NS_PER_SECOND, UNITS, to_stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import TextIO

NEEDED = ("time", "device", "quantity", "value")
OPTIONAL = ("part", "unit", "quality", "reason")
MOST_SHOWN = 80
QUALITIES = {quality.name.lower(): quality for quality in Quality}
FUTURE_NS = 300 * NS_PER_SECOND
HAZARD = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""With what a cell begins that a spreadsheet takes for a formula, full-width signs included."""

_NOT_UTF8 = re.compile("[\udc80-\udcff]")
"""What ``surrogateescape`` makes of a byte that is no UTF-8."""
_FRACTION = re.compile(r"\.(\d{1,9})(?=[Z+-]|$)")

Row: TypeAlias = "tuple[int, Reading | None, Problem | None]"
"""Line, and the reading on it or what is wrong with it."""


def time_of(text: str) -> int:
    """Return the nanoseconds of a time: ISO 8601 with up to nine decimals, UTC where it has no offset; or nanoseconds.

    Raises:
        ValueError: it is neither.
    """
    if text.isascii() and text.isdecimal() and len(text) > len("20261231"):
        return int(text)
    fraction = _FRACTION.search(text)
    if fraction is None:
        return from_iso(text)
    return from_iso(_FRACTION.sub("", text)) + int(fraction[1].ljust(9, "0"))


def plain(cell: str) -> str:
    """Return a text as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(HAZARD) else cell


def guarded(text: str) -> str:
    """Return a text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(HAZARD) else text


class CsvReader:
    """Judges the lines of a file, one after the other."""

    def __init__(self, file: TextIO, name: str, site: str, devices: Collection[str], now_ns: int) -> None:
        """Read the heading of a file that was opened with ``errors="surrogateescape"``.

        Raises:
            ConfigError: a column is missing, unknown or there twice, or the file is no text in UTF-8.
        """
        self._lines = _Lines(file)
        self._name = name
        self._site = site
        self._devices = frozenset(devices)
        self._latest_ns = now_ns + FUTURE_NS
        heading = [cell.strip().lower().removeprefix("\ufeff") for cell in self._first()]
        missing = [column for column in NEEDED if column not in heading]
        unknown = [column for column in heading if column not in {*NEEDED, *OPTIONAL}]
        twice = [column for column in dict.fromkeys(heading) if heading.count(column) > 1]
        if missing or unknown or twice:
            told = {"missing": missing, "unknown": unknown, "twice": twice}
            params = {key: ", ".join(columns)[:MOST_SHOWN] or "-" for key, columns in told.items()}
            hint = "store.import.heading_hint"
            raise ConfigError([Problem(key="store.import.heading", params=params, hint=hint, file=name, line=1)])
        self._heading = heading

    def rows(self) -> Iterator[Row]:
        """Yield what stands on each line that is not empty."""
        while True:
            try:
                cells = self._lines.row()
            except StopIteration:
                return
            except csv.Error as error:
                key = "quote" if self._lines.give_back() else "line"
                yield self._lines.number, None, self._problem(key, why=str(error))
                continue
            if not any(cells):
                continue
            if len(cells) != len(self._heading):
                key = "quote" if self._lines.give_back() else "cells"
                problem = self._problem(key, found=str(len(cells)), wanted=str(len(self._heading)))
                yield self._lines.number, None, problem
                continue
            line = self._lines.number
            if _NOT_UTF8.search("".join(cells)):
                yield line, None, self._problem("encoding")
                continue
            try:
                yield line, self._reading(dict(zip(self._heading, cells, strict=True))), None
            except _BadLine as bad:
                yield line, None, self._problem(bad.key, **bad.params)

    def _first(self) -> list[str]:
        try:
            cells = self._lines.row()
        except StopIteration:
            return []
        except csv.Error as error:
            problem = self._problem("line", why=str(error))
            raise ConfigError([problem]) from error
        if any("\0" in cell or _NOT_UTF8.search(cell) for cell in cells):
            raise ConfigError([self._problem("encoding")])
        return cells

    def _problem(self, key: str, **params: str) -> Problem:
        shown = {name: text[:MOST_SHOWN] for name, text in params.items()}
        return Problem(key=f"store.import.{key}", params=shown, file=self._name, line=self._lines.number)

    def _reading(self, cells: dict[str, str]) -> Reading:
        device, quantity = plain(cells["device"].strip()), cells["quantity"].strip()
        if device not in self._devices:
            raise _BadLine("device", name=device)
        known = quantities().get(quantity)
        if known is None:
            raise _BadLine("quantity", name=quantity)
        quality = QUALITIES.get(cells.get("quality", "").strip().lower() or "good")
        if quality is None:
            raise _BadLine("quality", text=cells["quality"])
        found = Reading(
            time_ns=self._time(cells["time"].strip()),
            site=self._site,
            device=device,
            part=plain(cells.get("part", "")),
            quantity=quantity,
            value=_value(cells, known.unit, quality),
            quality=quality,
            reason="" if quality is Quality.GOOD else plain(cells.get("reason", "")),
        )
        if found.value is not None and not admits_value(quantity, found.value):
            raise _BadLine("counter", text=cells["value"])
        if not admits_series(found.key):
            raise _BadLine("names")
        return found

    def _time(self, text: str) -> int:
        try:
            time_ns = time_of(text)
        except ValueError as error:
            raise _BadLine("time", text=text) from error
        if not admits_time(time_ns):
            raise _BadLine("time", text=text)
        if time_ns > self._latest_ns:
            raise _BadLine("future", text=text)
        return time_ns


class _Lines:
    """The rows of a file, and the lines that the last of them took."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._taken: list[str] = []
        self._waiting: deque[str] = deque()
        self._rows = csv.reader(self._source(), strict=True)
        self.number = 0

    def row(self) -> list[str]:
        """Return the cells of the next row; its last line has then the ``number``."""
        self._taken.clear()
        return next(self._rows)

    def give_back(self) -> int:
        """Take the row for its first line alone; return how many more lines it had, which are read again.

        A quote that is not closed takes in the lines behind it.
        """
        more = self._taken[1:]
        self.number -= len(more)
        self._waiting.extendleft(reversed(more))
        self._rows = csv.reader(self._source(), strict=True)
        return len(more)

    def _source(self) -> Iterator[str]:
        while True:
            line = self._waiting.popleft() if self._waiting else self._file.readline()
            if not line:
                return
            self.number += 1
            self._taken.append(line)
            yield line


class _BadLine(Exception):
    """What is wrong with a line."""

    def __init__(self, key: str, **params: str) -> None:
        self.key = key
        self.params = params
        super().__init__(key)


def _value(cells: dict[str, str], stored_unit: str, quality: Quality) -> float | None:
    """Return a line's value in the stored unit."""
    text = cells["value"].strip()
    if not text and quality is not Quality.GOOD:
        return None
    if not text:
        raise _BadLine("no_value")
    unit = cells.get("unit", "").strip() or stored_unit
    try:
        value = _number(text)
    except ValueError as error:
        raise _BadLine("value", text=text) from error
    if unit in UNITS and UNITS[unit].stored == stored_unit:
        value = to_stored(value, unit)
    elif unit != stored_unit:
        raise _BadLine("unit", name=unit, unit=stored_unit)
    if not math.isfinite(value):
        raise _BadLine("value", text=text)
    return value


def _number(text: str) -> float:
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text)


def heading() -> Sequence[str]:
    """Return the columns of an export."""
    return ("time", "device", "part", "quantity", "value", "unit", "quality", "reason")
