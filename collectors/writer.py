"""From many readers to one sink: readings wait in memory for at most one write, and go down together."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from collectors.backoff import pause_s
from greendc.errors import PointsRefused, StoreAway

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import Sink
    from greendc.model import Reading

log = logging.getLogger("greendc.collect")

MAX_WAITING = 50_000
"""Readings in memory; when the sink is that far behind, readers wait, and the gap shows in the data."""
LONGEST_PAUSE_S = 30.0
GATHER_S = 0.1
"""What comes in so close together goes down together: a write costs the same for one reading as for hundreds."""


class Writer:
    """Writes what it is given, in that order: one write at a time, in a thread, so that a slow disk stops no reader."""

    def __init__(self, sink: Sink, *, max_waiting: int = MAX_WAITING) -> None:
        """Make a writer to ``sink``."""
        self._sink = sink
        self._max_waiting = max_waiting
        self._waiting: list[Reading] = []
        self._changed = asyncio.Condition()
        self._writing: asyncio.Task[None] | None = None
        self.written = 0

    async def put(self, readings: Sequence[Reading]) -> None:
        """Hand readings over; waits while too many are waiting."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) < self._max_waiting)
            self._waiting.extend(readings)
            self._changed.notify_all()

    async def run(self) -> None:
        """Write until cancelled. What is then still waiting is left to `flush`.

        Raises:
            StoreRefused: a person must mend something first.
        """
        attempt = 0
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._waiting))
            await asyncio.sleep(GATHER_S)
            # Shielded: a write that has begun in its thread cannot be stopped, only awaited.
            self._writing = asyncio.create_task(self._write_waiting(), name="write")
            try:
                await asyncio.shield(self._writing)
                attempt = 0
            except StoreAway as error:
                log.warning("the spool does not take readings, %d wait in memory: %s", len(self._waiting), error)
                attempt += 1
                await asyncio.sleep(pause_s(attempt, 1.0, first_s=0.5, longest_s=LONGEST_PAUSE_S))

    async def flush(self) -> None:
        """Write what is waiting, once; says how many are lost if the sink does not take them now."""
        try:
            if self._writing is not None and not self._writing.done():
                await self._writing
            if self._waiting:
                await self._write_waiting()
        except StoreAway as error:
            log.critical("%d readings are lost at the end, the spool takes none: %s", len(self._waiting), error)

    async def _write_waiting(self) -> None:
        batch = self._waiting[:]
        try:
            await asyncio.to_thread(self._sink.write, batch)
            self.written += len(batch)
        except PointsRefused as error:
            self.written += len(batch) - len(error.indices)
            log.warning("%d of %d readings were refused for good: %s", len(error.indices), len(batch), error)
        async with self._changed:
            del self._waiting[: len(batch)]
            self._changed.notify_all()
