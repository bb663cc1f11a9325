"""How alarms behave over their life: guards, windows and patience, as dated data. All times in seconds."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Annotated

import msgspec

from analytics import data

Positive = Annotated[float, msgspec.Meta(gt=0)]


class _Dated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a choice comes from, how sure it is, and since when it holds."""

    source: str
    confidence: Annotated[str, msgspec.Meta(pattern=r"^(confirmed|secondary|general)$")]
    valid_from: dt.date


class Chatter(_Dated, frozen=True, kw_only=True):
    """More than ``count`` activations within ``window_s`` latch an alarm until it is quiet that long."""

    count: Annotated[int, msgspec.Meta(ge=1)]
    window_s: Positive


class Storm(_Dated, frozen=True, kw_only=True):
    """More than ``count`` new alarms within ``window_s`` are a storm; it takes no more below ``ends_below``."""

    count: Annotated[int, msgspec.Meta(ge=1)]
    window_s: Positive
    ends_below: Annotated[int, msgspec.Meta(ge=1)]


class Correlation(_Dated, frozen=True, kw_only=True):
    """How long after its cause an alarm may begin to be filed under it, by power or data and by air."""

    window_s: Positive
    air_window_s: Positive
    slack_s: Positive
    grace_s: Positive


class Stale(_Dated, frozen=True, kw_only=True):
    """An alarm that stands longer is stale."""

    after_s: Positive


class Fleeting(_Dated, frozen=True, kw_only=True):
    """An alarm that nobody acknowledged and that is over sooner is fleeting."""

    within_s: Positive


class Silence(_Dated, frozen=True, kw_only=True):
    """A device is silent after both: this long, and this many of its intervals."""

    after_s: Positive
    intervals: Positive


class Maintenance(_Dated, frozen=True, kw_only=True):
    """The longest maintenance window."""

    longest_s: Positive


class Patience(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a priority asks of people, and how long it may be shelved; ``again_s`` of 0 is never."""

    target_s: Positive
    escalate_s: tuple[float, ...]
    again_s: float
    shelf_s: Positive


class Behaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: int
    chatter: Chatter
    storm: Storm
    correlation: Correlation
    stale: Stale
    fleeting: Fleeting
    silence: Silence
    maintenance: Maintenance
    priorities: dict[str, Patience]


@cache
def behaviour() -> Behaviour:
    """Return how alarms behave."""
    return data.read("alarm_behaviour", Behaviour)
