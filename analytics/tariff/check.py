"""What can be wrong with a tariff file, each in the line where it is wrong and with its cure."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.day_types import CALENDARS, DayType, calendar
from analytics.tariff.file import FOREVER, SCHEMA, TIERS, DemandKind, TariffFile
from analytics.tariff.periods import clock, stretches, written
from analytics.wall_clock import MINUTES_PER_DAY
from greendc.errors import ConfigError, Problem, without_errors
from greendc.toml_source import TomlSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.tariff.file import DayPlan, Prices, Validity
    from analytics.tariff.periods import Stretch
    from greendc.site import Site

PRICE_LIMIT = 100.0
"""No kWh costs more than this in any currency that bills in its main unit; it is a slip of the decimal point."""
MULTIPLIER_LIMIT = 10.0
MONTHS = range(1, 13)
WINDOWS_MIN = (5, 10, 15, 20, 30, 60)
_TIER_KEYS = {str(tier) for tier in TIERS}
_PLAN_KEYS = {"months", "types", "valid_from", "valid_to"}


def read_tariff(path: Path) -> TariffFile:
    """Read and check a tariff file.

    Raises:
        ConfigError: with every problem found, each at its line.
    """
    return without_errors(*load_tariff(TomlSource.read(path)))


def load_tariff(source: TomlSource) -> tuple[TariffFile | None, list[Problem]]:
    """Return the tariff, or None when its form is wrong, and all problems, warnings among them."""
    problems = _unknown_tiers(source)
    if problems:
        return None, problems
    tariff = source.convert(source.data, TariffFile, "", problems)
    if tariff is None:
        return None, problems
    if tariff.schema != SCHEMA:
        problems.append(source.problem("schema", "errors.schema", found=str(tariff.schema), known=str(SCHEMA)))
    if tariff.calendar and tariff.calendar not in CALENDARS:
        known = ", ".join(CALENDARS)
        problems.append(source.problem("calendar", "tariff.calendar", name=tariff.calendar, known=known))
    for i, plan in enumerate(tariff.days):
        problems += _plan_problems(source, plan, f"days[{i}]")
    problems += _price_problems(source, tariff)
    problems += _demand_problems(source, tariff)
    if not any(problem.level == "error" for problem in problems):
        problems += _days_without_one_plan(source, tariff)
        problems += _validity_gaps(source, tariff)
        problems += _unknown_years(source, tariff)
    if tariff.example:
        problems.append(source.problem("example", "tariff.example", level="warning"))
    return tariff, problems


def tariff_problems(source: TomlSource, site: Site) -> list[Problem]:
    """Return what is wrong with the tariff files that a site names, each at its own file and line."""
    if site.tariff is None:
        return []
    named = [("tariff.file", site.tariff.file)] if site.tariff.file else []
    named += [(f"tariff.options[{i}]", file) for i, file in enumerate(site.tariff.options)]
    return [problem for path, file in named for problem in _of_file(source, path, file, site.tariff.currency)]


def _of_file(source: TomlSource, path: str, name: str, currency: str) -> list[Problem]:
    file = Path(name)
    if not file.is_file():
        return [source.problem(path, "tariff.no_file", name=name)]
    try:
        tariff, problems = load_tariff(TomlSource.read(file))
    except ConfigError as error:
        return list(error.problems)
    if tariff is not None and tariff.currency != currency:
        problems.append(source.problem("tariff.currency", "tariff.currency", one=currency, other=tariff.currency))
    return problems


def _unknown_tiers(source: TomlSource) -> list[Problem]:
    """Return tiers that nobody knows, before the form of the file is looked at as a whole."""
    known = ", ".join(sorted(_TIER_KEYS))
    found = []
    for i, plan in enumerate(_tables(source.data.get("days"))):
        wrong = sorted(plan.keys() - _TIER_KEYS - _PLAN_KEYS)
        found += [source.problem(f"days[{i}].{key}", "tariff.tier", name=key, known=known) for key in wrong]
    for i, prices in enumerate(_tables(source.data.get("prices"))):
        for field in ("multipliers", "per_kwh"):
            named = prices.get(field)
            wrong = sorted(named.keys() - _TIER_KEYS) if isinstance(named, dict) else []
            place = f"prices[{i}].{field}"
            found += [source.problem(place, "tariff.tier", name=key, known=known) for key in wrong]
    return found


def _tables(value: object) -> list[dict[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _plan_problems(source: TomlSource, plan: DayPlan, path: str) -> list[Problem]:
    found = _empty_period(source, plan, path)
    wrong = [str(month) for month in plan.months if month not in MONTHS]
    if wrong or not plan.months:
        found.append(source.problem(f"{path}.months", "tariff.month", name=", ".join(wrong)))
    if not plan.types:
        found.append(source.problem(f"{path}.types", "tariff.no_types", known=", ".join(DayType)))
    covered = []
    for tier, text in written(plan):
        try:
            covered += [(stretch, text) for stretch in stretches(text, tier)]
        except ValueError:
            found.append(source.problem(f"{path}.{tier}", "tariff.hours", text=text))
    return found or _uneven(source, path, covered)


def _uneven(source: TomlSource, path: str, covered: list[tuple[Stretch, str]]) -> list[Problem]:
    """Return the minutes of a day that have no tier, and those that have two."""
    found = []
    covered.sort(key=lambda entry: entry[0])
    reached = 0
    before = ""
    for stretch, text in covered:
        if stretch.start > reached:
            found.append(_hole(source, path, reached, stretch.start))
        elif stretch.start < reached:
            place = f"{path}.{stretch.tier}"
            found.append(source.problem(place, "tariff.overlap", one=before, other=text))
        if stretch.end >= reached:
            reached, before = stretch.end, text
    if reached < MINUTES_PER_DAY:
        found.append(_hole(source, path, reached, MINUTES_PER_DAY))
    return found


def _hole(source: TomlSource, path: str, start: int, end: int) -> Problem:
    return source.problem(path, "tariff.hole", start=clock(start), end=clock(end))


def _empty_period(source: TomlSource, entry: Validity, path: str) -> list[Problem]:
    return [] if entry.valid_from < entry.valid_to else [source.problem(f"{path}.valid_to", "errors.empty_period")]


def _price_problems(source: TomlSource, tariff: TariffFile) -> list[Problem]:
    used = {tier for plan in tariff.days for tier, _ in written(plan)}
    found = []
    if not tariff.prices:
        found.append(source.problem("prices", "tariff.no_prices"))
    for i, prices in enumerate(tariff.prices):
        path = f"prices[{i}]"
        found += _empty_period(source, prices, path)
        if (prices.base_per_kwh is None) == (not prices.per_kwh):
            found.append(source.problem(path, "tariff.two_ways"))
            continue
        for field, name, value, limit in _numbers(prices):
            if not (math.isfinite(value) and 0 <= value <= limit):
                shown = {"name": name, "value": f"{value:g}", "limit": f"{limit:g}"}
                found.append(source.problem(f"{path}.{field}", "tariff.impossible", **shown))
        field = "multipliers" if prices.base_per_kwh is not None else "per_kwh"
        missing = sorted(tier for tier in used if prices.price(tier) is None)
        found += [source.problem(f"{path}.{field}", "tariff.no_price", name=tier) for tier in missing]
    return found + _overlaps(source, tariff.prices, "prices", "tariff.prices_overlap")


def _numbers(prices: Prices) -> list[tuple[str, str, float, float]]:
    """Return field, name, value and upper limit of every number of a price table."""
    found = [(field, field, getattr(prices, field), PRICE_LIMIT) for field in ("added_per_kwh", "export_per_kwh")]
    if prices.base_per_kwh is not None:
        found.append(("base_per_kwh", "base_per_kwh", prices.base_per_kwh, PRICE_LIMIT))
    found += [("multipliers", str(tier), value, MULTIPLIER_LIMIT) for tier, value in prices.multipliers.items()]
    return found + [("per_kwh", str(tier), value, PRICE_LIMIT) for tier, value in prices.per_kwh.items()]


def _overlaps(source: TomlSource, entries: Sequence[Validity], table: str, key: str) -> list[Problem]:
    found = []
    for (i, one), (j, other) in itertools.combinations(enumerate(entries), 2):
        if one.valid_from < other.valid_to and other.valid_from < one.valid_to:
            line, _ = source.place(f"{table}[{i}]")
            found.append(source.problem(f"{table}[{j}]", key, line=str(line)))
    return found


def _demand_problems(source: TomlSource, tariff: TariffFile) -> list[Problem]:
    found = []
    for i, demand in enumerate(tariff.demand):
        path = f"demand[{i}]"
        found += _empty_period(source, demand, path)
        if demand.kind is DemandKind.CAPACITY and demand.capacity_kw is None:
            found.append(source.problem(path, "tariff.no_capacity"))
        if demand.window_min not in WINDOWS_MIN:
            known = ", ".join(str(window) for window in WINDOWS_MIN)
            found.append(source.problem(f"{path}.window_min", "tariff.window", known=known))
        for field in ("per_kw_month", "capacity_kw", "contract_kw", "least_share", "tolerance", "over_factor"):
            value = getattr(demand, field)
            if value is not None and not (math.isfinite(value) and value >= 0):
                found.append(source.problem(f"{path}.{field}", "tariff.negative", name=field, value=f"{value:g}"))
    if tariff.power_factor is not None and not tariff.power_factor.steps:
        found.append(source.problem("power_factor", "tariff.no_steps"))
    return found + _overlaps(source, tariff.demand, "demand", "tariff.demand_overlap")


def _days_without_one_plan(source: TomlSource, tariff: TariffFile) -> list[Problem]:
    """Return the kinds of day for which no plan, or more than one, holds at some time."""
    edges = sorted({day for entry in (*tariff.days, *tariff.prices) for day in (entry.valid_from, entry.valid_to)})
    missing: dict[DayType, set[int]] = {}
    twice: dict[tuple[int, int], tuple[int, DayType]] = {}
    for day, month, kind in itertools.product(edges, MONTHS, DayType):
        if not any(prices.holds(day) for prices in tariff.prices):
            continue
        plans = [i for i, p in enumerate(tariff.days) if p.holds(day) and month in p.months and kind in p.types]
        if not plans:
            missing.setdefault(kind, set()).add(month)
        for pair in itertools.pairwise(plans):
            twice.setdefault(pair, (month, kind))
    found = []
    for kind, months in missing.items():
        shown = ", ".join(str(month) for month in sorted(months))
        found.append(source.problem("days", "tariff.no_plan", kind=kind, months=shown))
    for (one, other), (month, kind) in twice.items():
        line, _ = source.place(f"days[{one}]")
        shown_at = {"line": str(line), "kind": str(kind), "month": str(month)}
        found.append(source.problem(f"days[{other}]", "tariff.two_plans", **shown_at))
    return found


def _validity_gaps(source: TomlSource, tariff: TariffFile) -> list[Problem]:
    """Return the days between two price tables on which none holds."""
    found = []
    ordered = sorted(enumerate(tariff.prices), key=lambda entry: entry[1].valid_from)
    for (_, one), (i, other) in itertools.pairwise(ordered):
        if one.valid_to < other.valid_from:
            shown = {"start": str(one.valid_to), "end": str(other.valid_from)}
            found.append(source.problem(f"prices[{i}].valid_from", "tariff.prices_gap", level="warning", **shown))
    return found


def _unknown_years(source: TomlSource, tariff: TariffFile) -> list[Problem]:
    """Return a warning when the calendar of holidays ends before the prices do."""
    if not tariff.calendar:
        return []
    known = max(calendar(tariff.calendar).years)
    listed = {day.year for day in tariff.holidays}
    last_day = max(prices.valid_to for prices in tariff.prices)
    last = known + 1 if last_day == FOREVER else (last_day - dt.timedelta(days=1)).year
    if last <= known or last in listed:
        return []
    return [source.problem("calendar", "tariff.calendar_ends", level="warning", year=str(known))]
