"""The ledger as a reader may see it: decisions and states with numbers instead of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from analytics.reports.masking.names import Names
    from greendc.contracts import Event, Ledger

T = TypeVar("T")
Json = object

NAMING = frozenset(
    {
        *("id", "subject", "device", "devices", "part", "parts", "place", "rack", "racks", "room", "rooms", "row"),
        *("module", "modules", "node", "nodes", "cause", "site", "series", "meter", "meters", "label", "alarm_id"),
        *("source", "target", "target_id", "suspect", "by", "who", "author", "name", "title", "channel", "task"),
    }
)
"""Fields of bodies that hold names. All others are words: only names that say whose they are are replaced there."""


class MaskedLedger:
    """A `Ledger` that can be read only."""

    def __init__(self, ledger: Ledger, names: Names) -> None:
        """Take the real ledger."""
        self._ledger = ledger
        self._names = names
        self._kept: dict[object, object] = {}

    def append(self, event: Event) -> NoReturn:
        """Refuse: what is shown to others is not written to."""
        message = f"a masked ledger takes no {event.kind}"
        raise TypeError(message)

    def extend(self, events: Sequence[Event]) -> NoReturn:
        """Refuse."""
        message = f"a masked ledger takes none of {len(events)} events"
        raise TypeError(message)

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
        real = None if subject is None else self._names.behind(subject)
        found = self._ledger.events(kind=kind, kinds=kinds, subject=real, after_seq=after_seq, besides=besides)
        return [self._shown(event) for event in found]

    def newest(self, *, kind: str, subject: str) -> Event | None:
        """Return the event of a kind about a subject that was appended last, or None."""
        found = self._ledger.newest(kind=kind, subject=self._names.behind(subject))
        return None if found is None else self._shown(found)

    def kept(self, make: Callable[[Ledger], T]) -> T:
        """Return what ``make`` made of this ledger when it was first asked for."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return cast("T", self._kept[make])

    def _shown(self, event: Event) -> Event:
        names = self._names
        who = event.principal
        return replace(
            event,
            subject=names.in_name(event.subject),
            principal=replace(who, name=names.of_name(who.name)),
            reason=names.in_words(event.reason),
            body=self._body(event.body),
        )

    def _body(self, body: str) -> str:
        if body == "{}":
            return body
        try:
            known = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return self._names.in_words(body)
        return msgspec.json.encode(self._value(known, naming=False)).decode()

    def _value(self, value: Json, *, naming: bool) -> Json:
        names = self._names
        if isinstance(value, str):
            return names.in_name(value) if naming else names.in_words(value)
        if isinstance(value, list):
            return [self._value(one, naming=naming) for one in value]
        if isinstance(value, dict):
            return {
                (names.in_name(key) if naming else names.in_words(key)): self._value(one, naming=key in NAMING)
                for key, one in value.items()
            }
        return value
