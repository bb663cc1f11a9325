"""The processes of the fault tests: ``python chain_process.py node|ingest ...``, to be killed at any moment.

A node samples unique values into its spool and publishes it. It notes every reading in a journal, first as attempted
(before the spool has it) and then as accepted (once the spool has returned). The journal is written unbuffered, so a
killed process leaves it whole.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sys
from pathlib import Path

from collectors.ingest import run_ingest
from edge_agent.publisher import Publisher
from edge_agent.window import Window
from greendc.broker import Broker
from greendc.clock import SystemClock
from greendc.model import Reading
from greendc.settings import Secret
from greendc.spool import Spool
from greendc.storage import open_store

SITE = "hall"
CYCLE_S = 0.05
SERIES = 20


def main(argv: list[str]) -> None:
    """Run one process until it is killed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s: %(message)s")
    kind, url, data_dir, *rest = argv
    password = os.environ.get("CHAIN_PASSWORD", "")
    broker = Broker(url=url, user="chain" if password else "", password=Secret(password))
    if kind == "node":
        asyncio.run(node(broker, Path(data_dir), rest[0], int(rest[1])))
    else:
        store = open_store("embedded", Path(data_dir))
        asyncio.run(run_ingest(SITE, Path(data_dir), store, broker=broker, clock=SystemClock()))


async def node(broker: Broker, data_dir: Path, name: str, max_rows: int) -> None:
    """Sample and publish until a file named ``stop`` appears, then only publish."""
    path = data_dir / "spool" / "edge.sqlite"
    spool = Spool(path, site=SITE, node=name, max_rows=max_rows)
    publisher = Publisher(broker, Spool.existing(path), SystemClock(), window=Window(resend_s=8.0))
    async with asyncio.TaskGroup() as group:
        group.create_task(publisher.run())
        group.create_task(sample(spool, data_dir, name))


async def sample(spool: Spool, data_dir: Path, name: str) -> None:
    """Take readings no two of which are alike."""
    clock = SystemClock()
    journal = os.open(data_dir / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while not (data_dir / "stop").exists():
        now_ns = clock.now_ns()
        readings = [
            Reading(
                time_ns=now_ns,
                site=SITE,
                device=f"{name}-meter",
                part=f"outlet/{number}",
                quantity="active_power_w",
                value=random.random() * 1e6,
            )
            for number in range(SERIES)
        ]
        note(journal, "attempted", readings)
        await asyncio.to_thread(spool.write, readings)
        note(journal, "accepted", readings)
        await asyncio.sleep(CYCLE_S)
    os.close(journal)


def note(journal: int, word: str, readings: list[Reading]) -> None:
    """Write one line per reading, all of them with one system call."""
    os.write(journal, "".join(f"{word} {r.part} {r.time_ns} {r.value!r}\n" for r in readings).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
