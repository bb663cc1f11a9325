"""What is still to be sent, on disk: nothing is lost or sent twice because a process ended."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import msgspec

from analytics.notify.notice import LOST, Notice
from greendc.sqlite_file import Schema, connect, sorted_errors, transaction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger("greendc.notify")

SCHEMA = Schema(
    version=1,
    statements=(
        "CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL)",
        """CREATE TABLE messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            channel TEXT NOT NULL,
            seq INTEGER NOT NULL,
            since_ns INTEGER NOT NULL,
            due_ns INTEGER NOT NULL,
            held INTEGER NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0,
            body TEXT NOT NULL,
            UNIQUE (channel, seq)
        )""",
        "CREATE INDEX messages_due ON messages (channel, due_ns)",
        "CREATE TABLE sent (channel TEXT NOT NULL, time_ns INTEGER NOT NULL)",
        "CREATE INDEX sent_when ON sent (channel, time_ns)",
        "CREATE TABLE totals (channel TEXT PRIMARY KEY, sent INTEGER NOT NULL, lost INTEGER NOT NULL)",
    ),
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits since ``since_ns``; ``held`` says that quiet hours kept it until then."""

    id: int
    since_ns: int
    held: bool
    notice: Notice


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message for a channel, about the ledger's event ``seq``; ``held`` until ``due_ns`` by quiet hours."""

    channel: str
    seq: int
    due_ns: int
    held: bool
    notice: Notice


class Outbox:
    """The file; several threads may use it.

    Every method raises `StoreError` when the file cannot be used; nothing was changed then.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, making it when it is new."""
        self.path = path
        self._lock = threading.Lock()
        self._connection = connect(path, SCHEMA)

    def cursor(self) -> int | None:
        """Return up to which event the ledger was read, or None when it never was."""
        rows = self._rows("SELECT seq FROM cursor", ())
        return int(str(rows[0][0])) if rows else None

    def put(self, seq: int, drafts: Sequence[Draft]) -> None:
        """Keep messages and note in the same step that the ledger was read up to ``seq``."""
        with self._lock, sorted_errors(self.path), transaction(self._connection):
            self._keep(drafts)
            self._connection.execute(
                "INSERT INTO cursor (one, seq) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq", (seq,)
            )

    def due(self, channel: str, now_ns: int) -> list[Entry]:
        """Return what may go now, in order; what was refused before comes after the rest."""
        rows = self._rows(
            """SELECT id, since_ns, held, body FROM messages
                WHERE channel = ? AND due_ns <= ? ORDER BY tries, id""",
            (channel, now_ns),
        )
        found = []
        for number, since_ns, held, body in rows:
            notice = _read(str(body))
            if notice is None:
                self._discard(channel, number)
            else:
                found.append(Entry(id=int(str(number)), since_ns=int(str(since_ns)), held=bool(held), notice=notice))
        return found

    def done(self, channel: str, entries: Sequence[Entry], now_ns: int, *, sent: int = 1) -> None:
        """Forget messages that went out as ``sent`` messages; 0 when they need not go out any more."""
        with self._lock, sorted_errors(self.path), transaction(self._connection):
            self._drop(entries)
            self._connection.executemany("INSERT INTO sent VALUES (?, ?)", [(channel, now_ns)] * sent)
            self._count(channel, sent=sent)

    def put_off(self, entries: Sequence[Entry], until_ns: int) -> None:
        """Try refused messages again later, after the others."""
        with self._lock, sorted_errors(self.path), transaction(self._connection):
            self._connection.executemany(
                "UPDATE messages SET tries = tries + 1, due_ns = ? WHERE id = ?", [(until_ns, e.id) for e in entries]
            )

    def give_up(self, channel: str, entries: Sequence[Entry], said: Notice, now_ns: int) -> None:
        """Forget messages that could not be delivered, count them as lost, and keep the message that says so."""
        draft = Draft(channel=channel, seq=-entries[-1].id, due_ns=now_ns, held=False, notice=said)
        news = sum(entry.notice.transition != LOST for entry in entries)
        with self._lock, sorted_errors(self.path), transaction(self._connection):
            self._drop(entries)
            self._keep([draft])
            self._count(channel, lost=news)

    def sent_since(self, channel: str, since_ns: int) -> list[int]:
        """Return when messages went out [ns], the oldest first; older ones are forgotten."""
        with self._lock, sorted_errors(self.path), transaction(self._connection):
            self._connection.execute("DELETE FROM sent WHERE channel = ? AND time_ns < ?", (channel, since_ns))
        rows = self._rows("SELECT time_ns FROM sent WHERE channel = ? ORDER BY 1", (channel,))
        return [int(str(row[0])) for row in rows]

    def waiting(self, channel: str) -> int:
        """Return how many messages wait, those for the end of quiet hours among them."""
        return int(str(self._rows("SELECT count(*) FROM messages WHERE channel = ?", (channel,))[0][0]))

    def totals(self, channel: str) -> tuple[int, int]:
        """Return how many messages were sent and lost since the file was made."""
        rows = self._rows("SELECT sent, lost FROM totals WHERE channel = ?", (channel,))
        return (int(str(rows[0][0])), int(str(rows[0][1]))) if rows else (0, 0)

    def keep_only(self, channels: Sequence[str]) -> int:
        """Forget the messages of channels that are not configured any more; return how many there were."""
        marks = ", ".join("?" * len(channels))
        with self._lock, sorted_errors(self.path), transaction(self._connection):
            found = self._connection.execute(
                f"DELETE FROM messages WHERE channel NOT IN ({marks})",  # noqa: S608 (question marks only)
                tuple(channels),
            )
            return found.rowcount

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _keep(self, drafts: Sequence[Draft]) -> None:
        self._connection.executemany(
            """INSERT OR IGNORE INTO messages (channel, seq, since_ns, due_ns, held, body)
                VALUES (?, ?, ?, ?, ?, ?)""",
            [(d.channel, d.seq, d.due_ns, d.due_ns, d.held, msgspec.json.encode(d.notice).decode()) for d in drafts],
        )

    def _discard(self, channel: str, number: object) -> None:
        with self._lock, sorted_errors(self.path), transaction(self._connection):
            self._connection.execute("DELETE FROM messages WHERE id = ?", (number,))
            self._count(channel, lost=1)

    def _drop(self, entries: Sequence[Entry]) -> None:
        self._connection.executemany("DELETE FROM messages WHERE id = ?", [(entry.id,) for entry in entries])

    def _count(self, channel: str, *, sent: int = 0, lost: int = 0) -> None:
        self._connection.execute(
            """INSERT INTO totals VALUES (?, ?, ?)
                ON CONFLICT (channel) DO UPDATE SET sent = sent + excluded.sent, lost = lost + excluded.lost""",
            (channel, sent, lost),
        )

    def _rows(self, query: str, params: tuple[object, ...]) -> list[tuple[object, ...]]:
        with self._lock, sorted_errors(self.path):
            return self._connection.execute(query, params).fetchall()


def _read(body: str) -> Notice | None:
    """Return a message, or None after saying that another version has left one in a form that is not known here."""
    try:
        return msgspec.json.decode(body, type=Notice)
    except msgspec.ValidationError as error:
        log.warning("a message in the outbox cannot be read and is dropped: %s", error)
        return None
