"""The past of the alarms: every episode of a period, and each time one was put before a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import transition as tr
from analytics.alarms.episode import Episode
from analytics.alarms.fold import Fold

if TYPE_CHECKING:
    from greendc.contracts import Event, Ledger

_AGAIN = frozenset((tr.WORSE, tr.AGAIN))


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """One time at which an alarm was put before a person."""

    time_ns: int
    alarm_id: str
    rule: str
    priority: str
    advisory: bool


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What happened from ``start_ns`` to ``end_ns``: episodes that stood at some time of it, as they were at its end.

    ``first_ns`` is when the ledger begins to tell of alarms, 0 if it does not. ``kept_back`` counts by reason the
    alarms that nobody was shown on their own.
    """

    start_ns: int
    end_ns: int
    first_ns: int
    episodes: tuple[Episode, ...]
    announcements: tuple[Announcement, ...]
    kept_back: dict[str, int]
    fold: Fold


def past_of(ledger: Ledger, start_ns: int, end_ns: int) -> Past:
    """Return the past of a period.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    fold = Fold()
    ended: dict[tuple[str, int], Episode] = {}
    announced: list[Announcement] = []
    kept_back: dict[str, int] = {}
    first_ns = 0
    for event in ledger.events(kinds=tr.KINDS):
        if event.time_ns > end_ns:
            continue
        first_ns = first_ns or event.time_ns
        before = fold.find(event.subject)
        fold.apply(event)
        after = fold.find(event.subject)
        if after is None or after is before:
            continue
        ended[after.id, after.raised_ns] = after
        if event.kind == tr.RAISED and event.time_ns >= start_ns:
            if _is_shown(event, before, after):
                announced.append(_announcement(event, after))
            elif not after.announced and (before is None or not before.active):
                why = after.alarm.suppressed or "filed"
                kept_back[why] = kept_back.get(why, 0) + 1
    return Past(
        start_ns=start_ns,
        end_ns=end_ns,
        first_ns=first_ns,
        episodes=tuple(e for e in ended.values() if e.active or e.cleared_ns >= start_ns),
        announcements=tuple(announced),
        kept_back=kept_back,
        fold=fold,
    )


def _is_shown(event: Event, before: Episode | None, after: Episode) -> bool:
    """Tell whether an event put an alarm before a person: new, worse or again, but not for what is filed under it."""
    if not after.announced:
        return False
    if before is None or not (before.active and before.announced):
        return True
    return event.reason in _AGAIN or (before.alarm.advisory and not after.alarm.advisory)


def _announcement(event: Event, episode: Episode) -> Announcement:
    alarm = episode.alarm
    return Announcement(
        time_ns=event.time_ns, alarm_id=alarm.id, rule=alarm.rule, priority=alarm.priority, advisory=alarm.advisory
    )
