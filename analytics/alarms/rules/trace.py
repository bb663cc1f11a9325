"""The frame of a rule: it names courses and what is missing; delays, levels and alarms are the same for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from analytics.alarms.alarm import Alarm, Evidence, Fact
from analytics.alarms.explanation import Explanation
from analytics.alarms.limit import Limit, Standing, judge
from analytics.alarms.need import View
from analytics.alarms.rule import NotEvaluated, Rule, Scene, Verdicts
from analytics.alarms.rules.board import FRESH_NS, Board
from analytics.alarms.rules.limits import Level, RuleLimits, limits
from analytics.points import Points
from greendc.quantities import quantities
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analytics.alarms.need import Need

SAMPLES = 12
SITE = ""
"""The subject of an alarm that is about the whole site."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The course of what a rule judges at one subject.

    Several traces may have one ``subject``: the worst of them speaks for it. ``device``, ``part``, ``quantity`` name
    the series that a person should look at; ``unit`` is that of ``points``, the quantity's where it is empty.
    ``levels`` are those of the rule's data where None. Where ``points`` are made of several series, ``measured`` is
    what a person would read at the named one now, ``expected`` what would be usual there, in the quantity's unit; where
    both are no reading but a difference, ``difference`` is its unit. ``facts`` are what else the texts say.
    """

    subject: str
    points: Points
    device: str = ""
    part: str = ""
    quantity: str = ""
    unit: str = ""
    place: str | None = None
    measured: float | None = None
    expected: float | None = None
    difference: str = ""
    facts: tuple[Fact, ...] = ()
    levels: tuple[Level, ...] | None = None
    source: str = ""
    derating_k: float = 0.0


class Missing(msgspec.Struct, frozen=True):
    """A node that cannot be judged, and the quantities that it lacks."""

    node: str
    quantities: tuple[str, ...]


Found: TypeAlias = "Iterable[Trace | Missing]"


def readings_of(board: Board, kind: str, quantity: str) -> Found:
    """Yield the readings of a quantity as they are, and the devices of a kind that lack it."""
    for device in board.devices(kind):
        if missing := board.missing(device.name, quantity):
            yield Missing(device.name, missing)
    for key in board.all(quantity):
        yield Trace(subject=key.device, points=board.readings(key), device=key.device, part=key.part, quantity=quantity)


def framed(key: str, traces: Callable[[Board, RuleLimits], Found], *needs: Need) -> Rule:
    """Return the rule that judges what ``traces`` yields by the data of its key."""
    views = sorted({view for need in needs for view in need.views}, key=lambda view: view.value)

    def evaluate(scene: Scene) -> Verdicts:
        board, own = scene.board, limits()[key]
        if View.READINGS in views:
            return verdicts(key, scene, traces(board, own))
        return verdicts(key, scene, board.once(key, views, lambda: traces(board, own)))

    own = limits()[key]
    return Rule(key=key, evaluate=evaluate, needs=needs, hard=own.hard, latched=own.latched, spreads=own.spreads)


def verdicts(key: str, scene: Scene, found: Found) -> Verdicts:
    """Return which subjects break a level for the whole on-delay, and which keep all of them for the off-delay."""
    own = limits()[key]
    by_subject: dict[str, list[Trace]] = {}
    missing: list[NotEvaluated] = []
    for entry in found:
        if isinstance(entry, Missing):
            missing.append(NotEvaluated(key, entry.node or scene.site.name, entry.quantities))
        else:
            by_subject.setdefault(entry.subject, []).append(entry)
    raised, over = [], []
    for subject, traces in by_subject.items():
        judged = [
            (rank, level, trace, judged_level(trace.points, level, own, scene))
            for trace in traces
            for rank, level in enumerate(own.levels if trace.levels is None else trace.levels)
        ]
        broken = [entry for entry in judged if entry[3].broken]
        if broken:
            first = min(entry[0] for entry in broken)
            _, level, trace, standing = max((e for e in broken if e[0] == first), key=_excess)
            raised.append(_alarm(key, scene, level, trace, standing))
        elif judged and all(entry[3].kept for entry in judged):
            over.append(alarm_id(key, scene, subject))
    known = {alarm_id(key, scene, subject) for subject in by_subject}
    nodes = {f"{key}/{entry.node}" for entry in missing}
    # What is no longer part of the site has nothing to be alarmed about.
    over += [standing for standing in scene.standing if standing not in known and standing not in nodes]
    return Verdicts(raised=raised, over=over, not_evaluated=tuple(missing))


def alarm_id(key: str, scene: Scene, subject: str) -> str:
    """Return the id of a subject's alarm."""
    return f"{key}/{subject or scene.site.name}"


