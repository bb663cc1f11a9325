"""How the alarm system itself performs, against the targets of ISA-18.2, IEC 62682 and EEMUA 191."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated

import msgspec

from analytics import data
from analytics.alarm_view.history import past_of
from analytics.alarms import transition as tr
from analytics.alarms.alarm import PRIORITIES
from analytics.alarms.behaviour import behaviour
from analytics.alarms.episode import Episode
from analytics.alarms.rule import NotEvaluated
from analytics.formulas.alarm_rates import alarm_load
from greendc import display
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarm_view.history import Announcement, Past
    from greendc.contracts import Ledger

TEN_MINUTES_NS = 600 * NS_PER_SECOND
DAY_NS = 24 * NS_PER_HOUR
ENOUGH_DAYS = 30
TOP = 10
FLEETING_NS = 60 * NS_PER_SECOND
"""An alarm that is over sooner, and that nobody has seen, gave nobody a chance to act."""


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
    """One of the alarms that came most often."""

    episode: Episode
    count: int
    ratio: float


class RuleRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What people said of a rule's episodes; ``nuisance_ratio`` is of those that were judged and no test."""

    rule: str
    episodes: int
    real: int
    nuisance: int
    test: int

    @property
    def nuisance_ratio(self) -> float | None:
        """Return the share of nuisance alarms, None when none was judged."""
        judged = self.real + self.nuisance
        return self.nuisance / judged if judged else None


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a period. ``days`` is what of it the ledger knows; below `ENOUGH_DAYS` nothing is final."""

    start_ns: int
    end_ns: int
    days: float
    shown: int
    advisory: int
    gauges: tuple[Gauge, ...]
    priorities: tuple[tuple[str, int, float | None, float], ...]
    top: tuple[Source, ...]
    rules: tuple[RuleRecord, ...]
    kept_back: tuple[tuple[str, int], ...]
    not_evaluated: tuple[NotEvaluated, ...]
    worst: tuple[Episode, ...]


@cache
def targets() -> Targets:
    """Return the targets."""
    return data.read("alarm_targets", Targets)


def performance_of(ledger: Ledger, start_ns: int, end_ns: int) -> Performance:
    """Return how the alarms of a period performed; advisory ones are counted apart.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    past = past_of(ledger, start_ns, end_ns)
    real = [each for each in past.announcements if not each.advisory]
    advisory = len(past.announcements) - len(real)
    begin_ns = max(start_ns, past.first_ns) if past.first_ns else end_ns
    days = max(0.0, (end_ns - begin_ns) / DAY_NS)
    episodes = [episode for episode in past.episodes if not episode.alarm.advisory and episode.announced_ns]
    counts = Counter(each.priority for each in real)
    shares = {share.priority: share.ratio for share in targets().shares}
    return Performance(
        start_ns=start_ns,
        end_ns=end_ns,
        days=days,
        shown=len(real),
        advisory=advisory,
        gauges=_gauges(past, real, episodes, advisory, begin_ns),
        priorities=tuple(
            (name, counts[name], counts[name] / len(real) if real else None, shares[name]) for name in PRIORITIES
        ),
        top=_top(past, real),
        rules=_rules(past),
        kept_back=tuple(sorted(past.kept_back.items())),
        not_evaluated=tuple(sorted(entry for entries in past.fold.gaps.values() for entry in entries)),
        worst=tuple(sorted(episodes, key=lambda episode: _badness(episode, end_ns))),
    )


def _gauges(
    past: Past, real: Sequence[Announcement], episodes: Sequence[Episode], advisory: int, begin_ns: int
) -> tuple[Gauge, ...]:
    days = (past.end_ns - begin_ns) / DAY_NS
    windows = max(-(-(past.end_ns - begin_ns) // TEN_MINUTES_NS), 1 if real else 0)
    counts = [0] * windows
    for each in real:
        counts[min((each.time_ns - begin_ns) // TEN_MINUTES_NS, windows - 1)] += 1
    load = alarm_load(counts)
    top = Counter(each.alarm_id for each in real).most_common(TOP)
    waited = [_in_time(episode, past.end_ns) for episode in episodes]
    known = [in_time for in_time in waited if in_time is not None]
    values: dict[str, float | None] = {
        "per_day": len(real) / days if days >= 1 else None,
        "per_ten_minutes": load.mean if load else None,
        "peak": float(max(counts)) if counts else None,
        "above_ten": load.above_limit if load else None,
        "in_flood": load.in_flood if load else None,
        # Of a few alarms the ten most frequent are most of them, whatever they are.
        "top_share": sum(n for _, n in top) / len(real) if len(real) >= TOP * TOP else None,
        "chattering": float(sum(episode.chattering for episode in past.episodes)),
        "fleeting": float(sum(_fleeting(episode) for episode in episodes)),
        "stale": float(sum(episode.stale and episode.active for episode in past.episodes)),
        "seen_in_time": sum(known) / len(known) if known else None,
        "advisory_per_day": advisory / days if days >= 1 else None,
    }
    return tuple(_gauge(code, value) for code, value in values.items())


_RATIOS = frozenset(("above_ten", "in_flood", "top_share", "seen_in_time"))


def _gauge(code: str, value: float | None) -> Gauge:
    target = next((target for target in targets().targets if target.code == code), None)
    verdict = Verdict.OPEN
    if value is not None and target is not None:
        beyond = Verdict.MISSED if value > target.most else Verdict.ATTENTION
        verdict = Verdict.KEPT if value <= target.good else beyond
    return Gauge(code=code, value=value, ratio=code in _RATIOS, target=target, verdict=verdict)


def _in_time(episode: Episode, end_ns: int) -> bool | None:
    """Tell whether somebody saw an alarm within its priority's time; None while that time is not over."""
    target_ns = round(behaviour().priorities[episode.alarm.priority].target_s * NS_PER_SECOND)
    if episode.acknowledged_ns >= episode.announced_ns:
        return episode.acknowledged_ns - episode.announced_ns <= target_ns
    return False if end_ns - episode.announced_ns > target_ns else None


def _fleeting(episode: Episode) -> bool:
    return not (episode.active or episode.acknowledged_ns) and episode.cleared_ns - episode.raised_ns < FLEETING_NS


def _top(past: Past, real: Sequence[Announcement]) -> tuple[Source, ...]:
    found = Counter(each.alarm_id for each in real).most_common(TOP)
    known = [(past.fold.find(alarm_id), count) for alarm_id, count in found]
    return tuple(
        Source(episode=episode, count=count, ratio=count / len(real)) for episode, count in known if episode is not None
    )


def _rules(past: Past) -> tuple[RuleRecord, ...]:
    by: dict[str, list[str]] = {}
    for episode in past.episodes:
        by.setdefault(episode.alarm.rule, []).append(episode.verdict)
    records = [
        RuleRecord(
            rule=rule,
            episodes=len(said),
            real=said.count(tr.REAL),
            nuisance=said.count(tr.NUISANCE),
            test=said.count(tr.TEST),
        )
        for rule, said in by.items()
    ]
    return tuple(sorted(records, key=lambda record: (-(record.nuisance_ratio or 0.0), -record.episodes, record.rule)))


def _badness(episode: Episode, end_ns: int) -> tuple[int, int]:
    over_ns = end_ns if episode.active else episode.cleared_ns
    return PRIORITIES.index(episode.alarm.priority), episode.raised_ns - over_ns


def _shown(value: float | None, *, ratio: bool) -> str:
    if value is None:
        return display.UNKNOWN
    if ratio:
        return str(display.percent(value))
    return display.number(value) if value.is_integer() else display.significant(value)
