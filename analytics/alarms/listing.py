"""Which alarms there are now, as lists for pages, reports and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.alarm import PRIORITIES, Alarm
from analytics.alarms.book import book_of, fold_until

if TYPE_CHECKING:
    from analytics.alarms.episode import Episode
    from analytics.alarms.fold import Fold
    from greendc.contracts import Ledger


def open_alarms(ledger: Ledger, until_ns: int | None = None) -> list[Alarm]:
    """Return the alarms that stand and are put before a person, the most urgent and then the oldest first.

    What is filed under a cause, shelved or out of service is not among them. ``until_ns`` leaves out what happened
    later.
    """
    return [alarm for alarm in active_alarms(ledger, until_ns) if alarm.announced]


def active_alarms(ledger: Ledger, until_ns: int | None = None) -> list[Alarm]:
    """Return every alarm that stands, also those that nobody is shown, the most urgent and then the oldest first."""
    return [episode.alarm for episode in standing(ledger, until_ns) if episode.active]


def standing(ledger: Ledger, until_ns: int | None = None) -> list[Episode]:
    """Return every alarm that is not normal with its state, the most urgent and then the oldest first."""
    fold = book_of(ledger).fold() if until_ns is None else fold_until(ledger, until_ns)
    return in_order(fold)


def in_order(fold: Fold) -> list[Episode]:
    """Return the episodes that stand, the most urgent and then the oldest first."""
    return sorted(
        fold.standing.values(),
        key=lambda episode: (PRIORITIES.index(episode.alarm.priority), episode.alarm.since_ns, episode.id),
    )
