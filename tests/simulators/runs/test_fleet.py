"""The fleet: twenty simulated edge nodes, a real broker, the real writer, and an account that closes."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from typing import TYPE_CHECKING

import pytest

from collectors.ingest import run_ingest
from greendc.account import AccountReport, account
from greendc.broker import Broker
from greendc.clock import SystemClock
from greendc.site import read_site
from greendc.storage import open_store
from simulators.front_ends.troubles import CALM
from simulators.runs.fleet import Fleet
from simulators.runs.plan import Plan
from tests.servers import ServerProcess, free_port, tcp_answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


async def run_for(folder: Path, broker: Broker, seconds: float) -> AccountReport:
    """Run the fleet's nodes and the writer for some seconds; return the account."""
    plan = Plan(preset="fleet", data_dir=str(folder))
    chosen = plan.written()
    site = plan.built(math.floor(time.time()), chosen)
    owners = read_site(folder / "site.toml").owners()
    store = open_store("embedded", folder)
    tasks = [
        asyncio.create_task(
            run_ingest(chosen.site, folder, store, broker=broker, clock=SystemClock(), owners=owners), name="ingest"
        ),
        asyncio.create_task(Fleet(site, folder, broker, CALM).run(), name="fleet"),
    ]
    await asyncio.wait(tasks, timeout=seconds)
    report = account(chosen.site, folder, store)
    # The last report of each node may still be on its way.
    limit_s = time.monotonic() + 15.0
    while not (report.closes and len(report.rows) >= len(chosen.nodes)) and time.monotonic() < limit_s:
        await asyncio.sleep(0.2)
        report = account(chosen.site, folder, store)
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks)
    store.close()
    return report


@pytest.mark.timeout(90)
def test_a_fleet_sends_what_its_edge_sites_measure(tmp_path: Path, require_server: Callable[[str, str], Path]) -> None:
    """Readings of all twenty edge sites are stored, over the broker, and none is lost."""
    port = free_port()
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n")
    program = require_server("mosquitto", "mosquitto")
    with ServerProcess([program, "-c", conf], ready=lambda: tcp_answers(port)):
        report = asyncio.run(run_for(tmp_path, Broker(url=f"mqtt://127.0.0.1:{port}"), 13.0))
    assert {row.node for row in report.rows} == {f"edge-{number:02}" for number in range(1, 21)}
    assert all(row.stored > 50 for row in report.rows)
    assert report.closes
