"""How each edge node stands, from what the store has seen, what the node told, and what people said of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from analytics.edge_view.seen import Seen
from analytics.edge_view.told import STATUS_NS, Told
from analytics.overview import Figure, State
from analytics.topology import Topology
from greendc.clock import iso
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.alarms.fold import Window
    from greendc.site import EdgeNode, Site

BEHIND_S = 120.0
"""A node whose newest reading is older than this is behind [s]: some reads, and the way to the store."""
MANY_WAITING = 2000
"""A backlog [readings] that no node has between two confirmations."""
CLOCK_OFF_S = 5.0
"""A clock that is further off [s] puts readings visibly beside those of other devices."""


class Standing(StrEnum):
    """How a node stands; in the order in which a person should look."""

    SILENT = "silent"
    NEVER = "never"
    UNKNOWN = "unknown"
    CLOCK = "clock"
    BEHIND = "behind"
    WELL = "well"
    MAINTENANCE = "maintenance"


class NodeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One node. ``waiting`` are readings that the centre does not have yet, ``behind_s`` how far back the newest is.

    ``heard_ns`` is when the centre last got any message of it; both numbers are None where nothing tells them.
    """

    name: str
    title_zh: str
    title_en: str
    standing: Standing
    state: State
    seen_ns: int = 0
    heard_ns: int = 0
    waiting: int | None = None
    behind_s: float | None = None
    until_ns: int = 0
    devices: int = 0
    devices_up: int = 0
    seen: Seen = Seen()
    told: Told = Told()

    def title(self, lang: str) -> str:
        """Return what people call the node."""
        return (self.title_zh if lang == "zh" else self.title_en) or self.name


class EdgeView(msgspec.Struct, frozen=True, kw_only=True):
    """The nodes, those that need a person first. ``seen`` tells whether the store answered at all."""

    now_ns: int
    nodes: tuple[NodeLine, ...]
    seen: bool

    def groups(self) -> dict[Standing, list[NodeLine]]:
        """Return the nodes by how they stand, without empty groups."""
        found = {standing: [line for line in self.nodes if line.standing is standing] for standing in Standing}
        return {standing: lines for standing, lines in found.items() if lines}


def edge_view(
    site: Site,
    seen: Mapping[str, Seen] | None,
    told: Mapping[str, Told] | None,
    windows: Mapping[str, Window],
    now_ns: int,
) -> EdgeView:
    """Return the nodes of a site at ``now_ns``; ``seen`` and ``told`` are None while they are not known. Pure."""
    lines = [
        _line(node, None if seen is None else seen[node.name], (told or {}).get(node.name, Told()), windows, now_ns)
        for node in site.edge_nodes
        if seen is None or node.name in seen
    ]
    order = list(Standing)
    return EdgeView(
        now_ns=now_ns,
        nodes=tuple(sorted(lines, key=lambda line: (order.index(line.standing), line.name))),
        seen=seen is not None,
    )


def covered_by(site: Site, node: str) -> tuple[str, ...]:
    """Return what maintenance of a node covers besides itself."""
    topology = Topology(site)
    return tuple(sorted(topology.covered(node) - {node})) if node in topology.nodes else ()


def greyed(page: EdgeView) -> EdgeView:
    """Return a page that was known before: nothing on it is fresh any more."""
    lines = [
        msgspec.structs.replace(line, state=State.STALE if line.state is State.FRESH else line.state)
        for line in page.nodes
    ]
    return msgspec.structs.replace(page, nodes=tuple(lines))


