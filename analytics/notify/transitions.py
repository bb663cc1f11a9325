"""What happened to alarms, read from the ledger: each transition once, of alarms that are put before people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms import transition as tr
from analytics.alarms.alarm import PRIORITIES
from analytics.alarms.fold import STORM, Fold
from analytics.notify import notice as words
from analytics.notify.notice import Notice

if TYPE_CHECKING:
    from analytics.alarms.episode import Episode
    from greendc.contracts import Event, Ledger

_URGENT = {priority: rank for rank, priority in enumerate(PRIORITIES)}


class Transitions:
    """The transitions of one ledger, in their order; knows the state of every alarm before each of them."""

    def __init__(self, ledger: Ledger, site: str) -> None:
        """Read nothing yet."""
        self._ledger = ledger
        self._site = site
        self._fold = Fold()

    def since(self, cursor: int) -> tuple[int, list[tuple[int, Notice]]]:
        """Return up to which event the ledger was read, and what is new after ``cursor`` with its events' numbers.

        Raises:
            StoreError: the ledger cannot be read.
        """
        found = []
        for event in self._ledger.events(kinds=tr.KINDS, after_seq=self._fold.seq):
            before = self._fold.find(event.subject)
            self._fold.apply(event)
            if event.seq > cursor:
                told = _told(event, before, self._fold.find(event.subject))
                if told is not None:
                    found.append((event.seq, _notice(self._site, event, *told)))
        return max(cursor, self._fold.seq), found


def _told(event: Event, before: Episode | None, after: Episode | None) -> tuple[str, Episode] | None:
    """Return what people are told of an event, and the alarm as it was or is."""
    if after is None or after is before:
        return None
    if event.kind == tr.RAISED:
        how = _raised(event, before, after)
        return (how, after) if how else None
    if event.kind == tr.CLEARED and before is not None and before.announced_ns:
        return words.CLEARED, before
    if event.kind == tr.ACKNOWLEDGED and after.announced_ns:
        return words.ACKNOWLEDGED, after
    if event.kind == tr.ESCALATED and after.announced:
        return words.ESCALATED, after
    return None


def _raised(event: Event, before: Episode | None, after: Episode) -> str:
    if not after.announced:
        return ""
    first = words.STORM if after.alarm.rule == STORM else words.RAISED
    if before is None or not (before.active and before.announced):
        return first
    if _URGENT[after.alarm.priority] < _URGENT[before.alarm.priority]:
        return words.ESCALATED
    again = event.reason == tr.AGAIN or (before.alarm.advisory and not after.alarm.advisory)
    return first if again else ""


def _notice(site: str, event: Event, transition: str, episode: Episode) -> Notice:
    person = event.principal.role != tr.SYSTEM.role
    return Notice(
        id=f"{site}-{event.seq}",
        site=site,
        transition=transition,
        time_ns=event.time_ns,
        alarm=episode.alarm,
        by=event.principal.name if person else "",
        reason=event.reason if person else "",
    )
