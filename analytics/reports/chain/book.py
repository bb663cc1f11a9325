"""The chain of one ledger as it stands: its links, the newest of each day, and the secret of its digests."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.chain.link import FIRST, Link, LinkKind, read_link
from greendc.contracts import Event
from greendc.errors import PayloadError
from greendc.model import Principal

if TYPE_CHECKING:
    from greendc.contracts import Ledger

LINK = "chain.link"
SALT = "chain.salt"
_SUBJECT = "chain"
_SALT_BYTES = 32
_SYSTEM = Principal(name="greendc", role="system")


class _Salt(msgspec.Struct, frozen=True, kw_only=True):
    """The secret, as the ledger keeps it (base64). Links name its hash only."""

    salt: str


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The chain after some event. ``newest`` is by the start of the day; ``last`` is the last link of kind day."""

    seq: int = 0
    salt: bytes = b""
    links: tuple[Link, ...] = ()
    newest: dict[int, Link] = {}
    first: Link | None = None
    last: Link | None = None

    @property
    def head(self) -> tuple[int, str]:
        """Return number and hash of the last link, 0 and zeros where there is none."""
        return (self.links[-1].n, self.links[-1].hash) if self.links else (0, FIRST)

    @property
    def salt_hash(self) -> str:
        """Return what links name as the salt."""
        return hashlib.sha256(self.salt).hexdigest()


class Book:
    """The fold of one ledger, which reads each event once. Several threads may use it."""

    def __init__(self, ledger: Ledger) -> None:
        """Read nothing yet."""
        self._ledger = ledger
        self._lock = threading.Lock()
        self._chain = Chain()

    def chain(self) -> Chain:
        """Return the chain after the newest event.

        Raises:
            StoreAway: the ledger cannot be read.
            PayloadError: an event of the chain is not as greendc writes it.
        """
        with self._lock:
            return self._read()

    def salted(self, now_ns: int) -> bytes:
        """Return the secret of this ledger's digests, making it when there is none.

        Raises:
            StoreAway: the ledger cannot be read or written.
        """
        with self._lock:
            if not self._read().salt:
                text = base64.b64encode(secrets.token_bytes(_SALT_BYTES)).decode()
                body = msgspec.json.encode(_Salt(salt=text)).decode()
                self._ledger.append(
                    Event(time_ns=now_ns, kind=SALT, subject=_SUBJECT, principal=_SYSTEM, body=body),
                )
            return self._read().salt

    def append(self, link: Link) -> Link:
        """Append a link behind the last one, with its number and hashes set, and return it as it stands.

        Raises:
            StoreAway: nothing was appended.
        """
        with self._lock:
            chain = self._read()
            n, previous = chain.head
            made = msgspec.structs.replace(link, n=n + 1, previous=previous, salt=chain.salt_hash).sealed()
            self._ledger.append(
                Event(
                    time_ns=made.made_ns,
                    kind=LINK,
                    subject=made.day.isoformat(),
                    principal=_SYSTEM,
                    body=made.line().decode(),
                )
            )
            return made

    def _read(self) -> Chain:
        events = self._ledger.events(kinds=(LINK, SALT), after_seq=self._chain.seq)
        if not events:
            return self._chain
        salt, links = self._chain.salt, []
        for event in events:
            try:
                if event.kind == LINK:
                    links.append(read_link(event.body))
                elif not salt:
                    salt = base64.b64decode(msgspec.json.decode(event.body, type=_Salt).salt, validate=True)
            except ValueError as error:
                raise PayloadError(f"event {event.seq} of the chain cannot be read: {error}") from error
        days = [link for link in links if link.kind is LinkKind.DAY]
        self._chain = Chain(
            seq=events[-1].seq,
            salt=salt,
            links=(*self._chain.links, *links),
            newest=self._chain.newest | {link.start_ns: link for link in links},
            first=self._chain.first or next(iter(days), None),
            last=days[-1] if days else self._chain.last,
        )
        return self._chain


def book_of(ledger: Ledger) -> Book:
    """Return the one book of an open ledger."""
    return ledger.kept(Book)


def head(ledger: Ledger) -> tuple[int, str]:
    """Return number and hash of the last link of the chain, 0 and zeros where there is none."""
    return book_of(ledger).chain().head


def links(ledger: Ledger, until_ns: int) -> bytes:
    """Return the chain up to the last link about a day that began before ``until_ns``, one line of JSON for each link.

    Links about later days that stand between such links are among them. So the same period has the same lines whenever
    they are asked for, until something comes to its days.
    """
    known = book_of(ledger).chain().links
    end = max((number for number, link in enumerate(known, 1) if link.start_ns < until_ns), default=0)
    return b"".join(link.line() + b"\n" for link in known[:end])
