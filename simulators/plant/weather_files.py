"""Weather files that a person has: EPW, TMY3 and plain CSV. A file that cannot be used is refused with the place."""

from __future__ import annotations

import csv
import math
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.errors import ConfigError, Problem
from greendc.physics import moist_air
from simulators.plant.weather_year import HOURS, WeatherYear, hour_of_year

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from greendc.physics.kinds import FloatArray

LONGEST_GAP_H = 3.0
LONGEST_SAID = 60


class Column(msgspec.Struct, frozen=True):
    """One column: its name, what it is multiplied by, its bounds after that, and from where on it means "missing"."""

    name: str
    scale: float
    low: float
    high: float
    missing: float = math.inf
    needed: bool = True


_COLUMNS = {
    "dry_bulb_c": Column("dry_bulb_c", 1.0, -70.0, 60.0),
    "dew_point_c": Column("dew_point_c", 1.0, -80.0, 40.0, needed=False),
    "relative_humidity": Column("relative_humidity", 1.0, 0.001, 1.0, needed=False),
    "pressure_pa": Column("pressure_pa", 1.0, 40_000.0, 110_000.0, needed=False),
    "irradiance_w_m2": Column("irradiance_w_m2", 1.0, 0.0, 1600.0, needed=False),
    "wind_m_s": Column("wind_m_s", 1.0, 0.0, 60.0, needed=False),
}
# EnergyPlus Auxiliary Programs, "EnergyPlus Weather File (EPW) Data Dictionary": position in the row, and the code
# that stands for a missing value.
_EPW = {
    "dry_bulb_c": (6, Column("dry bulb", 1.0, -70.0, 60.0, 99.9)),
    "dew_point_c": (7, Column("dew point", 1.0, -80.0, 60.0, 99.9)),
    "pressure_pa": (9, Column("pressure", 1.0, 40_000.0, 110_000.0, 999_999.0)),
    "irradiance_w_m2": (13, Column("global horizontal radiation", 1.0, 0.0, 1600.0, 9999.0)),
    "wind_m_s": (21, Column("wind speed", 1.0, 0.0, 60.0, 999.0)),
}
_EPW_HEADER = 8
_EPW_WIDTH = 22
# Wilcox and Marion, "Users Manual for TMY3 Data Sets", NREL/TP-581-43156: names and scales; -9900 is missing.
_TMY3 = {
    "dry_bulb_c": Column("Dry-bulb (C)", 1.0, -70.0, 60.0),
    "dew_point_c": Column("Dew-point (C)", 1.0, -80.0, 40.0),
    "pressure_pa": Column("Pressure (mbar)", 100.0, 40_000.0, 110_000.0),
    "irradiance_w_m2": Column("GHI (W/m^2)", 1.0, 0.0, 1600.0),
    "wind_m_s": Column("Wspd (m/s)", 1.0, 0.0, 60.0),
}
_TMY3_MISSING = -9900.0
_TMY3_DATE, _TMY3_TIME = "Date (MM/DD/YYYY)", "Time (HH:MM)"
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def read_weather(path: Path) -> WeatherYear:
    """Read a year of weather; ``.epw`` is EPW, a CSV with TMY3's second row is TMY3, any other CSV has named columns.

    A plain CSV has ``time`` (local standard time, ISO 8601), ``dry_bulb_c``, ``dew_point_c`` or ``relative_humidity``
    [0..1], and may have ``irradiance_w_m2``, ``wind_m_s`` and ``pressure_pa``.

    Raises:
        ConfigError: with file, line and column, what is wrong and what may stand there; an hour that is missing is
            named.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError.single("errors.file_missing", file=path) from error
    except OSError as error:
        raise ConfigError.single("errors.file_unreadable", file=path, why=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise ConfigError.single(
            "simulate.weather_encoding", hint="simulate.weather_encoding_hint", file=path
        ) from error
    return parse_weather(text, str(path))


def parse_weather(text: str, file: str) -> WeatherYear:
    """Read a year of weather from the text of a file; see `read_weather`."""
    lines = text.splitlines()
    if file.lower().endswith(".epw") or text.startswith("LOCATION,"):
        return _epw(_Rows(file, lines, _EPW_HEADER))
    if len(lines) > 1 and lines[1].startswith(_TMY3_DATE):
        return _tmy3(_Rows(file, lines, 2))
    if not lines:
        raise ConfigError.single("simulate.weather_empty", file=file)
    return _csv(_Rows(file, lines, 1))


class _Rows:
    """The rows of a file after its header, and complaints about them."""

    def __init__(self, file: str, lines: Sequence[str], header: int) -> None:
        self.file = file
        self._lines = lines
        self._header = header

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        cells = csv.reader(self._lines[self._header :])
        number = self._header
        while True:
            number += 1
            try:
                row = next(cells, None)
            except csv.Error as error:
                raise self.error("weather_row", number, why=str(error)) from error
            if row is None:
                return
            if any(cell.strip() for cell in row):
                yield number, row

    def names(self) -> dict[str, int]:
        """Return the columns that the last row of the header names, and where they are."""
        try:
            cells = next(csv.reader(self._lines[self._header - 1 : self._header]), [])
        except csv.Error as error:
            raise self.error("weather_row", self._header, why=str(error)) from error
        return {name.strip(): at for at, name in enumerate(cells)}

    def error(self, key: str, line: int = 0, at: int = -1, *, hint: str = "", **params: str) -> ConfigError:
        """Return the error of a line and the column of its cell."""
        column = min(line, 1)
        if line and at >= 0:
            column = sum(len(cell) + 1 for cell in self._lines[line - 1].split(",")[:at]) + 1
        shown = {name: said[:LONGEST_SAID] for name, said in params.items()}
        return ConfigError(
            [Problem(key=f"simulate.{key}", params=shown, hint=hint, file=self.file, line=line, column=column)]
        )

    def number(self, line: int, row: Sequence[str], at: int, column: Column) -> float:
        """Return a cell in SI, NaN when it is missing."""
        said = _cell(row, at)
        try:
            value = float(said) if said else math.nan
        except ValueError as error:
            raise self.error("weather_number", line, at, name=column.name, said=said) from error
        if not said or column.missing <= value < math.inf or value == _TMY3_MISSING:
            return math.nan
        value *= column.scale
        if not column.low <= value <= column.high:
            low, high = f"{column.low / column.scale:g}", f"{column.high / column.scale:g}"
            raise self.error("weather_bounds", line, at, name=column.name, said=said, low=low, high=high)
        return value


def _cell(row: Sequence[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


def _place(rows: _Rows, line: int, row: Sequence[str], month: str, day: str, hour: str) -> float:
    """Return the hour of the year of a row that says month, day and the hour 1..24 at whose end it stands."""
    try:
        parts = int(month), int(day), int(hour)
    except ValueError as error:
        raise rows.error("weather_time", line, 0, said=",".join(row[:5])) from error
    leap_day = parts[:2] == (2, 29)
    months, hours = len(_DAYS), HOURS // sum(_DAYS)
    if not (1 <= parts[0] <= months and 1 <= parts[1] <= _DAYS[parts[0] - 1] + leap_day and 0 <= parts[2] <= hours):
        raise rows.error("weather_time", line, 0, said=",".join(row[:5]))
    if leap_day:
        return math.nan
    return (sum(_DAYS[: parts[0] - 1]) + parts[1] - 1) * 24.0 + parts[2]


def _epw(rows: _Rows) -> WeatherYear:
    hours: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in _EPW}
    for line, row in rows:
        if len(row) < _EPW_WIDTH:
            raise rows.error("weather_short", line, found=str(len(row)), least=str(_EPW_WIDTH))
        hours.append(_place(rows, line, row, row[1], row[2], row[3]))
        for name, (at, column) in _EPW.items():
            found[name].append(rows.number(line, row, at, column))
    return _year(rows, hours, found)


def _tmy3(rows: _Rows) -> WeatherYear:
    names = rows.names()
    for name in (_TMY3_TIME, *(column.name for column in _TMY3.values())):
        if name not in names:
            raise rows.error("weather_column", 2, name=name)
    hours: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in _TMY3}
    for line, row in rows:
        month, _, day = _cell(row, names[_TMY3_DATE]).partition("/")
        hour = _cell(row, names[_TMY3_TIME]).partition(":")[0]
        hours.append(_place(rows, line, row, month, day.partition("/")[0], hour))
        for name, column in _TMY3.items():
            found[name].append(rows.number(line, row, names[column.name], column))
    return _year(rows, hours, found)


def _csv(rows: _Rows) -> WeatherYear:
    names = rows.names()
    humidity = "relative_humidity" if "relative_humidity" in names and "dew_point_c" not in names else "dew_point_c"
    for name in ("time", "dry_bulb_c", humidity):
        if name not in names:
            raise rows.error("weather_column", 1, hint="simulate.weather_columns_hint", name=name)
    stamps: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in _COLUMNS if name in names}
    for line, row in rows:
        said = _cell(row, names["time"])
        try:
            # Local standard time as written; an offset in the text changes nothing.
            local = datetime.fromisoformat(said).replace(tzinfo=None)
        except ValueError as error:
            raise rows.error("weather_time", line, names["time"], said=said) from error
        stamps.append((local - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - a local time without a zone
        for name, values in found.items():
            values.append(rows.number(line, row, names[name], _COLUMNS[name]))
    if not stamps:
        raise ConfigError.single("simulate.weather_empty", file=rows.file)
    if humidity == "relative_humidity":
        relative = np.array(found.pop("relative_humidity"))
        dry = np.nan_to_num(np.array(found["dry_bulb_c"]))
        dew = moist_air.dew_point(dry, np.nan_to_num(relative, nan=0.5))
        found["dew_point_c"] = np.where(np.isnan(relative), np.nan, dew).tolist()
    return _year(rows, hour_of_year(np.array(stamps)).tolist(), found)


def _year(rows: _Rows, hours: Sequence[float], found: dict[str, list[float]]) -> WeatherYear:
    """Put rows in any order onto the hours of a year; too long a stretch without a value is refused."""
    if not hours:
        raise ConfigError.single("simulate.weather_empty", file=rows.file)
    at = np.array(hours) % HOURS
    order = np.argsort(at, kind="stable")
    columns = {name: _hourly(rows, name, at[order], np.array(values)[order]) for name, values in found.items()}
    dew = np.minimum(columns["dew_point_c"], columns["dry_bulb_c"])
    return WeatherYear(
        dry_bulb_c=columns["dry_bulb_c"],
        dew_point_c=dew,
        pressure_pa=columns.get("pressure_pa"),
        irradiance_w_m2=columns.get("irradiance_w_m2"),
        wind_m_s=columns.get("wind_m_s"),
    )


def _hourly(rows: _Rows, name: str, at: FloatArray, values: FloatArray) -> FloatArray:
    known = np.isfinite(at) & np.isfinite(values)
    at, values = at[known], values[known]
    gaps = np.diff(at, append=at[0] + HOURS) if len(at) else np.array([float(HOURS)])
    long = np.flatnonzero(gaps > LONGEST_GAP_H)
    if len(long):
        hour = _spoken(float(at[long[0]]) + 1.0 if len(at) else 0.0)
        raise rows.error("weather_gap", name=name, hour=hour, gap=f"{gaps[long[0]]:g}", most=f"{LONGEST_GAP_H:g}")
    hourly: FloatArray = np.interp(np.arange(HOURS, dtype=np.float64), at, values, period=HOURS)
    return hourly


def _spoken(hour: float) -> str:
    """Return an hour of the year as month, day and time."""
    day, of_day = divmod(int(hour) % HOURS, 24)
    month = 0
    while day >= _DAYS[month]:
        day -= _DAYS[month]
        month += 1
    return f"{month + 1:02}-{day + 1:02} {of_day:02}:00"
