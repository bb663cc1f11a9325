"""Devices that stopped answering, and what brings their data: a gateway, an edge node, the collector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.alarm import Alarm, Fact
from analytics.alarms.behaviour import behaviour
from analytics.alarms.rule import Rule, Scene, Verdicts
from analytics.topology import Kind
from greendc.clock import NS_PER_HOUR
from greendc.profiles import profile
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greendc.model import SeriesKey

KEY = "device_silent"
HEARD_BY = 4
"""So many series of a device are looked at, for it need not know every one at every time."""
MISSED = 2.0
"""A device is due that was not heard for so many of its intervals."""
USUAL_INTERVAL_S = 60.0
"""For devices of edge nodes, whose interval stands in the node's own file."""
LONGEST_NS = 24 * NS_PER_HOUR
"""How far back the last known reading of a silent device is looked for."""
_SLOW = "slow"


def evaluate(scene: Scene) -> Verdicts:
    """Return the devices of which nothing was heard for long, and the carriers all of whose devices are silent.

    A device is judged once the store knows a reading of it: one that never answered is what `greendc doctor` is for.
    """
    heard = _heard(scene)
    intervals = {device.name: device.interval_s for device in scene.site.devices}
    silent = {
        name: heard_ns
        for name, heard_ns in heard.items()
        if _is_silent(scene, name, heard_ns, intervals.get(name, USUAL_INTERVAL_S))
    }
    raised = [_alarm(scene, name, Kind.DEVICE, heard_ns, "medium", 1) for name, heard_ns in silent.items()]
    carried: dict[str, list[str]] = {}
    for name in heard:
        for carrier in scene.topology.carriers(name):
            carried.setdefault(carrier, []).append(name)
    for carrier, names in carried.items():
        kind = scene.topology.nodes[carrier].kind
        gone = _fallen_silent(scene, names, silent, heard, intervals)
        if gone and (len(gone) > 1 or kind is Kind.EDGE_NODE):
            since_ns = max(silent[name] for name in gone if name in silent)
            raised.append(_alarm(scene, carrier, kind, since_ns, "high", len(names)))
    ids = {alarm.id for alarm in raised}
    return Verdicts(raised=raised, over=[standing for standing in scene.standing if standing not in ids])


def _is_silent(scene: Scene, name: str, heard_ns: int, usual_s: float) -> bool:
    chosen = behaviour().silence
    patience_s = max(chosen.after_s * scene.delay_scale, chosen.intervals * usual_s)
    # Of what was silent before a restart nothing has to be waited for again.
    from_ns = heard_ns if f"{KEY}/{name}" in scene.standing else max(heard_ns, scene.watching_since_ns)
    return scene.now_ns - from_ns > patience_s * NS_PER_SECOND


def _fallen_silent(
    scene: Scene,
    names: Sequence[str],
    silent: Mapping[str, int],
    heard: Mapping[str, int],
    intervals: Mapping[str, float],
) -> list[str]:
    """Return the devices of a carrier that fell silent together, none when one was heard later or most are unknown.

    Devices are read one after the other, so they are missed one after the other: a device counts as gone with the first
    that is silent when it was heard no later than that one by its own interval, and has been due since. Without this
    the first to be missed would each be told alone.
    """
    last_ns = max((silent[name] for name in names if name in silent), default=None)
    if last_ns is None:
        return []
    interval_ns = {name: intervals.get(name, USUAL_INTERVAL_S) * NS_PER_SECOND for name in names}
    if any(heard[name] - last_ns > interval_ns[name] for name in names if name not in silent):
        return []
    gone = [n for n in names if n in silent or scene.now_ns - heard[n] > MISSED * interval_ns[n]]
    return gone if 2 * len(gone) >= len(names) else []


def _heard(scene: Scene) -> dict[str, int]:
    """Return when each device of the site that the store knows was heard last, a day ago at the earliest."""
    series: dict[str, list[SeriesKey]] = {}
    for key in scene.history.series(scene.site.name):
        if scene.topology.is_device(key.device):
            series.setdefault(key.device, []).append(key)
    slow = _slow_quantities(scene)
    chosen = {
        name: sorted(keys, key=lambda key: (key.quantity in slow.get(name, ()), key))[:HEARD_BY]
        for name, keys in series.items()
    }
    heard = dict.fromkeys(chosen, 0)
    latest = scene.history.latest([key for keys in chosen.values() for key in keys])
    for key, reading in latest.items():
        if reading.value is not None:
            heard[key.device] = max(heard[key.device], reading.time_ns)
    for name in [name for name, heard_ns in heard.items() if not heard_ns]:
        # It answers without a value, or its poller notes that it does not answer.
        found = [scene.history.counter(key, scene.now_ns - LONGEST_NS, scene.now_ns + 1) for key in chosen[name]]
        heard[name] = max((span.last_ns for span in found if span is not None), default=scene.now_ns - LONGEST_NS)
    return heard


def _slow_quantities(scene: Scene) -> dict[str, frozenset[str]]:
    """Return by device what is read each tenth time only."""
    families = {device.profile for device in scene.site.devices}
    slow = {
        family: frozenset(point.quantity for point in profile(family).points if point.tier == _SLOW)
        for family in families
    }
    return {device.name: slow[device.profile] for device in scene.site.devices}


def _alarm(scene: Scene, node: str, kind: Kind, heard_ns: int, priority: str, count: int) -> Alarm:
    return Alarm(
        id=f"{KEY}/{node}",
        rule=KEY,
        kind=kind.value,
        priority=priority,
        place=node,
        device=node if kind is Kind.DEVICE else "",
        part="",
        quantity="",
        value=None,
        unit="1",
        limit=None,
        since_ns=heard_ns,
        raised_ns=scene.now_ns,
        node=node,
        facts=(Fact(name="count", text=str(count)),),
    )


DEVICE_SILENT = Rule(key=KEY, evaluate=evaluate, silence=True)
