"""How the alarm system performs over a period: the figures of ISA-18.2 and EEMUA 191, from the ledger alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import transition as tr
from analytics.alarms.alarm import PRIORITIES
from analytics.alarms.behaviour import behaviour
from analytics.alarms.replay import Announcement, Label, Replay, watched_spans
from analytics.formulas.alarm_rates import AlarmLoad, alarm_load, chatters
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import Ledger

WINDOW_NS = 600 * NS_PER_SECOND
DAY_NS = 24 * NS_PER_HOUR
ENOUGH_DAYS = 30
"""ISA-18.2 asks for at least 30 days."""
TOP = 10
NOT_WATCHED = "not_watched"
TOO_SHORT = "too_short"
UNDER_30_DAYS = "under_30_days"


class Source(msgspec.Struct, frozen=True):
    """An alarm and how often it was announced."""

    alarm: str
    count: int


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """How the alarms of a priority were acknowledged: ``within`` the target, ``late`` or never; ``open`` may yet be."""

    target_s: float
    within: int
    late: int
    open: int

    @property
    def ratio(self) -> float | None:
        """Return the share within the target, None before any was due."""
        due = self.within + self.late
        return self.within / due if due else None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What people said of a rule's episodes, and the share of nuisances among real ones and nuisances."""

    announced: int
    real: int
    nuisance: int
    test: int
    nuisance_ratio: float | None


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of [start_ns, end_ns). Only time in which alarms were judged counts; ``coverage`` is its share.

    None is not known, and ``reason`` says why (`NOT_WATCHED`, `TOO_SHORT` for a figure per day, `UNDER_30_DAYS` when
    the figures are there but cover less than the standard asks for). Advisory alarms are counted apart.
    """

    start_ns: int
    end_ns: int
    coverage: float
    reason: str
    announced: int | None
    advisory: int | None
    per_day: float | None
    per_10_min: float | None
    peak_10_min: int | None
    load: AlarmLoad | None
    top: tuple[Source, ...]
    top_share: float | None
    chattering: tuple[str, ...]
    fleeting: int | None
    stale_most: int | None
    stale_now: tuple[str, ...]
    priorities: dict[str, float]
    acknowledged: dict[str, Acknowledged]
    rules: dict[str, Judged]
    held_back: dict[str, int]


def performance(ledger: Ledger, start_ns: int, end_ns: int) -> Performance:
    """Return how alarms performed in a period; what happened after it is left out.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    replay = Replay(ledger, end_ns)
    spans = watched_spans(replay.watched, start_ns, end_ns)
    watched_ns = sum(last - first for first, last in spans)
    known = watched_ns > 0
    said = [one for one in replay.announcements if start_ns <= one.time_ns < end_ns]
    alarms = _real(said)
    load = alarm_load(_counts(alarms, spans)) if known else None
    sources = Counter(one.alarm.id for one in alarms)
    top = tuple(Source(alarm, count) for alarm, count in sorted(sources.items(), key=lambda s: (-s[1], s[0]))[:TOP])
    days = watched_ns / DAY_NS
    return Performance(
        start_ns=start_ns,
        end_ns=end_ns,
        coverage=watched_ns / (end_ns - start_ns) if end_ns > start_ns else 0.0,
        reason=_reason(days, known=known),
        announced=len(alarms) if known else None,
        advisory=len(said) - len(alarms) if known else None,
        per_day=len(alarms) / days if days >= 1 else None,
        per_10_min=load.mean if load is not None else None,
        peak_10_min=max(_counts(alarms, spans)) if load is not None else None,
        load=load,
        top=top,
        top_share=sum(source.count for source in top) / len(alarms) if alarms else None,
        chattering=_chattering(replay, start_ns, end_ns),
        fleeting=sum(_fleeting(one) for one in alarms) if known else None,
        stale_most=_stale_most(_real(replay.announcements), start_ns, end_ns) if known else None,
        stale_now=_stale_now(replay),
        priorities={
            name: sum(one.alarm.priority == name for one in alarms) / len(alarms) for name in PRIORITIES if alarms
        },
        acknowledged=_acknowledged(alarms, end_ns),
        rules=_judged(said, [label for label in replay.labels if start_ns <= label.raised_ns < end_ns]),
        held_back={
            why: sum(start_ns <= time_ns < end_ns for time_ns in times) for why, times in replay.held_back.items()
        },
    )


