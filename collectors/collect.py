"""Every device of a list, read by one poller into one sink; for ``greendc collect`` and edge nodes alike."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from collectors.modbus.line import ModbusLines
from collectors.poller import Job, Poller
from collectors.sources import make_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greendc.clock import Clock
    from greendc.contracts import Sink
    from greendc.device import Credential, DeviceEntry
    from greendc.status import CollectStatus

log = logging.getLogger("greendc.collect")

DEADLINE_TIMEOUTS = 3
"""A read of several requests may take this many timeouts when its interval is shorter."""


async def run_collect(
    site_name: str,
    node: str,
    devices: Sequence[DeviceEntry],
    credentials: Mapping[str, Credential],
    sink: Sink,
    *,
    clock: Clock,
    on_status: Callable[[CollectStatus], None],
) -> None:
    """Read ``devices`` until cancelled; ``on_status`` is called each second and at the end.

    On cancellation every reading that was taken is written to ``sink``, and connections are closed, before it returns.

    Raises:
        ConfigError: a device's profile, address and credential do not fit together.
        BaseExceptionGroup: a bug, or a `StoreRefused` of the sink.
    """
    lines = ModbusLines()
    jobs = [
        Job(
            name=entry.name,
            profile=entry.profile,
            source=make_source(entry, site_name, credentials, clock, lines),
            interval_s=entry.interval_s,
            deadline_s=max(entry.interval_s, DEADLINE_TIMEOUTS * entry.timeout_s),
        )
        for entry in devices
    ]
    log.info("node %s of %s reads %d devices", node, site_name, len(jobs))
    try:
        await Poller(jobs, sink, clock, on_status).run()
    finally:
        await asyncio.gather(*(job.source.close() for job in jobs))
        await lines.close()
