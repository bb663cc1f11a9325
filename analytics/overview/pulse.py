"""Which readings are fresh: the newest reading of every series, and how old it may be before it is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.overview.figure import EdgeCell, Figure, Health, State
from greendc.model import Quality, Reading, SeriesKey
from greendc.profiles import SLOW_EVERY, profile
from greendc.status import CollectStatus, EdgeStatus, read_status
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from greendc.contracts import History
    from greendc.site import EdgeNode, Site

MISSED_READS = 3
"""A point is stale when it has missed this many reads."""
GRACE_S = 10.0
"""Time [s] for spool, link and store on top of the missed reads."""
STATUS_AGE_NS = 60 * NS_PER_SECOND
"""A status file older than this belongs to a process that is gone."""
EDGE_INTERVAL_S = 30.0
"""Interval [s] assumed for devices that an edge node reads: the site file does not say it."""


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """The newest readings of the devices that the site knows, and the age each device's points may have."""

    now_ns: int
    latest: dict[SeriesKey, Reading]
    allowed_s: dict[str, float]
    slow: dict[str, frozenset[str]]

    def age_s(self, reading: Reading) -> float:
        """Return how old a reading is, in seconds."""
        return (self.now_ns - reading.time_ns) / NS_PER_SECOND

    def is_fresh(self, reading: Reading) -> bool:
        """Tell whether a reading is as new as its point should be."""
        factor = SLOW_EVERY if reading.quantity in self.slow.get(reading.device, frozenset()) else 1
        allowed = self.allowed_s.get(reading.device, EDGE_INTERVAL_S * MISSED_READS) * factor + GRACE_S
        return self.age_s(reading) <= allowed

    def figure(self, key: SeriesKey, unit: str, factor: float = 1.0) -> Figure:
        """Return the newest reading of a series as a figure, its value times ``factor``."""
        reading = self.latest.get(key)
        if reading is None:
            return Figure(unit=unit, reason="never_seen", detail=key.device)
        if reading.value is None:
            return Figure(unit=unit, time_ns=reading.time_ns, reason="no_value", detail=key.device)
        state, reason = State.FRESH, ""
        if not self.is_fresh(reading):
            state, reason = State.STALE, "silent"
        elif reading.quality is Quality.UNCERTAIN:
            state, reason = State.ESTIMATED, "uncertain"
        return Figure(
            value=reading.value * factor,
            unit=unit,
            time_ns=reading.time_ns,
            state=state,
            reason=reason,
            detail=key.device if reason else "",
        )


def take_pulse(history: History, site: Site, now_ns: int, keys: Iterable[SeriesKey] | None = None) -> Pulse:
    """Ask the store for the newest reading of every series of a known device, or of ``keys`` among them.

    Raises:
        StoreAway: the store does not answer.
    """
    known = {device.name for device in site.devices}
    for node in site.edge_nodes:
        known.update((node.name, *node.devices))
    wanted = [key for key in (history.series(site.name) if keys is None else keys) if key.device in known]
    slow = {
        device.name: frozenset(p.quantity for p in profile(device.profile).points if p.tier == "slow")
        for device in site.devices
    }
    return Pulse(
        now_ns=now_ns,
        latest=dict(history.latest(wanted)),
        allowed_s={device.name: device.interval_s * MISSED_READS for device in site.devices},
        slow=slow,
    )


def device_names(site: Site) -> list[str]:
    """Return every device that should report: those of the centre and those of the edge nodes."""
    return sorted(
        {device.name for device in site.devices} | {name for node in site.edge_nodes for name in node.devices}
    )


def health(pulse: Pulse, site: Site, data_dir: Path) -> Health:
    """Return how much of what should arrive arrives; a device is ok when any of its points is fresh."""
    fresh = [reading for reading in pulse.latest.values() if reading.value is not None and pulse.is_fresh(reading)]
    late = [reading for reading in pulse.latest.values() if not pulse.is_fresh(reading)]
    oldest = min(late or list(pulse.latest.values()), key=lambda reading: reading.time_ns, default=None)
    up = {reading.device for reading in fresh}
    names = device_names(site)
    status = read_status(data_dir, "collect", CollectStatus)
    said_away = {device.name for device in status.devices if device.state == "away"} if status else set()
    return Health(
        points=len(pulse.latest),
        fresh=len(fresh),
        oldest_s=None if oldest is None else pulse.age_s(oldest),
        oldest="" if oldest is None else oldest.device,
        devices=len(names),
        devices_ok=sum(name in up and name not in said_away for name in names),
        away=[name for name in names if name not in up or name in said_away],
    )


def edge_cell(pulse: Pulse, node: EdgeNode, data_dir: Path) -> EdgeCell:
    """Return one edge node as the readings show it: the newest of its devices, its backlog as it last said."""
    members = {node.name, *node.devices}
    newest: Mapping[str, int] = _newest(pulse, members)
    up = {r.device for r in pulse.latest.values() if r.device in members and pulse.is_fresh(r)}
    return EdgeCell(
        name=node.name,
        title_zh=node.title_zh,
        title_en=node.title_en,
        state=State.MISSING if not newest else State.FRESH if up else State.STALE,
        last_seen_ns=max(newest.values(), default=0),
        backlog=_backlog(pulse, node, data_dir),
        devices=len(node.devices),
        devices_up=len(up & set(node.devices)),
    )


def _backlog(pulse: Pulse, node: EdgeNode, data_dir: Path) -> int | None:
    """Return how many readings wait at a node: by its status when it runs on this machine, else by its own reading."""
    status = read_status(data_dir / node.name, "edge", EdgeStatus)
    if status is not None and pulse.now_ns - status.time_ns <= STATUS_AGE_NS:
        return status.waiting
    said = (r for key, r in pulse.latest.items() if key.device == node.name and key.quantity == "spool_rows")
    return next((round(reading.value) for reading in said if reading.value is not None), None)


def _newest(pulse: Pulse, members: set[str]) -> dict[str, int]:
    newest: dict[str, int] = {}
    for reading in pulse.latest.values():
        if reading.device in members:
            newest[reading.device] = max(newest.get(reading.device, 0), reading.time_ns)
    return newest
