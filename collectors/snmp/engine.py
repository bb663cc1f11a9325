"""The seam to SNMP: what an engine does, and how whole lists and tables are read through it.

An engine makes single requests. `get_all` and `walk` cut work into requests, shrink them where an agent cannot cope,
and keep what was answered: one bad object never costs the others.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

import msgspec

from collectors.decode import Value
from greendc.errors import DeviceAway

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

log = logging.getLogger("greendc.collectors.snmp")

GET_SIZE = 24
"""Objects in one GET: their reply stays well below the 1 472 bytes of an Ethernet frame."""
MAX_REPETITIONS = 20
TIMEOUTS_ALLOWED = 3
MAX_ROWS = 20_000


class RequestFailed(Exception):
    """The agent answered with an error (too big, general error) or the answer could not be read."""


class SnmpEngine(Protocol):
    """Makes single requests to one agent. Safe to use from one task at a time.

    Every method raises `DeviceAway` when no answer came in time, `DeviceRefused` when the agent rejected the
    credentials, and `RequestFailed` when it rejected just this request.
    """

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """Return the values of some objects by one request; None where the agent has no such object."""

    def rows(self, base: str, repetitions: int) -> AsyncGenerator[tuple[str, Value]]:
        """Yield the objects below ``base``, in the agent's order, ``repetitions`` a request; 1 asks by GETNEXT."""

    async def close(self) -> None:
        """Give back sockets. The engine is not used again."""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """The objects below an OID, and whether that is all of them."""

    rows: dict[str, Value]
    complete: bool


def oid_key(oid: str) -> tuple[int, ...]:
    """Return an OID in the form in which OIDs are ordered."""
    return tuple(int(arc) for arc in oid.split("."))


def below(oid: str, base: str) -> bool:
    """Tell whether an OID lies below a base."""
    return oid.startswith(f"{base}.")


async def get_all(engine: SnmpEngine, oids: Sequence[str], *, size: int = GET_SIZE) -> dict[str, Value]:
    """Return the values of many objects; those that got no answer are left out, those that do not exist are None.

    A request that fails is cut in halves, so that in the end only the object that it fails for is left out.

    Raises:
        DeviceAway: nothing at all was answered.
        DeviceRefused: the agent rejects the credentials.
    """
    waiting = [list(oids[i : i + size]) for i in range(0, len(oids), size)]
    answered: dict[str, Value] = {}
    failed: Exception | None = None
    timeouts = 0
    while waiting:
        chunk = waiting.pop(0)
        try:
            answered.update(await engine.get(chunk))
            continue
        except DeviceAway as error:
            timeouts += 1
            failed = error
        except RequestFailed as error:
            failed = error
        if timeouts >= TIMEOUTS_ALLOWED:
            break
        waiting[:0] = _pieces(chunk, again=timeouts > 0 and not answered)
    if failed is not None and not answered:
        raise DeviceAway(str(failed)) from failed
    return answered


def _pieces(chunk: list[str], *, again: bool) -> list[list[str]]:
    """Return the halves of a request that failed; a single object is asked for ``again`` or given up."""
    middle = len(chunk) // 2
    return [chunk[:middle], chunk[middle:]] if middle else [chunk] * again


async def walk(engine: SnmpEngine, base: str, *, repetitions: int = MAX_REPETITIONS) -> Walk:
    """Return all objects below ``base``.

    Each failure halves the number of objects per request, down to GETNEXT. An agent whose OIDs do not increase would be
    walked for ever: the walk ends there, and is not complete.

    Raises:
        DeviceRefused: the agent rejects the credentials.
    """
    found: dict[str, Value] = {}
    timeouts = 0
    while True:
        try:
            return Walk(rows=found, complete=await _walk_once(engine, base, repetitions, found))
        except DeviceAway:
            timeouts += 1
        except RequestFailed as error:
            log.debug("walk of %s by %d: %s", base, repetitions, error)
            if repetitions == 1:
                return Walk(rows=found, complete=False)
        if timeouts >= TIMEOUTS_ALLOWED - 1:
            return Walk(rows=found, complete=False)
        repetitions = max(1, repetitions // 2)


async def _walk_once(engine: SnmpEngine, base: str, repetitions: int, found: dict[str, Value]) -> bool:
    last = oid_key(base)
    async with aclosing(engine.rows(base, repetitions)) as rows:
        async for oid, value in rows:
            here = oid_key(oid)
            if not below(oid, base):
                return True
            if here <= last or len(found) >= MAX_ROWS:
                log.warning("the agent's OIDs do not increase after %s; the walk ends there", oid)
                return False
            last = here
            found[oid] = value
    return True
