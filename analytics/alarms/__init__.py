"""Alarms: rules over stored readings, their transitions in the ledger. One file and one line here for each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.alarm import CLEARED, PRIORITIES, RAISED, SYSTEM, Alarm, acknowledge, open_alarms
from analytics.alarms.rule import Scene
from analytics.alarms.rules import NEEDS, RULES, Board
from analytics.inlets import inlets
from analytics.topology import Topology
from greendc.contracts import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.rules import Memory
    from analytics.detection.finding import Finding
    from greendc.contracts import History, Ledger
    from greendc.site import Site

__all__ = ["RULES", "Alarm", "acknowledge", "evaluate", "open_alarms"]


def evaluate(
    history: History,
    site: Site,
    ledger: Ledger,
    now_ns: int,
    *,
    delay_scale: float = 1.0,
    watching_since_ns: int = 0,
    findings: Sequence[Finding] | None = None,
    memory: Memory | None = None,
) -> list[Alarm]:
    """Judge every rule, write transitions into the ledger, and return the alarms that are open now.

    ``delay_scale`` multiplies on-delays, off-delays and the patience with silent sensors; silence counts from
    ``watching_since_ns`` on. ``findings`` are what the learned detectors hold for unusual now,
    None as long as they are learning.
    ``memory`` keeps from tick to tick what rules have read of the past and what does not change.

    Raises:
        StoreAway, StoreRefused: store or ledger cannot be used; nothing is taken back that was written.
    """
    standing = {alarm.id: alarm for alarm in open_alarms(ledger)}
    found, topology = inlets(history, site), Topology(site)
    board = Board(history, site, now_ns, NEEDS, memory)
    for rule in RULES:
        own = {key: alarm for key, alarm in standing.items() if alarm.rule == rule.key}
        scene = Scene(
            history=history,
            site=site,
            topology=topology,
            now_ns=now_ns,
            standing=own,
            inlets=found,
            board=board,
            findings=findings,
            delay_scale=delay_scale,
            watching_since_ns=watching_since_ns,
        )
        verdicts = rule.evaluate(scene)
        for alarm in verdicts.raised:
            before = own.get(alarm.id)
            # A standing alarm is raised again only when it becomes another one, such as a worse level.
            if before is None or PRIORITIES.index(alarm.priority) < PRIORITIES.index(before.priority):
                node = alarm.node or topology.node_of(alarm.device, alarm.place)
                _append(ledger, RAISED, alarm.id, now_ns, msgspec.structs.replace(alarm, node=node))
        for alarm_id in set(verdicts.over) & set(own):
            _append(ledger, CLEARED, alarm_id, now_ns, None)
    return open_alarms(ledger)


def _append(ledger: Ledger, kind: str, subject: str, now_ns: int, alarm: Alarm | None) -> None:
    body = "{}" if alarm is None else msgspec.json.encode(alarm).decode()
    ledger.append(Event(time_ns=now_ns, kind=kind, subject=subject, principal=SYSTEM, body=body))
