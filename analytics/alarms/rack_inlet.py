"""Rack inlets above the recommended or the allowable temperature: one alarm for each rack, never for each sensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.alarm import Alarm, Evidence
from analytics.alarms.limit import Limit, Standing, judge
from analytics.alarms.rule import Rule, Scene, Verdicts
from analytics.envelope import envelopes, inlet_limits
from analytics.points import NOTHING, Points, known
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.envelope import InletLimits
    from greendc.model import SeriesKey

KEY = "rack_inlet"
LOOK_BACK_DELAYS = 3
SAMPLES = 12
LONGEST_NS = 24 * NS_PER_HOUR
"""How far back the start of an excursion is looked for."""
# The worse level first; its priority follows it.
LEVELS = (("allowable", "high"), ("recommended", "medium"))


def alarm_id(rack: str) -> str:
    """Return the id of a rack's alarm."""
    return f"{KEY}/{rack}"


def evaluate(scene: Scene) -> Verdicts:
    """Return the racks with an inlet above a limit for the whole on-delay, and those where all inlets are back."""
    behaviour = envelopes().alarm
    limits = inlet_limits(scene.site.info.altitude_m, scene.site.info.equipment_class)
    on_ns = round(behaviour.on_delay_s * scene.delay_scale * NS_PER_SECOND)
    off_ns = round(behaviour.off_delay_s * scene.delay_scale * NS_PER_SECOND)
    look_back_ns = LOOK_BACK_DELAYS * max(on_ns, off_ns, 10 * NS_PER_SECOND)
    keys = [key for series in scene.inlets.values() for key in series]
    points = known(scene.history, keys, scene.now_ns - look_back_ns, scene.now_ns + 1)
    kept_racks = {alarm_id(device.rack) for device in scene.site.devices if device.rack}
    raised, over = [], [standing for standing in scene.standing if standing not in kept_racks]
    for rack, series in scene.inlets.items():
        judged = [
            (level, priority, key, points.get(key, NOTHING), judge(points.get(key, NOTHING), limit))
            for level, priority, limit in _levels(limits, behaviour.deadband_k, on_ns, off_ns)
            for key in series
        ]
        broken = [entry for entry in judged if entry[4].broken]
        if broken:
            # LEVELS lists the worse level first; among its sensors the warmest speaks for the rack.
            worst = max((e for e in broken if e[0] == broken[0][0]), key=lambda e: float(e[3].values[-1]))
            raised.append(_alarm(scene, rack, worst, limits, on_ns / NS_PER_SECOND))
        elif all(entry[4].kept for entry in judged if entry[0] == LEVELS[-1][0]):
            over.append(alarm_id(rack))
    return Verdicts(raised=raised, over=over)


def _levels(limits: InletLimits, deadband_k: float, on_ns: int, off_ns: int) -> list[tuple[str, str, Limit]]:
    highs = {"allowable": limits.allowable_high_c, "recommended": limits.recommended_high_c}
    return [
        (level, priority, Limit(high=highs[level], deadband=deadband_k, on_delay_ns=on_ns, off_delay_ns=off_ns))
        for level, priority in LEVELS
    ]


def _alarm(
    scene: Scene, rack: str, worst: tuple[str, str, SeriesKey, Points, Standing], limits: InletLimits, hold_s: float
) -> Alarm:
    level, priority, key, points, standing = worst
    allowable = level == "allowable"
    limit_c = limits.allowable_high_c if allowable else limits.recommended_high_c
    before = scene.standing.get(alarm_id(rack))
    return Alarm(
        id=alarm_id(rack),
        rule=KEY,
        kind=level,
        priority=priority,
        place=rack,
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        value=float(points.values[-1]),
        unit="Cel",
        limit=limit_c,
        since_ns=before.since_ns if before else _since_ns(scene, key, points, standing, limit_c),
        raised_ns=scene.now_ns,
        evidence=Evidence(
            samples=tuple(
                (int(time_ns), float(value))
                for time_ns, value in zip(points.time_ns[-SAMPLES:], points.values[-SAMPLES:], strict=True)
            ),
            hold_s=hold_s,
            limit_source=limits.source,
            limit_confidence=limits.confidence,
            altitude_m=scene.site.info.altitude_m,
            derating_k=limits.derating_k if allowable else 0.0,
        ),
    )


def _since_ns(scene: Scene, key: SeriesKey, points: Points, standing: Standing, limit_c: float) -> int:
    """Return when the excursion began, looking further back when it fills all that was read."""
    if standing.since_ns > int(points.time_ns[0]):
        return standing.since_ns
    longer = known(scene.history, [key], scene.now_ns - LONGEST_NS, scene.now_ns + 1).get(key, points)
    return judge(longer, Limit(high=limit_c, deadband=0.0, on_delay_ns=0, off_delay_ns=0)).since_ns


RACK_INLET = Rule(key=KEY, evaluate=evaluate, hard=True)
