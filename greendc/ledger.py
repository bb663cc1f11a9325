"""The ledger in SQLite: decisions and states, appended and never changed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar, cast
from weakref import proxy

from greendc.contracts import Event
from greendc.model import Principal
from greendc.sqlite_file import Schema, connect, sorted_errors, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from greendc.contracts import Ledger

T = TypeVar("T")

SCHEMA = Schema(
    version=1,
    statements=(
        """CREATE TABLE events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            time_ns INTEGER NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            principal TEXT NOT NULL,
            role TEXT NOT NULL,
            reason TEXT NOT NULL,
            body TEXT NOT NULL
        )""",
        "CREATE INDEX events_kind ON events (kind, subject)",
        "CREATE INDEX events_subject ON events (subject)",
        """CREATE TRIGGER events_never_change BEFORE UPDATE ON events
            BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END""",
        """CREATE TRIGGER events_never_go BEFORE DELETE ON events
            BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END""",
    ),
)

_COLUMNS = "SELECT seq, time_ns, kind, subject, principal, role, reason, body FROM events"

_INSERT = """INSERT INTO events (time_ns, kind, subject, principal, role, reason, body)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""


class SqliteLedger:
    """Implements `greendc.contracts.Ledger`; several processes may append at once."""

    def __init__(self, path: Path) -> None:
        """Open the ledger, making it when it is new.

        Raises:
            StoreError: the file cannot be used; see `greendc.sqlite_file.sorted_errors`.
        """
        self.path = path
        self._lock = threading.Lock()
        self._connection = connect(path, SCHEMA)
        self._kept: dict[Callable[[Ledger], object], object] = {}

    def append(self, event: Event) -> int:
        """Return the sequence number under which the event is now on disk; the event's own ``seq`` is not used.

        Raises:
            StoreAway: the disk is full or the file is busy; nothing was appended.
        """
        return self.extend((event,))

    def extend(self, events: Sequence[Event]) -> int:
        """Append events as one: all of them or none. Return the sequence number of the last one, 0 without any.

        Raises:
            StoreAway: the disk is full or the file is busy; nothing was appended.
        """
        last = 0
        with self._lock, sorted_errors(self.path), transaction(self._connection):
            for event in events:
                last = self._connection.execute(_INSERT, _row(event)).lastrowid or 0
        return last

    def events(
        self,
        *,
        kind: str | None = None,
        kinds: Collection[str] = (),
        subject: str | None = None,
        after_seq: int = 0,
        besides: str | None = None,
    ) -> Sequence[Event]:
        """Return events in the order in which they were appended; of any of ``kinds`` where there are some.

        What principals of the role ``besides`` did is left out.
        """
        wanted = (*kinds, *(() if kind is None else (kind,)))
        names = {f"kind{number}": name for number, name in enumerate(wanted)}
        query = f"{_COLUMNS} WHERE seq > :after"
        if names:
            # What is new is found by its number: of a kind there may be very many older ones.
            column = "+kind" if after_seq else "kind"
            query += f" AND {column} IN ({', '.join(f':{name}' for name in names)})"
        if subject is not None:
            query += " AND subject = :subject"
        if besides is not None:
            query += " AND role <> :besides"
        params = {"after": after_seq, "subject": subject, "besides": besides, **names}
        return self._found(f"{query} ORDER BY seq", params)

    def kept(self, make: Callable[[Ledger], T]) -> T:
        """Return what ``make`` made of this ledger when it was first asked for."""
        with self._lock:
            if make not in self._kept:
                self._kept[make] = make(proxy(self))
            return cast("T", self._kept[make])

    def newest(self, *, kind: str, subject: str) -> Event | None:
        """Return the event of a kind about a subject that was appended last, or None."""
        query = f"{_COLUMNS} WHERE kind = :kind AND subject = :subject ORDER BY seq DESC LIMIT 1"
        return next(iter(self._found(query, {"kind": kind, "subject": subject})), None)

    def _found(self, query: str, params: dict[str, object]) -> list[Event]:
        with self._lock, sorted_errors(self.path):
            rows = self._connection.execute(query, params).fetchall()
        return [
            Event(
                seq=seq,
                time_ns=time_ns,
                kind=event_kind,
                subject=event_subject,
                principal=Principal(name=name, role=role),
                reason=reason,
                body=body,
            )
            for seq, time_ns, event_kind, event_subject, name, role, reason, body in rows
        ]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def _row(event: Event) -> tuple[int | str, ...]:
    who = event.principal
    return (event.time_ns, event.kind, event.subject, who.name, who.role, event.reason, event.body)
