"""A ledger in memory that keeps the `Ledger` contract, for tests that need very many."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from greendc.contracts import Event, Ledger

T = TypeVar("T")


class MemoryLedger:
    """Implements `greendc.contracts.Ledger`."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        """Start with what another one holds."""
        self._events = list(events)
        self._kept: dict[Callable[[Ledger], object], object] = {}

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
        besides: str | None = None,
    ) -> Sequence[Event]:
        """Return events in the order in which they were appended."""
        wanted = {*kinds, *(() if kind is None else (kind,))}
        return [
            event
            for event in self._events[after_seq:]
            if (not wanted or event.kind in wanted) and subject in {None, event.subject}
            if event.principal.role != besides
        ]

    def newest(self, *, kind: str, subject: str) -> Event | None:
        """Return the event of a kind about a subject that was appended last, or None."""
        return next(iter(reversed(self.events(kind=kind, subject=subject))), None)

    def kept(self, make: Callable[[Ledger], T]) -> T:
        """Return what ``make`` made of this ledger when it was first asked for."""
        return cast("T", self._kept.setdefault(make, make(self)))
