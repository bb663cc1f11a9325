"""The life of one alarm by ISA-18.2: what each event makes of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import transition as tr
from analytics.alarms.alarm import Alarm

if TYPE_CHECKING:
    from greendc.contracts import Event

ACTIVATIONS_KEPT = 16


class State(StrEnum):
    """The four states. Shelved, suppressed and out of service come on top (`Alarm.suppressed`)."""

    NORMAL = "normal"
    ACTIVE_UNACKED = "active_unacked"
    ACTIVE_ACKED = "active_acked"
    CLEARED_UNACKED = "cleared_unacked"


class Note(msgspec.Struct, frozen=True):
    """What a person said of an alarm, and when."""

    time_ns: int
    name: str
    text: str


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as it stands, from the moment it was raised until it is raised anew after it was over.

    ``alarm`` holds its effective priority, ``own`` the one of its rule: a cause is as urgent as the worst that is filed
    under it. ``holds`` is its condition: a latched alarm stands though it no longer holds. ``announced_ns`` is when it
    was last put before a person, 0 if never; ``activations`` are the newest times at which the condition came.
    """

    alarm: Alarm
    own: str
    state: State
    raised_ns: int
    announced_ns: int = 0
    acknowledged_ns: int = 0
    acknowledged_by: str = ""
    cleared_ns: int = 0
    holds: bool = True
    changed_ns: int = 0
    chattering: bool = False
    activations: tuple[int, ...] = ()
    level: int = 0
    stale: bool = False
    shelved_until_ns: int = 0
    shelved_by: str = ""
    verdict: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def id(self) -> str:
        """Return the alarm's id."""
        return self.alarm.id

    @property
    def active(self) -> bool:
        """Tell whether the alarm stands."""
        return self.state in {State.ACTIVE_UNACKED, State.ACTIVE_ACKED}

    @property
    def announced(self) -> bool:
        """Tell whether it is put before a person on its own."""
        return self.alarm.announced


def raised(before: Episode | None, event: Event) -> Episode:
    """Return the episode after an alarm was raised: anew, worse, again, or as one that is no longer kept back."""
    alarm = tr.body_of(event, Alarm)
    now_ns = event.time_ns
    announced_ns = now_ns if alarm.announced else 0
    if before is not None and before.active:
        return msgspec.structs.replace(
            before,
            alarm=msgspec.structs.replace(alarm, acknowledged=False),
            own=_own(before, alarm, event.reason),
            state=State.ACTIVE_UNACKED,
            announced_ns=announced_ns or before.announced_ns,
            level=0,
        )
    earlier = () if before is None else before.activations[-ACTIVATIONS_KEPT + 1 :]
    return Episode(
        alarm=msgspec.structs.replace(alarm, acknowledged=False),
        own=alarm.priority,
        state=State.ACTIVE_UNACKED,
        raised_ns=now_ns,
        announced_ns=announced_ns,
        changed_ns=now_ns,
        activations=(*earlier, now_ns),
        shelved_until_ns=0 if before is None else before.shelved_until_ns,
        shelved_by="" if before is None else before.shelved_by,
    )


def _own(before: Episode, alarm: Alarm, reason: str) -> str:
    """Return the rule's own priority: a cause that grew with what is filed under it keeps its own."""
    return before.own if reason in {tr.AGAIN, tr.RELEASED, tr.GROWN} else alarm.priority


def cleared(before: Episode, event: Event) -> Episode:
    """Return the episode after the alarm is over; one that a person was told of and has not seen waits for that."""
    waits = before.state is State.ACTIVE_UNACKED and before.announced
    return msgspec.structs.replace(
        before,
        state=State.CLEARED_UNACKED if waits else State.NORMAL,
        cleared_ns=event.time_ns,
        holds=False,
        changed_ns=event.time_ns,
        chattering=False,
    )


def acknowledged(before: Episode, event: Event) -> Episode:
    """Return the episode after a person has seen it."""
    over = before.state is State.CLEARED_UNACKED
    return msgspec.structs.replace(
        before,
        alarm=msgspec.structs.replace(before.alarm, acknowledged=True),
        state=State.NORMAL if over else State.ACTIVE_ACKED,
        acknowledged_ns=event.time_ns,
        acknowledged_by=event.principal.name,
    )


def condition(before: Episode, event: Event) -> Episode:
    """Return a latched episode after its condition went or came."""
    holds = tr.body_of(event, tr.Condition).holds
    came = (*before.activations[-ACTIVATIONS_KEPT + 1 :], event.time_ns) if holds else before.activations
    return msgspec.structs.replace(before, holds=holds, changed_ns=event.time_ns, activations=came)


def filed(before: Episode, event: Event) -> Episode:
    """Return the episode after it went under its cause."""
    cause = tr.body_of(event, tr.Filed).cause
    return msgspec.structs.replace(before, alarm=msgspec.structs.replace(before.alarm, cause=cause))


def suppressed(before: Episode, event: Event) -> Episode:
    """Return the episode after it was kept back."""
    by = tr.body_of(event, tr.Suppressed).by
    return msgspec.structs.replace(before, alarm=msgspec.structs.replace(before.alarm, suppressed=by))


def shelved(before: Episode, event: Event) -> Episode:
    """Return the episode after a person shelved it: it is kept back at once."""
    until_ns = tr.body_of(event, tr.Until).until_ns
    return msgspec.structs.replace(
        before,
        alarm=msgspec.structs.replace(before.alarm, suppressed=tr.SHELF),
        shelved_until_ns=until_ns,
        shelved_by=event.principal.name,
    )


def unshelved(before: Episode, _event: Event) -> Episode:
    """Return the episode after shelving; whether it is announced again is decided next."""
    alarm = before.alarm if before.active else msgspec.structs.replace(before.alarm, suppressed="")
    return msgspec.structs.replace(before, alarm=alarm, shelved_until_ns=0, shelved_by="")


def chattering(before: Episode, _event: Event) -> Episode:
    """Return the episode as a latched one."""
    return msgspec.structs.replace(before, chattering=True)


def escalated(before: Episode, event: Event) -> Episode:
    """Return the episode at its next level."""
    return msgspec.structs.replace(before, level=tr.body_of(event, tr.Count).count)


def stale(before: Episode, _event: Event) -> Episode:
    """Return the episode as a stale one."""
    return msgspec.structs.replace(before, stale=True)


def judged(before: Episode, event: Event) -> Episode:
    """Return the episode with a person's verdict, if it is the one that was judged."""
    judgement = tr.body_of(event, tr.Judgement)
    if judgement.raised_ns != before.raised_ns:
        return before
    return msgspec.structs.replace(before, verdict=judgement.verdict)


def noted(before: Episode, event: Event) -> Episode:
    """Return the episode with one more note."""
    note = Note(event.time_ns, event.principal.name, event.reason)
    return msgspec.structs.replace(before, notes=(*before.notes, note))
