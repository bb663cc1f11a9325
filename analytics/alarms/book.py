"""The alarms of one ledger as they stand, kept up with it event by event."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from analytics.alarms.fold import Fold
from analytics.alarms.transition import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import Event, Ledger


class Book:
    """A fold that reads only what is new. Several threads may use it; what `fold` returns is read, never changed."""

    def __init__(self, ledger: Ledger) -> None:
        """Read nothing yet."""
        self._ledger = ledger
        self._lock = threading.Lock()
        self._fold = Fold()

    def fold(self) -> Fold:
        """Return the state after the newest event.

        Raises:
            StoreAway: the ledger cannot be read.
        """
        with self._lock:
            new = self._ledger.events(kinds=KINDS, after_seq=self._fold.seq)
            if new:
                # Who still looks at the old state goes on seeing it whole.
                after = self._fold.copy()
                for event in new:
                    after.apply(event)
                self._fold = after
            return self._fold

    def write(self, events: Sequence[Event]) -> Fold:
        """Append events as one and return the state after them.

        Raises:
            StoreAway: nothing was appended.
        """
        if events:
            self._ledger.extend(events)
        return self.fold()


def book_of(ledger: Ledger) -> Book:
    """Return the one book of an open ledger."""
    return ledger.kept(Book)


def fold_until(ledger: Ledger, until_ns: int) -> Fold:
    """Return the state without what happened after ``until_ns``."""
    fold = Fold()
    for event in ledger.events(kinds=KINDS):
        if event.time_ns <= until_ns:
            fold.apply(event)
    return fold
