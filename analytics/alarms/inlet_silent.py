"""Racks whose inlet temperature is no longer known: silence is an alarm of its own, never "normal"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.alarm import Alarm
from analytics.alarms.rule import Rule, Scene, Verdicts
from analytics.envelope import envelopes
from analytics.inlets import QUANTITY
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.model import SeriesKey

KEY = "inlet_silent"
SILENT_INTERVALS = 5.0
LONGEST_NS = 24 * NS_PER_HOUR
"""How far back the last known reading of a sensor without a value is looked for."""


def evaluate(scene: Scene) -> Verdicts:
    """Return the racks without any known inlet reading for long; one alarm for the site when none is known at all."""
    behaviour = envelopes().alarm
    heard = _last_known(scene)
    silent: dict[str, int] = {}
    for rack, series in scene.inlets.items():
        heard_ns = max((heard[key] for key in series if key in heard), default=0)
        usual_s = max(scene.site.device(key.device).interval_s for key in series)
        patience_s = max(behaviour.silent_s * scene.delay_scale, SILENT_INTERVALS * usual_s)
        # Of what was silent before a restart nothing has to be waited for again.
        stands = {f"{KEY}/{rack}", f"{KEY}/{scene.site.name}"} & scene.standing.keys()
        from_ns = heard_ns if stands else max(heard_ns, scene.watching_since_ns)
        if scene.now_ns - from_ns > patience_s * NS_PER_SECOND:
            silent[rack] = heard_ns
    raised = [_alarm(scene, rack, "rack", since_ns) for rack, since_ns in silent.items()]
    if silent and len(silent) == len(scene.inlets) > 1:
        raised = [_alarm(scene, "", "site", max(silent.values()))]
    ids = {alarm.id for alarm in raised}
    return Verdicts(raised=raised, over=[alarm for alarm in scene.standing if alarm not in ids])


def _last_known(scene: Scene) -> dict[SeriesKey, int]:
    """Return when each inlet was last known; one reading without a value is no silence yet."""
    known: dict[SeriesKey, int] = {}
    for key, reading in scene.history.latest([key for series in scene.inlets.values() for key in series]).items():
        if reading.value is not None:
            known[key] = reading.time_ns
        elif span := scene.history.counter(key, scene.now_ns - LONGEST_NS, scene.now_ns + 1):
            known[key] = span.last_ns
    return known


def _alarm(scene: Scene, rack: str, kind: str, heard_ns: int) -> Alarm:
    series = scene.inlets.get(rack, [])
    devices = {key.device for key in series}
    # With one device it belongs to that, so that a device which is silent altogether explains it.
    node = next(iter(devices)) if len(devices) == 1 else rack or _carrier(scene)
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
        node=node,
    )


def _carrier(scene: Scene) -> str:
    """Return what brings the data of all inlets, the site when no one thing does."""
    devices = {key.device for series in scene.inlets.values() for key in series}
    common = frozenset.intersection(*(scene.topology.carriers(device) for device in devices))
    return min(common, default=scene.site.name)


INLET_SILENT = Rule(key=KEY, evaluate=evaluate, silence=True)