def _line(node: EdgeNode, known: Seen | None, told: Told, windows: Mapping[str, Window], now_ns: int) -> NodeLine:
    window, seen = windows.get(node.name), known or Seen()
    waiting = told.waiting
    if waiting is None and seen.waiting.value is not None:
        waiting = round(seen.waiting.value)
    standing = Standing.UNKNOWN if known is None else _standing(seen, told, waiting, now_ns)
    return NodeLine(
        name=node.name,
        title_zh=node.title_zh,
        title_en=node.title_en,
        standing=Standing.MAINTENANCE if window is not None else standing,
        state=State.SUPPRESSED if window is not None else _STATES.get(standing, State.FRESH),
        seen_ns=seen.seen_ns,
        heard_ns=told.heard_ns,
        waiting=waiting,
        behind_s=_behind_s(seen, waiting, now_ns),
        until_ns=window.until_ns if window is not None else 0,
        devices=len(node.devices),
        devices_up=sum(member.state is State.FRESH for member in seen.members),
        seen=seen,
        told=told,
    )


_STATES = {Standing.SILENT: State.STALE, Standing.NEVER: State.MISSING, Standing.UNKNOWN: State.MISSING}


def _standing(seen: Seen, told: Told, waiting: int | None, now_ns: int) -> Standing:
    """Return how a node stands. One that speaks is never silent, however old the readings that it brings."""
    if not seen.seen_ns and not told.heard_ns and not told.link:
        return Standing.NEVER
    old = not seen.seen_ns or now_ns - seen.seen_ns > BEHIND_S * NS_PER_SECOND
    speaks = told.link == "ok" or (bool(told.heard_ns) and now_ns - told.heard_ns <= STATUS_NS)
    if old and not speaks:
        return Standing.SILENT
    if told.ahead_s is not None and abs(told.ahead_s) > CLOCK_OFF_S:
        return Standing.CLOCK
    return Standing.BEHIND if old or (waiting or 0) > MANY_WAITING else Standing.WELL


def _behind_s(seen: Seen, waiting: int | None, now_ns: int) -> float | None:
    """Return how far back the newest reading that arrived is [s]: readings leave a node in the order they came."""
    if not seen.seen_ns:
        return None
    return 0.0 if waiting == 0 else max(0.0, (now_ns - seen.seen_ns) / NS_PER_SECOND)


class _Pasted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person pastes into a message about a node; names, numbers and times, no address and no secret."""

    node: str
    standing: str
    time: str
    last_reading: str | None
    last_heard: str | None
    waiting: int | None
    behind_s: float | None
    clock_ahead_s: float | None
    cpu_ratio: float | None
    memory_ratio: float | None
    disk_ratio: float | None
    link: str | None
    software: str | None
    account_24h: dict[str, int] | None
    dropped_24h: dict[str, int] | None
    refused: dict[str, int]
    silent_devices: list[str]


def pasted(line: NodeLine, now_ns: int) -> str:
    """Return a node as JSON text; what is not known is null."""
    day, told = line.told.day, line.told
    note = _Pasted(
        node=line.name,
        standing=line.standing.value,
        time=iso(now_ns),
        last_reading=iso(line.seen_ns) if line.seen_ns else None,
        last_heard=iso(line.heard_ns) if line.heard_ns else None,
        waiting=line.waiting,
        behind_s=None if line.behind_s is None else round(line.behind_s, 1),
        clock_ahead_s=None if told.ahead_s is None else round(told.ahead_s, 3),
        cpu_ratio=_rounded(line.seen.cpu),
        memory_ratio=_rounded(line.seen.memory),
        disk_ratio=_rounded(line.seen.disk),
        link=told.link or None,
        software=told.software or None,
        account_24h=None
        if day is None
        else {name: getattr(day, name) for name in ("sampled", "stored", "spooled", "quarantined", "lost")},
        dropped_24h=None if day is None else day.dropped,
        refused={refusal.reason: refusal.count for refusal in told.refused},
        silent_devices=[member.name for member in line.seen.members if member.state is not State.FRESH],
    )
    return msgspec.json.format(msgspec.json.encode(note), indent=1).decode()


def _rounded(figure: Figure) -> float | None:
    return None if figure.value is None else round(figure.value, 3)
