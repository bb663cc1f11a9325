"""Carbon factors of the grid hour by hour where they are given, else the region's factor of the year.

Location-based is what the grid emitted, market-based what the site's contracts stand for (GHG Protocol, scope 2).
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.carbon import grid_factor
from analytics.counters import Floats, Times
from analytics.wall_clock import wall_clock
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.errors import ConfigError, Problem, without_errors

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

TIME, LOCATION, MARKET = "time", "location_kg_per_kwh", "market_kg_per_kwh"
HIGHEST = 2.0
"""No grid emits more [kg/kWh]; a larger number is in grams."""


class HourlyFactors(msgspec.Struct, frozen=True, kw_only=True):
    """Factors [kg/kWh] of hours that start at ``start_ns``, sorted; NaN where one is not given."""

    start_ns: Times
    location: Floats
    market: Floats


class Factors(msgspec.Struct, frozen=True, kw_only=True):
    """Factors [kg/kWh, n] of some times, NaN where unknown.

    ``hourly_share`` of them are hourly ones, ``source`` names where the others come from. ``market`` is known only
    where contracts say so: it is never filled with the grid's factor.
    """

    location: Floats
    market: Floats
    hourly_share: float
    source: str


def factors_at(time_ns: Times, region: str, zone: dt.tzinfo, hourly: HourlyFactors | None = None) -> Factors:
    """Return the factors at times [ns since 1970, UTC]."""
    location, market = np.full((2, len(time_ns)), np.nan)
    given = np.zeros(len(time_ns), dtype=np.bool_)
    if hourly is not None and len(hourly.start_ns):
        places = np.searchsorted(hourly.start_ns, time_ns, side="right") - 1
        inside = (places >= 0) & (time_ns - hourly.start_ns[np.maximum(places, 0)] < NS_PER_HOUR)
        location[inside], market[inside] = hourly.location[places[inside]], hourly.market[places[inside]]
        given = np.isfinite(location)
    dates, days = wall_clock(time_ns, zone).dates()
    known = [grid_factor(region, day.year) for day in dates]
    yearly = np.array([np.nan if factor is None else factor.kg_per_kwh for factor in known])
    location = np.where(given, location, yearly[days]) if len(days) else location
    sources = dict.fromkeys(factor.source for factor in known if factor is not None)
    share = float(given.mean()) if len(given) else 0.0
    return Factors(
        location=location, market=market, hourly_share=share, source="" if share == 1 else "; ".join(sources)
    )


def read_factors(path: Path) -> HourlyFactors:
    """Read a CSV file of hours: ``time`` (ISO 8601), ``location_kg_per_kwh`` and, may be, ``market_kg_per_kwh``.

    Raises:
        ConfigError: with every line that cannot be used.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            missing = {TIME, LOCATION} - set(table.fieldnames or ())
            if missing:
                raise ConfigError.single("schedule.factors.column", file=path, name=", ".join(sorted(missing)))
            rows = list(table)
    except FileNotFoundError as error:
        raise ConfigError.single("errors.file_missing", file=path, hint="errors.file_missing_hint") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError.single("errors.file_unreadable", file=path, why=str(error)) from error
    problems: list[Problem] = []
    found = [_row(str(path), line, row, problems) for line, row in enumerate(rows, start=2)]
    good = without_errors(sorted(row for row in found if row is not None), problems)
    times, location, market = ([row[i] for row in good] for i in range(3))
    return HourlyFactors(
        start_ns=np.array(times, dtype=np.int64),
        location=np.array(location, dtype=np.float64),
        market=np.array(market, dtype=np.float64),
    )


def _row(file: str, line: int, row: dict[str, str | None], problems: list[Problem]) -> tuple[int, float, float] | None:
    try:
        time_ns = from_iso(row[TIME] or "")
        values = [float(row.get(name) or "nan") for name in (LOCATION, MARKET)]
    except ValueError:
        problems.append(Problem(key="schedule.factors.row", file=file, line=line))
        return None
    if any(value < 0 or value > HIGHEST for value in values):
        problems.append(Problem(key="schedule.factors.size", file=file, line=line, params={"most": f"{HIGHEST:g}"}))
        return None
    return time_ns, values[0], values[1]
