"""An SNMP engine over a dictionary: the fake at the seam, with the faults of real agents."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collectors.snmp.engine import RequestFailed, below, oid_key
from greendc.errors import DeviceAway, DeviceRefused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from collectors.decode import Value


class MemoryEngine:
    """Serves objects from memory.

    Args:
        objects: values by OID; served in the order of OIDs.
        timeout_s: how long a request that gets no answer takes.

    Attributes:
        silent: no request is answered.
        refusing: the credentials are rejected.
        largest: requests for more objects than this fail, as with tooBig.
        broken: a request with one of these OIDs fails, as with genErr.
        hanging: a request with one of these OIDs, or a walk that starts at one, gets no answer.
        looping: walks start again from their first row.
        requests: number of requests.
    """

    def __init__(self, objects: Mapping[str, Value], *, timeout_s: float = 0.0) -> None:
        self.objects = dict(sorted(objects.items(), key=lambda item: oid_key(item[0])))
        self.timeout_s = timeout_s
        self.silent = False
        self.refusing = False
        self.largest = 1000
        self.broken: set[str] = set()
        self.hanging: set[str] = set()
        self.looping = False
        self.requests = 0
        self.closed = False

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """As `SnmpEngine.get`."""
        await self._request(oids)
        return {oid: self.objects.get(oid) for oid in oids}

    async def rows(self, base: str, repetitions: int) -> AsyncGenerator[tuple[str, Value]]:
        """As `SnmpEngine.rows`."""
        found = [(oid, value) for oid, value in self.objects.items() if below(oid, base)]
        await self._request([base] * repetitions)
        while True:
            for i, (oid, value) in enumerate(found, start=1):
                yield oid, value
                if i % repetitions == 0:
                    await self._request([oid] * repetitions)
            if not self.looping:
                return

    async def close(self) -> None:
        """As `SnmpEngine.close`."""
        self.closed = True

    async def _request(self, oids: Sequence[str]) -> None:
        self.requests += 1
        if self.refusing:
            raise DeviceRefused("the fake refuses")
        if self.silent or self.hanging & set(oids):
            await asyncio.sleep(self.timeout_s)
            raise DeviceAway("the fake is silent")
        if len(oids) > self.largest or self.broken & set(oids):
            raise RequestFailed("the fake fails")
