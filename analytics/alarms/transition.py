"""The events by which alarms live, as they stand in the ledger: their kinds and the form of their bodies.

The subject is the alarm's id, but for maintenance (a node of the topology), promotion (an alarm's id, a rule's key or
``rule.kind``) and what is not evaluated (a rule's key). Who acted, when and why stand in the event itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from analytics.alarms import alarm
from analytics.alarms.rule import NotEvaluated
from greendc.contracts import Event

if TYPE_CHECKING:
    from greendc.model import Principal

S = TypeVar("S", bound=msgspec.Struct)

SYSTEM = alarm.SYSTEM

RAISED = alarm.RAISED
"""Body: `Alarm`. It is put before a person if it has neither ``cause`` nor ``suppressed``. The reason says why now."""
CLEARED = alarm.CLEARED
ACKNOWLEDGED = alarm.ACKNOWLEDGED
"""Body: `Seen`."""
CONDITION = "alarm.condition"
"""Body: `Condition`. A latched alarm's condition went or came back; nobody is told."""
FILED = "alarm.filed"
"""Body: `Filed`. A standing alarm goes under its cause."""
SUPPRESSED = "alarm.suppressed"
"""Body: `Suppressed`. A standing alarm is kept back from now on."""
SHELVED = "alarm.shelved"
"""Body: `Until`."""
UNSHELVED = "alarm.unshelved"
CHATTERING = "alarm.chattering"
"""Body: `Count` of activations. The alarm is latched."""
ESCALATED = "alarm.escalated"
"""Body: `Count`: the level reached by time unacknowledged, from 1."""
STALE = "alarm.stale"
VERDICT = "alarm.verdict"
"""Body: `Judgement`."""
NOTED = "alarm.noted"
"""The reason is the note."""
MAINTENANCE = "maintenance.began"
"""Body: `Span`."""
MAINTENANCE_OVER = "maintenance.ended"
PROMOTED = "rule.promoted"
DEMOTED = "rule.demoted"
NOT_EVALUATED = "alarm.not_evaluated"
"""Body: `Gaps`, all that the rule cannot judge now."""
WATCHING = "alarm.watching"
"""Alarms were judged about then; written once an hour, so that a quiet time differs from one without a watch."""

KINDS = (
    RAISED,
    CLEARED,
    ACKNOWLEDGED,
    CONDITION,
    FILED,
    SUPPRESSED,
    SHELVED,
    UNSHELVED,
    CHATTERING,
    ESCALATED,
    STALE,
    VERDICT,
    NOTED,
    MAINTENANCE,
    MAINTENANCE_OVER,
    PROMOTED,
    DEMOTED,
    NOT_EVALUATED,
    WATCHING,
)

NEW = "new"
WORSE = "worse"
AGAIN = "again"
GROWN = "grown"
RELEASED = "released"
PROMOTION = "promoted"
EXPIRED = "expired"
RULE_GONE = "rule_gone"
QUIET = "quiet"
"""Reasons of the system's own events. `AGAIN`: acknowledged, and it has stood for long since. `GROWN`: what is filed
under it is worse than it was itself."""

SHELF = "shelved"
WINDOW = "maintenance"
DESIGN = "design"
"""Why an alarm is kept back: ``Alarm.suppressed``."""

REAL = "real"
NUISANCE = "nuisance"
TEST = "test"
VERDICTS = (REAL, NUISANCE, TEST)


class Condition(msgspec.Struct, frozen=True):
    """Whether the condition of a latched alarm holds."""

    holds: bool


class Filed(msgspec.Struct, frozen=True):
    """The id of the alarm that it goes under."""

    cause: str


class Suppressed(msgspec.Struct, frozen=True):
    """Why it is kept back: `SHELF`, `WINDOW` or `DESIGN`."""

    by: str


class Until(msgspec.Struct, frozen=True):
    """When shelving ends."""

    until_ns: int


class Span(msgspec.Struct, frozen=True):
    """When a maintenance window begins and ends."""

    start_ns: int
    until_ns: int


class Count(msgspec.Struct, frozen=True):
    """How many there are, or which level."""

    count: int


class Judgement(msgspec.Struct, frozen=True):
    """What a person says of an episode, which is known by when it was raised."""

    verdict: str
    raised_ns: int


class Seen(msgspec.Struct, frozen=True):
    """Which announcement of an alarm a person has seen, by its time; -1 is the newest."""

    announced_ns: int = -1


class Gaps(msgspec.Struct, frozen=True):
    """What a rule cannot judge."""

    entries: tuple[NotEvaluated, ...] = ()


def event(
    kind: str,
    subject: str,
    time_ns: int,
    body: msgspec.Struct | None = None,
    *,
    principal: Principal = SYSTEM,
    reason: str = "",
) -> Event:
    """Return an event; without a principal it is the system's own."""
    text = "{}" if body is None else msgspec.json.encode(body).decode()
    return Event(time_ns=time_ns, kind=kind, subject=subject, principal=principal, reason=reason, body=text)


def body_of(event: Event, into: type[S]) -> S:
    """Return the body of an event.

    Raises:
        msgspec.ValidationError: it has another form.
    """
    return msgspec.json.decode(event.body, type=into)
