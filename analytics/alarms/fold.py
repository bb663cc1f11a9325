"""The state of all alarms: the fold of the ledger's events, one by one, in their order. Nothing else is remembered."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from analytics.alarms import episode as ep
from analytics.alarms import transition as tr
from analytics.alarms.behaviour import behaviour
from analytics.alarms.episode import Episode, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.alarms.rule import NotEvaluated
    from greendc.contracts import Event

STORM = "storm"
"""The rule of the summary that alarms are filed under during a storm; its id begins with it."""
Change: TypeAlias = "Callable[[Episode, Event], Episode]"


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A maintenance window: the node and everything below it are out of service from ``start_ns`` to ``until_ns``."""

    node: str
    start_ns: int
    until_ns: int
    name: str
    reason: str

    def open_at(self, now_ns: int) -> bool:
        """Tell whether it holds now."""
        return self.start_ns <= now_ns < self.until_ns


_ANY = frozenset(State)
_ACTIVE = frozenset((State.ACTIVE_UNACKED, State.ACTIVE_ACKED))
_UNSEEN = frozenset((State.ACTIVE_UNACKED, State.CLEARED_UNACKED))
_CHANGES: dict[str, tuple[Change, frozenset[State]]] = {
    tr.CLEARED: (ep.cleared, _ACTIVE),
    tr.ACKNOWLEDGED: (ep.acknowledged, _UNSEEN),
    tr.CONDITION: (ep.condition, _ACTIVE),
    tr.FILED: (ep.filed, _ACTIVE),
    tr.SUPPRESSED: (ep.suppressed, _ACTIVE),
    tr.SHELVED: (ep.shelved, _ANY),
    tr.UNSHELVED: (ep.unshelved, _ANY),
    tr.CHATTERING: (ep.chattering, _ACTIVE),
    tr.ESCALATED: (ep.escalated, _ACTIVE),
    tr.STALE: (ep.stale, _ACTIVE),
    tr.VERDICT: (ep.judged, _ANY),
    tr.NOTED: (ep.noted, _ANY),
}
"""What an event does, and the states in which it means anything; in others it changes nothing."""


class Fold:
    """Alarms that stand, the last episodes of those that do not, windows, promotions, and what is not evaluated.

    ``arrivals`` are the times of the newest alarms that were or would have been announced, by whether they are
    advisory: as many as it takes to see a storm. ``watched_ns`` is when the last round was noted.
    """

    def __init__(self) -> None:
        """Start before the first event."""
        self.seq = 0
        self.watched_ns = 0
        self.standing: dict[str, Episode] = {}
        self.past: dict[str, Episode] = {}
        self.shelf: dict[str, int] = {}
        self.windows: dict[str, Window] = {}
        self.promoted: dict[str, str] = {}
        self.gaps: dict[str, tuple[NotEvaluated, ...]] = {}
        self.arrivals: dict[bool, deque[int]] = {
            advisory: deque(maxlen=behaviour().storm.count + 1) for advisory in (False, True)
        }

    def copy(self) -> Fold:
        """Return a fold that goes its own way from here on; episodes are values and are shared."""
        other = Fold()
        other.seq = self.seq
        other.watched_ns = self.watched_ns
        other.standing = dict(self.standing)
        other.past = dict(self.past)
        other.shelf = dict(self.shelf)
        other.windows = dict(self.windows)
        other.promoted = dict(self.promoted)
        other.gaps = dict(self.gaps)
        other.arrivals = {advisory: times.copy() for advisory, times in self.arrivals.items()}
        return other

    def __eq__(self, other: object) -> bool:
        """Tell whether two folds say the same."""
        return isinstance(other, Fold) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it changes, so it is no key

    def find(self, alarm_id: str) -> Episode | None:
        """Return the standing or else the last episode of an alarm."""
        return self.standing.get(alarm_id) or self.past.get(alarm_id)

    def apply(self, event: Event) -> None:
        """Take one event in; one of another kind changes nothing."""
        self.seq = max(self.seq, event.seq)
        subject = event.subject
        if event.kind == tr.RAISED:
            self._raise(event)
        elif event.kind in _CHANGES:
            self._change(event)
        elif event.kind == tr.MAINTENANCE:
            span = tr.body_of(event, tr.Span)
            self.windows[subject] = Window(
                node=subject,
                start_ns=span.start_ns,
                until_ns=span.until_ns,
                name=event.principal.name,
                reason=event.reason,
            )
        elif event.kind == tr.MAINTENANCE_OVER:
            self.windows.pop(subject, None)
        elif event.kind == tr.PROMOTED:
            self.promoted[subject] = event.principal.name
        elif event.kind == tr.DEMOTED:
            self.promoted.pop(subject, None)
        elif event.kind == tr.NOT_EVALUATED:
            self._note_gaps(event)
        elif event.kind == tr.WATCHING:
            self.watched_ns = event.time_ns

    def _raise(self, event: Event) -> None:
        before = self.find(event.subject)
        after = ep.raised(before, event)
        alarm = after.alarm
        counts = alarm.rule != STORM and not alarm.suppressed and (not alarm.cause or alarm.cause.startswith(STORM))
        if counts and (before is None or not before.active or event.reason == tr.RELEASED):
            self.arrivals[alarm.advisory].append(event.time_ns)
        self._put(after)

    def _change(self, event: Event) -> None:
        change, states = _CHANGES[event.kind]
        before = self.find(event.subject)
        if before is None or before.state not in states:
            return
        if event.kind == tr.ACKNOWLEDGED and tr.body_of(event, tr.Seen).announced_ns not in {-1, before.announced_ns}:
            return
        self._put(change(before, event))

    def _put(self, episode: Episode) -> None:
        here, there = (self.past, self.standing) if episode.state is State.NORMAL else (self.standing, self.past)
        here[episode.id] = episode
        there.pop(episode.id, None)
        if episode.shelved_until_ns:
            self.shelf[episode.id] = episode.shelved_until_ns
        else:
            self.shelf.pop(episode.id, None)

    def _note_gaps(self, event: Event) -> None:
        entries = tr.body_of(event, tr.Gaps).entries
        if entries:
            self.gaps[event.subject] = entries
        else:
            self.gaps.pop(event.subject, None)


def covering(windows: dict[str, Window], now_ns: int) -> list[Window]:
    """Return the windows that are open now."""
    return [window for window in windows.values() if window.open_at(now_ns)]
