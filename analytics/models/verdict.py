"""What learned models say: what holds now, what a value is made of, and which models could not be made."""

from __future__ import annotations

import msgspec

from greendc.model import SeriesKey

HIGH, LOW, BOTH = "high", "low", "both"


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """How much one term moves the expected value away from that of the reference operating point, in its unit."""

    term: str
    value: float


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A change point: when, the level before and after in the target's unit, and what it costs [kWh/day].

    ``before`` is what the target would be now without the change; ``cost_kwh_day`` is None where the target is no
    power.
    """

    time_ns: int
    before: float
    after: float
    cost_kwh_day: float | None = None


class ModelVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one model says about one place at ``time_ns`` (end of the step judged last).

    ``value``, ``expected``, ``low`` and ``high`` are means of about half an hour in ``unit``; the band is the one that
    is judged by, and held-out days lay in it for ``level`` (0..1) of the time. ``kind`` is ``residual`` (out of its
    band), ``drift`` (small and lasting) or ``peer``; ``shares`` says how much either part of the judgement weighs.
    ``direction`` is where the value went, and ``harmful`` tells whether that does harm. ``contributions`` and
    ``reference`` (the value at the reference operating point) and ``unexplained`` sum to ``value``.
    With ``outside_experience`` an input lies beyond what the model was trained on: the band is wider, and no alarm
    begins (one that stands may stay ``active``); ``outside`` names the terms. ``surprise`` is -log10 of a calibrated
    tail probability; ``provisional`` says that the model has seen less than a week.
    """

    key: str
    family: str
    node: str
    series: SeriesKey
    time_ns: int
    unit: str
    active: bool
    value: float
    expected: float
    low: float
    high: float
    level: float
    surprise: float = 0.0
    since_ns: int = 0
    kind: str = "residual"
    direction: str = ""
    harmful: bool = False
    outside_experience: bool = False
    outside: tuple[str, ...] = ()
    provisional: bool = False
    reference: float = 0.0
    contributions: tuple[Contribution, ...] = ()
    unexplained: float = 0.0
    shares: tuple[tuple[str, float], ...] = ()
    shift: Shift | None = None
    peers: int = 0
    checks: tuple[str, ...] = ()
    model: str = ""


class NotModelled(msgspec.Struct, frozen=True, kw_only=True):
    """A model that cannot be made at a place, and the quantities that are missing there.

    ``reason`` is ``point_missing``, ``few_data`` (points exist, but not enough usable steps) or ``refused`` (its file
    is not what was saved).
    """

    rule: str
    node: str
    missing: tuple[str, ...] = ()
    reason: str = "point_missing"
