"""Dated rules for figures of the outdoor climate."""

from __future__ import annotations

import datetime as dt
from functools import cache

import msgspec

from analytics import data


class DegreeDayRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day counts with its mean less ``base_c`` when the mean reaches ``threshold_c``."""

    base_c: float
    threshold_c: float
    source: str
    confidence: str
    valid_from: dt.date


class FreeCoolingRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far above the outdoor wet bulb free-cooled water can be at its coldest [K]."""

    tower_approach_k: float
    exchanger_approach_k: float
    source: str
    confidence: str
    valid_from: dt.date

    @property
    def approach_k(self) -> float:
        """Return both approaches together."""
        return self.tower_approach_k + self.exchanger_approach_k


class _Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    cooling_degree_days: list[DegreeDayRule]
    free_cooling: list[FreeCoolingRule]


@cache
def _file() -> _Rules:
    return data.read("climate", _Rules)


def degree_day_rule(day: dt.date) -> DegreeDayRule:
    """Return the newest rule of cooling degree days that is in force on a day, the oldest before there was any."""
    rules = sorted(_file().cooling_degree_days, key=lambda rule: rule.valid_from)
    return next((rule for rule in reversed(rules) if rule.valid_from <= day), rules[0])


def free_cooling_rule(day: dt.date) -> FreeCoolingRule:
    """Return the newest approaches that are in force on a day, the oldest before there were any."""
    rules = sorted(_file().free_cooling, key=lambda rule: rule.valid_from)
    return next((rule for rule in reversed(rules) if rule.valid_from <= day), rules[0])
