"""What people did: every event of the ledger that no program wrote, the newest first."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from greendc.contracts import Ledger

MOST = 2000
SYSTEM = "system"


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One act: its number in the ledger, when [ns], who in which role, what kind, about what, and why."""

    seq: int
    time_ns: int
    name: str
    role: str
    kind: str
    subject: str
    reason: str


class _Deeds:
    """The last acts, kept up with the ledger so that each event is read once. Several threads may use it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._seq = 0
        self._deeds: deque[Deed] = deque(maxlen=MOST)

    def newest(self) -> tuple[Deed, ...]:
        with self._lock:
            self._read()
            return tuple(reversed(self._deeds))

    def _read(self) -> None:
        for event in self._ledger.events(after_seq=self._seq, besides=SYSTEM):
            self._seq = event.seq
            self._deeds.append(
                Deed(
                    seq=event.seq,
                    time_ns=event.time_ns,
                    name=event.principal.name,
                    role=event.principal.role,
                    kind=event.kind,
                    subject=event.subject,
                    reason=event.reason,
                )
            )


def audit_of(ledger: Ledger) -> tuple[Deed, ...]:
    """Return the last acts of people, at most `MOST`, the newest first.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    return ledger.kept(_Deeds).newest()
