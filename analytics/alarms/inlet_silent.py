"""Racks whose inlet temperature is no longer known: silence is an alarm of its own, never "normal"."""

from __future__ import annotations

from analytics.alarms.alarm import Alarm
from analytics.alarms.rule import Rule, Scene, Verdicts
from analytics.envelope import envelopes
from analytics.inlets import QUANTITY
from greendc.units import NS_PER_SECOND

KEY = "inlet_silent"
SILENT_INTERVALS = 5.0


def evaluate(scene: Scene) -> Verdicts:
    """Return the racks without any known inlet reading for long; one alarm for the site when none is known at all."""
    behaviour = envelopes().alarm
    latest = scene.history.latest([key for series in scene.inlets.values() for key in series])
    silent: dict[str, int] = {}
    for rack, series in scene.inlets.items():
        heard_ns = max(
            (latest[key].time_ns for key in series if key in latest and latest[key].value is not None), default=0
        )
        usual_s = max(scene.site.device(key.device).interval_s for key in series)
        patience_s = max(behaviour.silent_s * scene.delay_scale, SILENT_INTERVALS * usual_s)
        if scene.now_ns - max(heard_ns, scene.watching_since_ns) > patience_s * NS_PER_SECOND:
            silent[rack] = heard_ns
    raised = [_alarm(scene, rack, "rack", since_ns) for rack, since_ns in silent.items()]
    if silent and len(silent) == len(scene.inlets) > 1:
        raised = [_alarm(scene, "", "site", max(silent.values()))]
    ids = {alarm.id for alarm in raised}
    return Verdicts(raised=raised, over=[alarm for alarm in scene.standing if alarm not in ids])


def _alarm(scene: Scene, rack: str, kind: str, heard_ns: int) -> Alarm:
    series = scene.inlets.get(rack, [])
    return Alarm(
        id=f"{KEY}/{rack or scene.site.name}",
        rule=KEY,
        kind=kind,
        priority="medium" if kind == "rack" else "high",
        place=rack,
        device=series[0].device if series else "",
        part="",
        quantity=QUANTITY,
        value=None,
        unit="Cel",
        limit=None,
        since_ns=heard_ns,
        raised_ns=scene.now_ns,
    )


INLET_SILENT = Rule(key=KEY, evaluate=evaluate)
