"""The limits, delays and deadbands of every rule, as dated data with source and confidence."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Annotated

import msgspec

from analytics import data


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One level of a rule: ``kind`` picks the wording; ``limit`` and ``deadband`` are in the unit of what is judged.

    ``side`` says on which side of the limit it is broken. The worse level comes first.
    """

    kind: str
    limit: float
    priority: Annotated[str, msgspec.Meta(pattern=r"^(critical|high|medium|low)$")]
    deadband: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    side: Annotated[str, msgspec.Meta(pattern=r"^(high|low)$")] = "high"


class RuleLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule is judged by. ``hard`` limits are always on; ``mode`` holds what says when a rule applies at all.

    A ``latched`` alarm stands until its condition is over and a person has seen it. What does not ``spreads`` is never
    the cause of another alarm: wear that takes months turns no rack hot. Delays are in seconds.
    ``checks`` are keys of the catalogue below `checks`: what to look at, the likeliest first.
    """

    levels: tuple[Level, ...]
    on_delay_s: Annotated[float, msgspec.Meta(ge=0)]
    off_delay_s: Annotated[float, msgspec.Meta(ge=0)]
    hard: bool
    latched: bool = False
    spreads: bool = True
    source: str
    confidence: Annotated[str, msgspec.Meta(pattern=r"^(confirmed|secondary|general)$")]
    valid_from: dt.date
    mode: dict[str, float] = {}
    checks: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    rules: dict[str, RuleLimits]


@cache
def limits() -> dict[str, RuleLimits]:
    """Return what every rule is judged by, by the rule's key."""
    return data.read("alarm_limits", _File).rules