def _real(announcements: Sequence[Announcement]) -> list[Announcement]:
    """Return those of alarms, without the advisory ones."""
    return [one for one in announcements if not one.alarm.advisory]


def _reason(days: float, *, known: bool) -> str:
    if not known:
        return NOT_WATCHED
    if days < 1:
        return TOO_SHORT
    return UNDER_30_DAYS if days < ENOUGH_DAYS else ""


def _counts(alarms: Sequence[Announcement], spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return the alarms of each window of ten minutes that begins in a watched stretch."""
    counts: list[int] = []
    for first, last in spans:
        found = [0] * -(-(last - first) // WINDOW_NS)
        for one in alarms:
            if first <= one.time_ns < last:
                found[(one.time_ns - first) // WINDOW_NS] += 1
        counts += found
    return counts


def _chattering(replay: Replay, start_ns: int, end_ns: int) -> tuple[str, ...]:
    """Return the alarms that came three times in a minute, and those that were latched for coming too often."""
    found = {alarm for time_ns, alarm in replay.latched if start_ns <= time_ns < end_ns}
    for alarm, times in replay.activations.items():
        if chatters([time_ns / NS_PER_SECOND for time_ns in times if start_ns <= time_ns < end_ns]):
            found.add(alarm)
    return tuple(sorted(found))


def _fleeting(one: Announcement) -> bool:
    within_ns = behaviour().fleeting.within_s * NS_PER_SECOND
    return 0 < one.cleared_ns <= one.time_ns + within_ns and not one.acknowledged_ns


def _stale_most(announcements: Sequence[Announcement], start_ns: int, end_ns: int) -> int:
    """Return how many alarms were stale at once at most."""
    after_ns = round(behaviour().stale.after_s * NS_PER_SECOND)
    steps: list[tuple[int, int]] = []
    for one in announcements:
        first, last = max(one.time_ns + after_ns, start_ns), min(one.cleared_ns or end_ns, end_ns)
        if first < last:
            steps += [(first, 1), (last, -1)]
    most = now = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return most


def _stale_now(replay: Replay) -> tuple[str, ...]:
    found = (e for e in replay.fold.standing.values() if e.active and e.stale and e.announced and not e.alarm.advisory)
    return tuple(sorted(episode.id for episode in found))


def _acknowledged(alarms: Sequence[Announcement], end_ns: int) -> dict[str, Acknowledged]:
    found: dict[str, Acknowledged] = {}
    for name in PRIORITIES:
        own = [one for one in alarms if one.alarm.priority == name]
        target_s = behaviour().priorities[name].target_s
        target_ns = round(target_s * NS_PER_SECOND)
        within = sum(0 < one.acknowledged_ns <= one.time_ns + target_ns for one in own)
        waiting = sum(not one.acknowledged_ns and one.time_ns + target_ns > end_ns for one in own)
        found[name] = Acknowledged(target_s=target_s, within=within, late=len(own) - within - waiting, open=waiting)
    return found


def _judged(said: Sequence[Announcement], labels: Sequence[Label]) -> dict[str, Judged]:
    found: dict[str, Judged] = {}
    for rule in sorted({one.alarm.rule for one in said} | {label.alarm.rule for label in labels}):
        verdicts = Counter(label.verdict for label in labels if label.alarm.rule == rule)
        judged = verdicts[tr.REAL] + verdicts[tr.NUISANCE]
        found[rule] = Judged(
            announced=sum(one.alarm.rule == rule for one in said),
            real=verdicts[tr.REAL],
            nuisance=verdicts[tr.NUISANCE],
            test=verdicts[tr.TEST],
            nuisance_ratio=verdicts[tr.NUISANCE] / judged if judged else None,
        )
    return found