def judged_level(points: Points, level: Level, own: RuleLimits, scene: Scene) -> Standing:
    """Return how points stand against a level now; what is too old proves nothing."""
    if len(points) == 0 or scene.now_ns - int(points.time_ns[-1]) > FRESH_NS:
        return Standing(broken=False, kept=False, since_ns=0)
    sign = 1.0 if level.side == "high" else -1.0
    return judge(
        Points(time_ns=points.time_ns, values=sign * points.values),
        Limit(
            high=sign * level.limit,
            deadband=level.deadband,
            on_delay_ns=round(own.on_delay_s * scene.delay_scale * NS_PER_SECOND),
            off_delay_ns=round(own.off_delay_s * scene.delay_scale * NS_PER_SECOND),
        ),
    )


def _excess(entry: tuple[int, Level, Trace, Standing]) -> float:
    _, level, trace, _ = entry
    beyond = float(trace.points.values[-1]) - level.limit
    return beyond if level.side == "high" else -beyond


def _alarm(key: str, scene: Scene, level: Level, trace: Trace, standing: Standing) -> Alarm:
    own = limits()[key]
    before = scene.standing.get(alarm_id(key, scene, trace.subject))
    unit = trace.unit or (quantities()[trace.quantity].unit if trace.quantity else "1")
    values, times_ns = trace.points.values[-SAMPLES:], trace.points.time_ns[-SAMPLES:]
    return Alarm(
        id=alarm_id(key, scene, trace.subject),
        rule=key,
        kind=level.kind,
        priority=level.priority,
        place=trace.subject if trace.place is None else trace.place,
        device=trace.device,
        part=trace.part,
        quantity=trace.quantity,
        value=float(values[-1]),
        unit=unit,
        limit=level.limit,
        since_ns=before.since_ns if before else standing.since_ns,
        raised_ns=scene.now_ns,
        evidence=Evidence(
            samples=tuple((int(t), float(v)) for t, v in zip(times_ns, values, strict=True)),
            hold_s=own.on_delay_s * scene.delay_scale,
            limit_source=trace.source or own.source,
            limit_confidence=own.confidence,
            altitude_m=scene.site.info.altitude_m if trace.derating_k else 0.0,
            derating_k=trace.derating_k,
        ),
        explanation=_explanation(key, scene, level, trace, standing),
        facts=(*_readings(trace), *trace.facts),
    )


def _readings(trace: Trace) -> tuple[Fact, ...]:
    """Return what the texts of a rule may say besides the alarm: the sensor, a measured value and what is usual."""
    unit = trace.difference or (quantities()[trace.quantity].unit if trace.quantity else "1")
    return (
        Fact(name="sensor", text=f"{trace.device}/{trace.part}" if trace.part else trace.device),
        Fact(name="measured", value=trace.measured, unit=unit),
        Fact(name="usual", value=trace.expected, unit=unit),
    )


def _explanation(key: str, scene: Scene, level: Level, trace: Trace, standing: Standing) -> Explanation:
    """Return what a person needs to believe the alarm: value, what is usual or allowed, how long, and what to check."""
    own = limits()[key]
    judged = trace.measured is None
    unit = trace.unit or (quantities()[trace.quantity].unit if trace.quantity else "1")
    where = f"{trace.device}/{trace.part}" if trace.part else trace.device
    return Explanation(
        # A difference is not what the series reads: the rule's own words say of what.
        series=f"{where} {trace.quantity}" if trace.quantity and not trace.difference else "",
        value=float(trace.points.values[-1]) if judged else trace.measured,
        unit=trace.difference or (unit if judged or not trace.quantity else quantities()[trace.quantity].unit),
        expected=trace.expected,
        high=level.limit if judged and level.side == "high" else None,
        low=level.limit if judged and level.side == "low" else None,
        held_s=(scene.now_ns - standing.since_ns) / NS_PER_SECOND,
        checks=own.checks,
    )


def where(points: Points, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Points:
    """Return the points at which a mode holds."""
    return Points(time_ns=points.time_ns[mask], values=points.values[mask])


def flag(points: Points, *codes: int) -> Points:
    """Return 1 where a state is one of ``codes``, else 0."""
    return Points(time_ns=points.time_ns, values=np.isin(points.values, codes).astype(np.float64))
