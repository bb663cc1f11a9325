"""Hours of the day as people write them, ``22:00-08:00``, as stretches of minutes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from analytics.tariff.file import TIERS, Tier
from analytics.wall_clock import MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.tariff.file import DayPlan

_PERIOD = re.compile(r"^\s*(\d{1,2}):(\d{2})\s*[-–~]\s*(\d{1,2}):(\d{2})\s*$")  # noqa: RUF001 (people write the longer dash)
HOUR = 60


class Stretch(msgspec.Struct, frozen=True, order=True):
    """Minutes [start, end) of a day and their tier."""

    start: int
    end: int
    tier: Tier


def minutes(text: str) -> tuple[int, int]:
    """Return start and end [minutes since midnight] of written hours; the end may lie before the start.

    Raises:
        ValueError: it is no such text, or no time of the day.
    """
    found = _PERIOD.match(text)
    if found is None:
        raise ValueError(text)
    hour, minute, to_hour, to_minute = (int(part) for part in found.groups())
    start, end = hour * HOUR + minute, to_hour * HOUR + to_minute
    if minute >= HOUR or to_minute >= HOUR or start >= MINUTES_PER_DAY or end > MINUTES_PER_DAY or start == end:
        raise ValueError(text)
    return start, end


def stretches(text: str, tier: Tier) -> list[Stretch]:
    """Return the stretches of a day that written hours cover: two when they run over midnight.

    Raises:
        ValueError: as `minutes`.
    """
    start, end = minutes(text)
    if start < end:
        return [Stretch(start, end, tier)]
    return [Stretch(0, end, tier)] * (end > 0) + [Stretch(start, MINUTES_PER_DAY, tier)]


def written(plan: DayPlan) -> Iterator[tuple[Tier, str]]:
    """Yield every written stretch of hours of a plan with its tier."""
    for tier in TIERS:
        for text in plan.hours(tier):
            yield tier, text


def clock(minute: int) -> str:
    """Return minutes since midnight as ``HH:MM``."""
    return f"{minute // HOUR:02}:{minute % HOUR:02}"
