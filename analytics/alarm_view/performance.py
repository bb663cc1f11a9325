"""How the alarms performed, as pages and reports show it: each figure beside its target, sources by name."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated

import msgspec

from analytics import data
from analytics.alarms.alarm import PRIORITIES, Alarm
from analytics.alarms.performance import DAY_NS, ENOUGH_DAYS, NOT_WATCHED, TOP, Judged, performance
from analytics.alarms.performance import Performance as Figures
from analytics.alarms.replay import Replay
from analytics.alarms.rule import NotEvaluated
from greendc import display

if TYPE_CHECKING:
    from greendc.contracts import Ledger

__all__ = ["ENOUGH_DAYS", "Gauge", "Performance", "Source", "Spell", "Verdict", "performance_of", "targets"]


class Verdict(StrEnum):
    """How a figure stands to its target."""

    KEPT = "kept"
    ATTENTION = "attention"
    MISSED = "missed"
    OPEN = "open"


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The target of a figure: kept up to ``good``, missed above ``most``."""

    code: str
    good: float
    most: float
    source: str
    confidence: Annotated[str, msgspec.Meta(pattern=r"^(confirmed|secondary|general)$")]
    valid_from: dt.date


class PriorityShare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The share 0..1 that a priority should have."""

    priority: str
    ratio: float
    source: str
    confidence: Annotated[str, msgspec.Meta(pattern=r"^(confirmed|secondary|general)$")]
    valid_from: dt.date


class Targets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: int
    targets: tuple[Target, ...]
    shares: tuple[PriorityShare, ...]


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: ``value`` is a count, a rate or, with ``ratio``, a share 0..1; None when nothing can be said yet."""

    code: str
    value: float | None
    ratio: bool
    target: Target | None
    verdict: Verdict

    def shown(self) -> str:
        """Return the value as it is read."""
        return _shown(self.value, ratio=self.ratio)

    def bound(self) -> str:
        """Return the target as it is read, empty without one."""
        if self.target is None:
            return ""
        low, high = _shown(self.target.good, ratio=self.ratio), _shown(self.target.most, ratio=self.ratio)
        return f"≤ {low}" if low == high else f"≤ {low} … {high}"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One of the alarms that came most often, and its share 0..1 of all."""

    alarm: Alarm
    count: int
    ratio: float


class Spell(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm from when it was put before a person until it was over; times are 0 for what has not happened."""

    alarm: Alarm
    time_ns: int
    acknowledged_ns: int
    cleared_ns: int
    verdict: str


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """A period. ``days`` is for how long of it alarms were judged; below `ENOUGH_DAYS` the targets only show the way.

    ``priorities`` are name, share and the share that is wished for; ``worst`` are the spells, the worst first.
    """

    figures: Figures
    days: float
    gauges: tuple[Gauge, ...]
    priorities: tuple[tuple[str, float | None, float], ...]
    top: tuple[Source, ...]
    rules: tuple[tuple[str, Judged], ...]
    kept_back: tuple[tuple[str, int], ...]
    not_evaluated: tuple[NotEvaluated, ...]
    worst: tuple[Spell, ...]


@cache
def targets() -> Targets:
    """Return the targets."""
    return data.read("alarm_targets", Targets)


def performance_of(ledger: Ledger, start_ns: int, end_ns: int) -> Performance:
    """Return how the alarms of a period performed; advisory ones are counted apart.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    figures, replay = performance(ledger, start_ns, end_ns), Replay(ledger, end_ns)
    days = figures.coverage * (end_ns - start_ns) / DAY_NS
    wished = {share.priority: share.ratio for share in targets().shares}
    known = {one.alarm.id: one.alarm for one in replay.announcements}
    announced = figures.announced or 0
    return Performance(
        figures=figures,
        days=days,
        gauges=tuple(_gauge(code, value) for code, value in _values(figures, days).items()),
        priorities=tuple((name, figures.priorities.get(name), wished[name]) for name in PRIORITIES),
        top=tuple(
            Source(alarm=known[source.alarm], count=source.count, ratio=source.count / announced)
            for source in figures.top
        ),
        rules=tuple(sorted(figures.rules.items(), key=_nuisance_first)),
        kept_back=tuple((why, count) for why, count in figures.held_back.items() if count),
        not_evaluated=tuple(sorted(entry for entries in replay.fold.gaps.values() for entry in entries)),
        worst=_worst(replay, start_ns, end_ns),
    )


def _values(figures: Figures, days: float) -> dict[str, float | None]:
    watched = figures.reason != NOT_WATCHED
    seen = figures.acknowledged.values()
    due = sum(one.within + one.late for one in seen)
    # Of a few alarms the ten most frequent are most of them, whatever they are.
    many = (figures.announced or 0) >= TOP * TOP
    return {
        "per_day": figures.per_day,
        "per_ten_minutes": figures.per_10_min,
        "peak": figures.peak_10_min,
        "above_ten": figures.load.above_limit if figures.load else None,
        "in_flood": figures.load.in_flood if figures.load else None,
        "top_share": figures.top_share if many else None,
        "chattering": len(figures.chattering) if watched else None,
        "fleeting": figures.fleeting,
        "stale": figures.stale_most,
        "seen_in_time": sum(one.within for one in seen) / due if due else None,
        "advisory_per_day": figures.advisory / days if figures.advisory is not None and days >= 1 else None,
    }


_RATIOS = frozenset(("above_ten", "in_flood", "top_share", "seen_in_time"))


def _gauge(code: str, value: float | None) -> Gauge:
    target = next((target for target in targets().targets if target.code == code), None)
    verdict = Verdict.OPEN
    if value is not None and target is not None:
        beyond = Verdict.MISSED if value > target.most else Verdict.ATTENTION
        verdict = Verdict.KEPT if value <= target.good else beyond
    return Gauge(code=code, value=value, ratio=code in _RATIOS, target=target, verdict=verdict)


def _nuisance_first(entry: tuple[str, Judged]) -> tuple[float, int, str]:
    rule, judged = entry
    return -(judged.nuisance_ratio or 0.0), -judged.announced, rule


def _worst(replay: Replay, start_ns: int, end_ns: int) -> tuple[Spell, ...]:
    """Return the alarms that stood at some time of the period, the most urgent and then the longest first."""
    verdicts = {(label.alarm.id, label.raised_ns): label.verdict for label in replay.labels}
    spells = [
        Spell(
            alarm=one.alarm,
            time_ns=one.time_ns,
            acknowledged_ns=one.acknowledged_ns,
            cleared_ns=one.cleared_ns,
            verdict=verdicts.get((one.alarm.id, one.time_ns), ""),
        )
        for one in replay.announcements
        if not one.alarm.advisory and (not one.cleared_ns or one.cleared_ns >= start_ns)
    ]
    return tuple(
        sorted(
            spells,
            key=lambda one: (PRIORITIES.index(one.alarm.priority), one.time_ns - (one.cleared_ns or end_ns)),
        )
    )


def _shown(value: float | None, *, ratio: bool) -> str:
    if value is None:
        return display.UNKNOWN
    if ratio:
        return str(display.percent(value))
    return display.number(value) if float(value).is_integer() else display.significant(value)
