"""Which numbers to send, and when to send them again. Pure: no clock, no spool, no network.

Numbers in flight lie in batches. A batch leaves the window only when the writer's confirmation covers it, or when its
numbers are no longer in the spool. The broker's acknowledgement says nothing about durability and is used only to
notice a refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from collectors.backoff import pause_s
from greendc import spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.spans import Span

MAX_BATCHES = 20
RESEND_S = 30.0
LONGEST_RESEND_S = 300.0
UNHEARD_S = 2.0


class Batch(msgspec.Struct):
    """Numbers ``first`` to ``last`` that were sent as one message; it is sent again at ``due_s``."""

    first: int
    last: int
    due_s: float
    attempt: int = 1


class Window:
    """At most `MAX_BATCHES` batches between the first unsent number and the oldest unconfirmed one."""

    def __init__(self, max_batches: int = MAX_BATCHES, resend_s: float = RESEND_S) -> None:
        """Start with nothing in flight; sending begins at the oldest number that waits."""
        self._max_batches = max_batches
        self._resend_s = resend_s
        self._batches: dict[int, Batch] = {}
        self.sent_upto = 0

    @property
    def in_flight(self) -> Sequence[Batch]:
        """Return the unconfirmed batches, oldest first."""
        return [self._batches[first] for first in sorted(self._batches)]

    def due(self, now_s: float) -> Batch | None:
        """Return the oldest batch that must be sent again now."""
        return next((batch for batch in self.in_flight if batch.due_s <= now_s), None)

    @property
    def has_room(self) -> bool:
        """Tell whether a new batch may be sent."""
        return len(self._batches) < self._max_batches

    def sent(self, first: int, last: int, now_s: float, spread: float) -> None:
        """Note that numbers were handed over as one message, new or again; ``spread`` is a random number in 0..1."""
        before = self._batches.get(first)
        attempt = before.attempt + 1 if before is not None else 1
        pause = pause_s(attempt, spread, first_s=self._resend_s, longest_s=LONGEST_RESEND_S)
        self._batches[first] = Batch(first, last, now_s + pause, attempt)
        self.sent_upto = max(self.sent_upto, last)

    def shrunk(self, batch: Batch, first: int, last: int) -> None:
        """Note that only ``first`` to ``last`` of a batch are still in the spool; none when ``last < first``."""
        del self._batches[batch.first]
        if first <= last:
            self._batches[first] = Batch(first, last, batch.due_s, batch.attempt)

    def refused(self, first: int, now_s: float, spread: float) -> None:
        """Note that the broker refused a batch: it is sent again later, as a person has to mend the cause."""
        batch = self._batches.get(first)
        if batch is not None:
            batch.due_s = now_s + pause_s(batch.attempt + 1, spread, first_s=self._resend_s, longest_s=LONGEST_RESEND_S)

    def unheard(self, first: int, now_s: float, spread: float) -> None:
        """Note that nobody listens: a broker that was restarted has forgotten the writer, which is back soon."""
        batch = self._batches.get(first)
        if batch is not None:
            pause = pause_s(batch.attempt, spread, first_s=UNHEARD_S, longest_s=self._resend_s)
            batch.due_s = min(batch.due_s, now_s + pause)

    def confirmed(self, upto: int, also: Sequence[Span]) -> None:
        """Let go of every batch that a confirmation covers entirely."""
        settled = spans.merged([(0, upto), *also])
        for batch in self.in_flight:
            if not spans.without([(batch.first, batch.last)], settled):
                del self._batches[batch.first]

    def connected(self, now_s: float) -> None:
        """Send everything in flight again: what the last connection carried may be gone."""
        for batch in self._batches.values():
            batch.due_s = now_s
            batch.attempt = 0
