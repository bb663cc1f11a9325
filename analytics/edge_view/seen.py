"""What the store holds of the nodes: the newest reading of each device, the machine they run on, their backlog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.overview import Figure, State
from analytics.overview.pulse import take_pulse
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.overview.pulse import Pulse
    from greendc.contracts import History
    from greendc.model import Reading
    from greendc.site import EdgeNode, Site

STEPS = 48
STEP_NS = 24 * NS_PER_HOUR // STEPS
BACKLOG, CPU = "spool_rows", "cpu_utilisation_ratio"
SHARES = {"memory": ("memory_used_by", "memory_total_by"), "disk": ("filesystem_used_by", "filesystem_total_by")}


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One device of a node: when it was last seen [ns, 0 for never], and how many of its points are fresh."""

    name: str
    state: State
    seen_ns: int = 0
    points: int = 0
    fresh: int = 0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of one node.

    ``cpu``, ``memory`` and ``disk`` are ratios of the machine it runs on, without a value where no device of the node
    tells them. ``backlog`` and ``busy`` are greatest values by step of the last day, in readings and as a ratio of
    the processor; None is a gap.
    """

    seen_ns: int = 0
    waiting: Figure = Figure(unit="1", reason="not_told")
    cpu: Figure = Figure(unit="1", reason="not_told")
    memory: Figure = Figure(unit="1", reason="not_told")
    disk: Figure = Figure(unit="1", reason="not_told")
    members: tuple[Member, ...] = ()
    times_ns: tuple[int, ...] = ()
    backlog: tuple[float | None, ...] = ()
    busy: tuple[float | None, ...] = ()


def seen_of(history: History, site: Site, now_ns: int) -> dict[str, Seen]:
    """Return what the store knows of each node, by name.

    Raises:
        StoreAway: the store does not answer.
    """
    owners = {name: node.name for node in site.edge_nodes for name in (node.name, *node.devices)}
    keys = [key for key in history.series(site.name) if key.device in owners]
    pulse = take_pulse(history, site, now_ns, keys)
    machines = {(owners[key.device], key.quantity): key for key in reversed(keys) if key.quantity in {BACKLOG, CPU}}
    by_key = _courses(history, list(machines.values()), now_ns)
    courses = {name: by_key[key] for name, key in machines.items()}
    found = {}
    for node in site.edge_nodes:
        names = (node.name, *node.devices)
        own = {key: reading for key, reading in pulse.latest.items() if key.device in names}
        backlog, busy = (courses.get((node.name, what), ()) for what in (BACKLOG, CPU))
        found[node.name] = msgspec.structs.replace(_seen(pulse, node, own, now_ns), backlog=backlog, busy=busy)
    return found


def _seen(pulse: Pulse, node: EdgeNode, own: Mapping[SeriesKey, Reading], now_ns: int) -> Seen:
    return Seen(
        seen_ns=max((reading.time_ns for reading in own.values()), default=0),
        waiting=_told(pulse, own, BACKLOG),
        cpu=_told(pulse, own, CPU),
        memory=_share(pulse, own, *SHARES["memory"]),
        disk=_share(pulse, own, *SHARES["disk"]),
        members=tuple(_member(pulse, name) for name in node.devices),
        times_ns=tuple(_start(now_ns) + i * STEP_NS for i in range(STEPS)),
    )


def _member(pulse: Pulse, name: str) -> Member:
    own = [reading for key, reading in pulse.latest.items() if key.device == name]
    fresh = sum(reading.value is not None and pulse.is_fresh(reading) for reading in own)
    return Member(
        name=name,
        state=State.MISSING if not own else State.FRESH if fresh else State.STALE,
        seen_ns=max((reading.time_ns for reading in own), default=0),
        points=len(own),
        fresh=fresh,
    )


def _told(pulse: Pulse, own: Mapping[SeriesKey, Reading], quantity: str) -> Figure:
    key = next((key for key in sorted(own) if key.quantity == quantity), None)
    return Figure(unit="1", reason="not_told") if key is None else pulse.figure(key, "1")


def _share(pulse: Pulse, own: Mapping[SeriesKey, Reading], used: str, total: str) -> Figure:
    """Return what is used of a whole; as old as the older of both readings."""
    for key in sorted(key for key in own if key.quantity == used):
        whole = pulse.figure(msgspec.structs.replace(key, quantity=total), "By")
        part = pulse.figure(key, "By")
        if part.value is not None and whole.value:
            return msgspec.structs.replace(part, unit="1", value=part.value / whole.value)
    return Figure(unit="1", reason="not_told")


def _start(now_ns: int) -> int:
    """Return the first of the steps that end with the one that is running."""
    return now_ns // STEP_NS * STEP_NS - (STEPS - 1) * STEP_NS


def _courses(history: History, keys: Sequence[SeriesKey], now_ns: int) -> dict[SeriesKey, tuple[float | None, ...]]:
    """Return the greatest value of each step of the last day, for every series."""
    if not keys:
        return {}
    start_ns = _start(now_ns)
    table = history.aggregated(list(keys), start_ns, now_ns + NS_PER_SECOND, STEP_NS)
    found: dict[SeriesKey, list[float | None]] = {key: [None] * STEPS for key in keys}
    columns = (table.column(name).to_pylist() for name in ("device", "part", "quantity", "time_ns", "max"))
    for device, part, quantity, time_ns, greatest in zip(*columns, strict=True):
        step = (time_ns - start_ns) // STEP_NS
        course = found.get(SeriesKey(keys[0].site, device, part, quantity))
        if course is not None and 0 <= step < STEPS:
            course[step] = greatest
    return {key: tuple(course) for key, course in found.items()}
