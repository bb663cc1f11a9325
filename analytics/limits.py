"""What standards and programmes ask of a figure, and whether it meets that, misses it, or is too uncertain to say."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from analytics import data
from analytics.formulas.gb40879 import grade
from greendc.clock import NS_PER_HOUR
from greendc.errors import ConfigError

if TYPE_CHECKING:
    from analytics.result import KpiResult
    from greendc.site import Site

USUAL = "iso"
YEAR_NS = 365 * 24 * NS_PER_HOUR


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One limit of one figure: ``grades`` ascend, ``most`` and ``least`` are single limits, in the figure's unit.

    ``whole_year``: it is meant for twelve months and is only an outlook before. ``racks_above``: for centres with more
    racks than this.
    """

    key: str
    kpi: str
    standard: str
    source: str
    confidence: str
    valid_from: dt.date
    valid_to: dt.date = dt.date(9999, 12, 31)
    grades: tuple[float, ...] = ()
    most: float | None = None
    least: float | None = None
    racks_above: int = 0
    whole_year: bool = False


class StandardsProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which limits a site is shown with, and the regions (by the start of their code) whose usual profile it is."""

    name: str
    limits: list[str]
    regions: list[str] = []


class _Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    limits: list[Limit]
    profiles: list[StandardsProfile]


class Verdict(StrEnum):
    """How a figure stands to a limit."""

    MET = "met"
    MISSED = "missed"
    WITHIN_ERROR = "within_error"
    OUTLOOK = "outlook"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside a limit. ``grade`` is 0 where there is none; ``met`` is what the value alone would say."""

    limit: Limit
    verdict: Verdict
    grade: int = 0
    met: bool | None = None


@cache
def _file() -> _Limits:
    return data.read("efficiency_limits", _Limits)


def profile_names() -> list[str]:
    """Return the names of the standards profiles."""
    return [profile.name for profile in _file().profiles]


def profile_of(site: Site) -> str:
    """Return the standards profile of a site: the one that it names, else that of its region, else ``iso``.

    Raises:
        ConfigError: it names one that does not exist.
    """
    named = site.info.standards
    if named and named not in profile_names():
        raise ConfigError.single("kpis.unknown_standards", name=named, known=", ".join(profile_names()))
    region = site.info.region
    usual = (
        profile.name
        for profile in _file().profiles
        if any(region == known or region.startswith(f"{known}-") for known in profile.regions)
    )
    return named or next(usual, USUAL)


def judgements(result: KpiResult, site: Site, day: dt.date) -> tuple[Judgement, ...]:
    """Return how a figure stands to the limits of its site's profile that are in force on a day.

    Raises:
        ConfigError: the site names a profile that does not exist.
    """
    limits = [limit for limit in limits_of(profile_of(site), day) if limit.kpi == result.kpi]
    return tuple(judge(result, limit, len(site.racks)) for limit in limits)


def limits_of(profile: str, day: dt.date) -> list[Limit]:
    """Return the limits of a standards profile that are in force on a day.

    Raises:
        KeyError: there is no such profile.
    """
    chosen = next((entry for entry in _file().profiles if entry.name == profile), None)
    if chosen is None:
        raise KeyError(profile)
    return [
        limit for limit in _file().limits if limit.key in chosen.limits and limit.valid_from <= day < limit.valid_to
    ]


def judge(result: KpiResult, limit: Limit, racks: int) -> Judgement:
    """Return how a figure stands to a limit at a site with a number of racks.

    The unrounded value decides. Where the limit lies within the value's uncertainty, the verdict says so; a figure of
    less than a year is an outlook only where the limit is meant for a year.
    """
    if racks <= limit.racks_above and limit.racks_above:
        return Judgement(limit=limit, verdict=Verdict.NOT_APPLICABLE)
    if result.value is None:
        return Judgement(limit=limit, verdict=Verdict.UNKNOWN)
    low, high = result.interval or (result.value, result.value)
    reached = grade(result.value, limit.grades) if limit.grades else 0
    met = _met(limit, result.value)
    if limit.whole_year and (result.end_ns - result.start_ns) < YEAR_NS:
        verdict = Verdict.OUTLOOK
    elif _met(limit, low) != _met(limit, high) or (
        limit.grades and grade(low, limit.grades) != grade(high, limit.grades)
    ):
        verdict = Verdict.WITHIN_ERROR
    else:
        verdict = Verdict.MET if met else Verdict.MISSED
    return Judgement(limit=limit, verdict=verdict, grade=reached, met=met)


def _met(limit: Limit, value: float) -> bool:
    if limit.grades:
        return value <= limit.grades[-1]
    return (limit.most is None or value <= limit.most) and (limit.least is None or value >= limit.least)
