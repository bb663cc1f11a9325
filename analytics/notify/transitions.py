"""What happened to alarms, read from the ledger: each transition once, of alarms that are put before people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.alarm import ACKNOWLEDGED, CLEARED, PRIORITIES, RAISED, Alarm
from analytics.notify import notice as words
from analytics.notify.notice import Notice

if TYPE_CHECKING:
    from greendc.contracts import Event, Ledger

_TOLD = {CLEARED: words.CLEARED, ACKNOWLEDGED: words.ACKNOWLEDGED}


def transitions(ledger: Ledger, site: str, after_seq: int) -> tuple[int, list[tuple[int, Notice]]]:
    """Return up to which event the ledger was read, and the transitions since ``after_seq`` with their events' numbers.

    Raises:
        StoreError: the ledger cannot be read.
    """
    events = ledger.events(after_seq=after_seq)
    found = [(event.seq, told) for event in events if (told := _told(ledger, site, event)) is not None]
    return (events[-1].seq if events else after_seq), found


def _told(ledger: Ledger, site: str, event: Event) -> Notice | None:
    if event.kind not in {RAISED, *_TOLD}:
        return None
    announced = _announced_before(ledger, event)
    if event.kind in _TOLD:
        return _notice(site, event, _TOLD[event.kind], announced) if announced else None
    alarm = msgspec.json.decode(event.body, type=Alarm)
    if not alarm.announced:
        return None
    if announced is None:
        return _notice(site, event, words.RAISED, alarm)
    if PRIORITIES.index(alarm.priority) < PRIORITIES.index(announced.priority):
        return _notice(site, event, words.ESCALATED, alarm)
    return None


def _announced_before(ledger: Ledger, event: Event) -> Alarm | None:
    """Return the alarm as it was last announced before an event, or None when it did not stand or was held back."""
    standing: Alarm | None = None
    for before in ledger.events(subject=event.subject):
        if before.seq >= event.seq:
            break
        if before.kind == CLEARED:
            standing = None
        elif before.kind == RAISED:
            alarm = msgspec.json.decode(before.body, type=Alarm)
            standing = alarm if alarm.announced else standing
    return standing


def _notice(site: str, event: Event, transition: str, alarm: Alarm) -> Notice:
    person = event.principal.role != "system"
    return Notice(
        id=f"{site}-{event.seq}",
        site=site,
        transition=transition,
        time_ns=event.time_ns,
        alarm=alarm,
        by=event.principal.name if person else "",
        reason=event.reason,
    )
