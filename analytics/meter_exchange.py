"""Exchanges of meters: what a person read off the old register and the new one, as an event of the ledger.

Readings are never edited, and a counter that falls is told apart from one that ran without this record: a fall adds
nothing. The record says who exchanged the meter, why, and which registers the papers of both name.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import msgspec

from greendc.contracts import Event
from greendc.errors import GreendcError
from greendc.model import SeriesKey
from greendc.quantities import Kind, quantities
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.contracts import Ledger
    from greendc.model import Principal
    from greendc.site import Site

EXCHANGED = "meter.exchanged"
ROLES = frozenset(("operator", "admin"))
"""Who may record an exchange. An evaluator reads."""
AHEAD_NS = 60 * NS_PER_SECOND
"""A person's watch may be so far ahead."""
MOST = 500
NO_TIME = 0


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange of the meter behind a counter; registers in the stored unit of its quantity."""

    key: SeriesKey
    time_ns: int
    old_final: float
    new_initial: float
    reason: str
    by: str
    noted_ns: int


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    site: str
    device: str
    part: str
    quantity: str
    exchanged_ns: int
    old_final: float
    new_initial: float


class ExchangeRefused(GreendcError):
    """A record that cannot be, or that this person may not make; ``key`` names the text. Nothing was written."""

    def __init__(self, key: str, **params: str) -> None:
        """Keep why."""
        self.key = f"meter_exchange.refused.{key}"
        self.params = params
        super().__init__(self.text())

    def text(self, lang: str | None = None) -> str:
        """Return why, for a person."""
        return t(self.key, lang, **self.params)


class Registers(msgspec.Struct, frozen=True):
    """What a person read at an exchange: when [UTC ns], and both registers in the stored unit."""

    time_ns: int
    old_final: float
    new_initial: float


def record_exchange(
    ledger: Ledger, site: Site, key: SeriesKey, read: Registers, by: Principal, now_ns: int, reason: str
) -> None:
    """Write an exchange into the ledger.

    Raises:
        ExchangeRefused: this person may not, a reason or a time is missing, or the series is no counter of the site.
        StoreAway: the ledger cannot be written.
    """
    if by.role not in ROLES:
        raise ExchangeRefused("role", role=by.role)
    if not reason.strip():
        raise ExchangeRefused("reason")
    known = quantities().get(key.quantity)
    if key.device not in site.owners() or known is None or known.kind is not Kind.COUNTER:
        raise ExchangeRefused("no_counter", series=key.label())
    if not NO_TIME < read.time_ns <= now_ns + AHEAD_NS:
        raise ExchangeRefused("time")
    if not all(math.isfinite(value) and 0.0 <= value <= known.high for value in (read.old_final, read.new_initial)):
        raise ExchangeRefused("register")
    body = _Body(
        site=key.site,
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        exchanged_ns=read.time_ns,
        old_final=read.old_final,
        new_initial=read.new_initial,
    )
    text = msgspec.json.encode(body).decode()
    ledger.append(
        Event(time_ns=now_ns, kind=EXCHANGED, subject=key.device, principal=by, reason=reason.strip(), body=text)
    )


class _Exchanges:
    """The exchanges, kept up with the ledger so that each event is read once. Several threads may use it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._seq = 0
        self._found: list[Exchange] = []

    def newest(self) -> tuple[Exchange, ...]:
        with self._lock:
            self._read()
            return tuple(sorted(self._found, key=lambda one: (one.time_ns, one.noted_ns), reverse=True))

    def _read(self) -> None:
        for event in self._ledger.events(kinds=(EXCHANGED,), after_seq=self._seq):
            self._seq = event.seq
            try:
                body = msgspec.json.decode(event.body, type=_Body)
            except msgspec.DecodeError:
                # Another version wrote it; the audit log shows it all the same.
                continue
            self._found.append(
                Exchange(
                    key=SeriesKey(body.site, body.device, body.part, body.quantity),
                    time_ns=body.exchanged_ns,
                    old_final=body.old_final,
                    new_initial=body.new_initial,
                    reason=event.reason,
                    by=event.principal.name,
                    noted_ns=event.time_ns,
                )
            )
        del self._found[:-MOST]


def exchanges_of(ledger: Ledger, device: str = "") -> tuple[Exchange, ...]:
    """Return the exchanges of a device, or of all, the newest first.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    return tuple(one for one in ledger.kept(_Exchanges).newest() if not device or one.key.device == device)
