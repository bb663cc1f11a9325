"""A ledger in memory that keeps the `Ledger` contract, for tests that need very many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from greendc.contracts import Event


class MemoryLedger:
    """Implements `greendc.contracts.Ledger`."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        """Start with what another one holds."""
        self._events = list(events)

    def append(self, event: Event) -> int:
        """Keep an event under the next number."""
        return self.extend((event,))

    def extend(self, events: Sequence[Event]) -> int:
        """Keep events under the next numbers."""
        for event in events:
            self._events.append(msgspec.structs.replace(event, seq=len(self._events) + 1))
        return len(self._events) if events else 0

    def events(
        self,
        *,
        kind: str | None = None,
        kinds: Collection[str] = (),
        subject: str | None = None,
        after_seq: int = 0,
    ) -> Sequence[Event]:
        """Return events in the order in which they were appended."""
        wanted = {*kinds, *(() if kind is None else (kind,))}
        return [
            event
            for event in self._events[after_seq:]
            if (not wanted or event.kind in wanted) and subject in {None, event.subject}
        ]

    def newest(self, *, kind: str, subject: str) -> Event | None:
        """Return the event of a kind about a subject that was appended last, or None."""
        return next(iter(reversed(self.events(kind=kind, subject=subject))), None)
