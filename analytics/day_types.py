"""What kind of day a date is: a workday, a weekend day or a holiday, by a dated calendar."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from analytics import data

if TYPE_CHECKING:
    from collections.abc import Iterable

SATURDAY = 5


class DayType(StrEnum):
    """The three kinds of day that tariffs and loads tell apart."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


class _Year(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    year: int
    holidays: list[dt.date]
    workdays: list[dt.date]
    source: str
    confidence: str


class _Years(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    years: list[_Year]


class DayCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """Days that are not what their day of the week says.

    ``holidays`` are days off, ``workdays`` weekend days that are worked, ``years`` those that the calendar knows: in
    any other year only the days that are listed differ from the week.
    """

    holidays: frozenset[dt.date] = frozenset()
    workdays: frozenset[dt.date] = frozenset()
    years: frozenset[int] = frozenset()

    def day_type(self, day: dt.date) -> DayType:
        """Return what kind of day it is."""
        if day in self.holidays:
            return DayType.HOLIDAY
        return DayType.WORKDAY if day.weekday() < SATURDAY or day in self.workdays else DayType.WEEKEND

    def with_days(self, holidays: Iterable[dt.date], workdays: Iterable[dt.date]) -> DayCalendar:
        """Return the calendar with further days; they count before what it said of them."""
        off, worked = frozenset(holidays), frozenset(workdays)
        return DayCalendar(
            holidays=(self.holidays - worked) | off, workdays=(self.workdays - off) | worked, years=self.years
        )


PLAIN_WEEK = DayCalendar()
"""Saturday and Sunday are off, nothing else is."""
CALENDARS = ("cn",)
"""The names that `calendar` knows."""


@cache
def calendar(name: str) -> DayCalendar:
    """Return a calendar by name: ``cn`` for mainland China, empty for the plain week.

    Raises:
        KeyError: there is none of that name.
    """
    if not name:
        return PLAIN_WEEK
    if name not in CALENDARS:
        raise KeyError(name)
    years = data.read(f"holidays_{name}", _Years).years
    return DayCalendar(
        holidays=frozenset(day for year in years for day in year.holidays),
        workdays=frozenset(day for year in years for day in year.workdays),
        years=frozenset(year.year for year in years),
    )


def calendar_of(region: str) -> DayCalendar:
    """Return the calendar of a region code such as ``CN-YN``; the plain week where none is known."""
    name = region.partition("-")[0].lower()
    return calendar(name if name in CALENDARS else "")
