"""Alarms: rules over stored readings, and their life by ISA-18.2 with the ledger as its only memory.

`evaluate` judges and writes, `open_alarms` and `standing` list, `Act` is what people do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms import transition as tr
from analytics.alarms.actions import Act, ActionRefused
from analytics.alarms.alarm import Alarm
from analytics.alarms.book import book_of
from analytics.alarms.lifecycle import decide
from analytics.alarms.listing import active_alarms, open_alarms, standing
from analytics.alarms.rule import Scene
from analytics.alarms.rules import NEEDS, RULES, Board
from analytics.inlets import inlets
from analytics.topology import Topology
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.rules import Memory
    from analytics.detection.finding import Finding
    from greendc.contracts import History, Ledger
    from greendc.model import Principal
    from greendc.site import Site

__all__ = [
    "RULES",
    "Act",
    "ActionRefused",
    "Alarm",
    "acknowledge",
    "active_alarms",
    "evaluate",
    "open_alarms",
    "standing",
]


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
    """Judge every rule, write what follows into the ledger as one, and return the alarms that are open now.

    ``delay_scale`` multiplies on-delays, off-delays and the patience with silent sensors; silence counts from
    ``watching_since_ns`` on. ``findings`` are what the learned detectors hold for unusual now,
    None as long as they are learning.
    ``memory`` keeps from tick to tick what rules have read of the past and what does not change.

    Raises:
        StoreAway, StoreRefused: store or ledger cannot be used; nothing was written.
    """
    book = book_of(ledger)
    before = book.fold()
    found, topology = inlets(history, site), Topology(site)
    board = Board(history, site, now_ns, NEEDS, memory)
    own: dict[str, dict[str, Alarm]] = {rule.key: {} for rule in RULES}
    for episode in before.standing.values():
        if episode.active:
            own.setdefault(episode.alarm.rule, {})[episode.id] = episode.alarm
    verdicts = {
        rule.key: rule.evaluate(
            Scene(
                history=history,
                site=site,
                topology=topology,
                now_ns=now_ns,
                standing=own[rule.key],
                inlets=found,
                board=board,
                findings=findings,
                delay_scale=delay_scale,
                watching_since_ns=watching_since_ns,
            )
        )
        for rule in RULES
    }
    events = decide(before, verdicts, {rule.key: rule for rule in RULES}, topology, now_ns)
    if now_ns - before.watched_ns >= NS_PER_HOUR:
        events.append(tr.event(tr.WATCHING, site.name, now_ns))
    book.write(events)
    return open_alarms(ledger)


def acknowledge(ledger: Ledger, alarm_id: str, principal: Principal, now_ns: int, reason: str = "") -> bool:
    """Note that a person has seen an alarm; False when there is none to be seen, or this person may not."""
    try:
        Act(ledger, principal, now_ns, reason).acknowledge(alarm_id)
    except ActionRefused:
        return False
    return True
