"""The process of an edge node: reads the devices near it into its spool, and publishes the spool independently."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from collectors.collect import run_collect
from edge_agent.publisher import Publisher
from greendc.errors import StoreAway
from greendc.model import Reading
from greendc.software import VERSION
from greendc.spool import Spool
from greendc.status import CollectStatus, EdgeStatus, write_status

if TYPE_CHECKING:
    from pathlib import Path

    from edge_agent.config import EdgeConfig
    from greendc.clock import Clock

log = logging.getLogger("greendc.edge")

TELL_EVERY_S = 10.0


async def run_edge(config: EdgeConfig, data_dir: Path, *, clock: Clock) -> None:
    """Collect and publish until cancelled. Whatever the broker does, sampling goes on.

    Raises:
        StoreError: the spool cannot be opened.
        ConfigError: a device's profile, address and credential do not fit together.
    """
    path = data_dir / "spool" / "edge.sqlite"
    spool = Spool(path, site=config.site, node=config.node, clock=clock, max_rows=config.spool.max_rows)
    # A second connection to the file: publishing never waits for a sample, nor a sample for publishing.
    outgoing = Spool.existing(path)
    publisher = Publisher(config.broker, outgoing, clock)

    def say(status: CollectStatus) -> None:
        full = EdgeStatus(
            time_ns=status.time_ns,
            devices=status.devices,
            sampled=status.sampled,
            spooled=status.spooled,
            broker=publisher.state,
            waiting=publisher.waiting,
            confirmed=publisher.confirmed,
            software=VERSION,
        )
        write_status(data_dir, "edge", full)

    log.info("node %s of %s: epoch %s, %d readings wait", config.node, config.site, spool.epoch, spool.depth())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(publisher.run(), name="publish")
            group.create_task(
                run_collect(
                    config.site,
                    config.node,
                    config.devices,
                    config.credentials,
                    spool,
                    clock=clock,
                    on_status=say,
                ),
                name="collect",
            )
            group.create_task(_tell_backlog(config, spool, clock), name="backlog")
    finally:
        outgoing.close()
        spool.close()


async def _tell_backlog(config: EdgeConfig, spool: Spool, clock: Clock) -> None:
    """Report how many readings wait, as a reading of the node itself, so that the centre sees a node fall behind."""
    while True:
        backlog = Reading(
            time_ns=clock.now_ns(),
            site=config.site,
            device=config.node,
            part="",
            quantity="spool_rows",
            value=float(await asyncio.to_thread(spool.depth)),
        )
        # On a full disk the devices' readings come first; how many wait is told again in a moment.
        with contextlib.suppress(StoreAway):
            await asyncio.to_thread(spool.write, [backlog])
        await asyncio.sleep(TELL_EVERY_S)
