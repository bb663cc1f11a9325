"""Reads many devices, each at its own pace, in one event loop. A device that is gone costs the others nothing."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.health import AWAY, OK, Health, after_answer, after_failure, next_tick_ns, pause_s
from collectors.pace import first_wait_s, phase_ns
from collectors.writer import Writer
from greendc.errors import DeviceError
from greendc.status import CollectStatus, DeviceStatus
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greendc.clock import Clock
    from greendc.contracts import Sink, Source
    from greendc.model import Reading

log = logging.getLogger("greendc.poller")

MAX_PROVEN = 512
MAX_UNPROVEN = 512
STATUS_EVERY_S = 1.0
NO_VALUE = "answers, but no point of its profile has a value"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One device to read: every ``interval_s`` seconds, each read within ``deadline_s`` seconds."""

    name: str
    profile: str
    source: Source
    interval_s: float
    deadline_s: float


class _Watch:
    """What the poller knows of one device."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.health = Health()
        self.last_ok_ns = 0
        self.away_since_ns = 0
        self.error = ""
        self.readings = 0
        self.latency_s = 0.0

    def status(self) -> DeviceStatus:
        return DeviceStatus(
            name=self.job.name,
            profile=self.job.profile,
            state=self.health.state,
            last_ok_ns=self.last_ok_ns,
            error=self.error,
            readings=self.readings,
            latency_s=self.latency_s,
        )


class Poller:
    """Reads each job at its own place in its interval and hands the readings to a sink.

    Devices that answered the last time and those that did not draw from two separate allowances of concurrent reads, so
    that any number of silent devices leaves the others their full speed.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        sink: Sink,
        clock: Clock,
        on_status: Callable[[CollectStatus], None],
        *,
        seed: int | None = None,
    ) -> None:
        """Prepare; nothing is read before `run`. ``seed`` makes the spread of pauses repeatable."""
        self._watches = [_Watch(job) for job in jobs]
        self._writer = Writer(sink)
        self._clock = clock
        self._on_status = on_status
        self._draw = random.Random(seed).random  # noqa: S311 (spreads load, guards nothing)
        self._proven = asyncio.Semaphore(MAX_PROVEN)
        self._unproven = asyncio.Semaphore(MAX_UNPROVEN)
        self._sampled = 0

    def status(self) -> CollectStatus:
        """Return how every device fares now."""
        return CollectStatus(
            time_ns=self._clock.now_ns(),
            devices=[watch.status() for watch in self._watches],
            sampled=self._sampled,
            spooled=self._writer.written,
        )

    async def run(self) -> None:
        """Read until cancelled; on the way out, everything that was read is written.

        Raises:
            BaseExceptionGroup: a bug, or a `StoreRefused` of the sink.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._writer.run(), name="writer")
                group.create_task(self._report(), name="status")
                for watch in self._watches:
                    group.create_task(self._follow(watch), name=f"poll:{watch.job.name}")
        finally:
            await self._writer.flush()
            self._on_status(self.status())

    async def _report(self) -> None:
        while True:
            self._on_status(self.status())
            await asyncio.sleep(STATUS_EVERY_S)

    async def _follow(self, watch: _Watch) -> None:
        job = watch.job
        interval_ns, place_ns = round(job.interval_s * NS_PER_SECOND), phase_ns(job.name, job.interval_s)
        await asyncio.sleep(first_wait_s(job.name, job.interval_s, len(self._watches)))
        task = asyncio.current_task()
        # A library may turn a cancelled read into an error of its own: the wish to end still counts.
        while task is None or not task.cancelling():
            readings = await self._read(watch)
            if readings:
                self._sampled += len(readings)
                await self._writer.put(readings)
            now_ns = self._clock.now_ns()
            pause = pause_s(watch.health, job.interval_s, self._draw(), known=watch.last_ok_ns > 0)
            due_ns = now_ns + round(pause * NS_PER_SECOND) if pause else next_tick_ns(now_ns, interval_ns, place_ns)
            await asyncio.sleep((due_ns - now_ns) / NS_PER_SECOND)

    async def _read(self, watch: _Watch) -> Sequence[Reading]:
        allowance = self._proven if watch.health.proven else self._unproven
        async with allowance:
            start_s = time.monotonic()
            try:
                async with asyncio.timeout(watch.job.deadline_s):
                    readings = await watch.job.source.read()
            except DeviceError as error:
                self._failed(watch, str(error) or type(error).__name__)
                readings = ()
            except TimeoutError:
                self._failed(watch, f"the read did not end within {watch.job.deadline_s:g} s")
                readings = ()
            else:
                self._answered(watch, readings)
            watch.latency_s = round(time.monotonic() - start_s, 4)
        return readings

    def _answered(self, watch: _Watch, readings: Sequence[Reading]) -> None:
        before, now_ns, count = watch.health, self._clock.now_ns(), len(readings)
        valued = any(reading.value is not None for reading in readings)
        # A read in which nothing was due says nothing; the first one asks for everything.
        said = count > 0 or watch.readings == 0
        hollow = NO_VALUE if not valued and (said or watch.error == NO_VALUE) else ""
        if hollow and watch.error != hollow:
            log.warning("%s: %s (profile %s)", watch.job.name, hollow, watch.job.profile)
        watch.health = after_answer(before)
        watch.last_ok_ns = now_ns
        watch.readings += count
        watch.error = hollow
        if before.state == AWAY:
            gone_s = (now_ns - watch.away_since_ns) / NS_PER_SECOND
            log.warning("%s answers again after %.0f s and %d failed reads", watch.job.name, gone_s, before.failures)
        elif before.state != OK:
            log.info("%s answers: %d readings", watch.job.name, count)

    def _failed(self, watch: _Watch, why: str) -> None:
        before = watch.health
        watch.health = after_failure(before)
        watch.error = why
        if before.failures == 0:
            watch.away_since_ns = self._clock.now_ns()
        if watch.health.state == AWAY and before.state != AWAY:
            log.warning("%s is away: %s", watch.job.name, why)
        else:
            log.debug("%s did not answer: %s", watch.job.name, why)
