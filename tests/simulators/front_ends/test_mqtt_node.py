"""Simulated edge nodes, a real broker and the real writer: whatever happens on the way, the account closes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from collectors.ingest import run_ingest
from greendc.account import AccountReport, account
from greendc.broker import Broker
from greendc.clock import SystemClock
from greendc.spool import Spool
from greendc.storage import open_store
from simulators.front_ends.mqtt_node import MqttNode
from simulators.front_ends.troubles import CALM, Trouble, line_to
from tests.servers import ServerProcess, free_port, tcp_answers
from tests.simulators.front_ends import still

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from greendc.contracts import Store

SITE = "fleet"
NODES = 20
INTERVAL_S = 0.25


@pytest.fixture
def port() -> int:
    """Return the port of the test's broker."""
    return free_port()


@pytest.fixture
def broker(tmp_path: Path, port: int, require_server: Callable[[str, str], Path]) -> Iterator[ServerProcess]:
    """Start a broker without memory."""
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n")
    program = require_server("mosquitto", "mosquitto")
    with ServerProcess([program, "-c", conf], ready=lambda: tcp_answers(port)) as process:
        yield process


class Fleet:
    """Nodes that sample until told to stop, each with a spool of its own and troubles of its own."""

    def __init__(self, folder: Path, port: int, count: int) -> None:
        self.schedule = still.Schedule()
        self.nodes: dict[str, MqttNode] = {}
        self.spools: dict[str, Spool] = {}
        self._tasks: list[asyncio.Task[None]] = []
        broker = Broker(url=f"mqtt://127.0.0.1:{port}")
        for number in range(1, count + 1):
            name = f"edge-{number:02}"
            self.spools[name] = Spool(folder / name / "spool.sqlite", site=SITE, node=name)
            line = self._line(name)
            self.nodes[name] = MqttNode(broker, self.spools[name], line=line, resend_s=2.0)

    def _line(self, name: str) -> Callable[[], Trouble]:
        return lambda: self.schedule.at(name, 0.0)

    async def start(self) -> None:
        """Publish and sample."""
        for name, node in self.nodes.items():
            device = still.meter(f"{name}-meter")
            self._tasks.append(asyncio.create_task(node.run()))
            self._tasks.append(asyncio.create_task(node.sample([device], INTERVAL_S, CALM), name=f"sample:{name}"))

    async def stop_sampling(self) -> None:
        """Take no more readings."""
        ended = [task for task in self._tasks if task.get_name().startswith("sample:")]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)

    def sampled(self) -> int:
        """Return how many readings were taken so far."""
        return sum(spool.head() for spool in self.spools.values())

    def waiting(self) -> int:
        """Return how many readings are not confirmed."""
        return sum(spool.depth() for spool in self.spools.values())

    async def stop(self) -> None:
        """End all tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for spool in self.spools.values():
            spool.close()


@contextlib.asynccontextmanager
async def writer(folder: Path, store: Store, port: int) -> AsyncIterator[None]:
    """Run the real writer for the length of the block."""
    broker = Broker(url=f"mqtt://127.0.0.1:{port}")
    task = asyncio.create_task(run_ingest(SITE, folder, store, broker=broker, clock=SystemClock()))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(done: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: it did not come.
    """
    async with asyncio.timeout(timeout_s):
        while not done():  # noqa: ASYNC110 (what others do is looked at, nobody tells)
            await asyncio.sleep(0.05)


async def _settled(folder: Path, store: Store) -> AccountReport:
    """Return the account once the last reports have come in."""
    report = account(SITE, folder, store)
    for _ in range(60):
        if report.closes and report.spooled == 0 and report.sampled == report.stored + report.dropped:
            break
        await asyncio.sleep(0.2)
        report = account(SITE, folder, store)
    return report


async def _troubled(folder: Path, port: int) -> tuple[AccountReport, dict[str, MqttNode], int]:
    fleet, store = Fleet(folder, port, NODES), open_store("embedded", folder / "centre")
    (folder / "centre").mkdir(exist_ok=True)
    troubles = fleet.schedule.now
    troubles["edge-02"] = Trouble(duplicate_ratio=1.0)
    troubles["edge-03"] = Trouble(delay_s=1.5)
    troubles["edge-04"] = Trouble(loss_ratio=0.5)
    async with writer(folder / "centre", store, port):
        await fleet.start()
        await until(lambda: all(node.link.online for node in fleet.nodes.values()))
        await asyncio.sleep(1.0)
        troubles["edge-01"] = Trouble(offline=True)
        before = fleet.spools["edge-01"].head()
        await until(lambda: fleet.spools["edge-01"].head() > before + 60)
        during = fleet.spools["edge-01"].depth()
        del troubles["edge-01"]
        await asyncio.sleep(1.0)
        await fleet.stop_sampling()
        troubles.clear()
        await until(lambda: fleet.waiting() == 0)
        report = await _settled(folder / "centre", store)
    await fleet.stop()
    store.close()
    return report, fleet.nodes, during


@pytest.mark.timeout(90)
@pytest.mark.usefixtures("broker")
def test_twenty_nodes_in_trouble(tmp_path: Path, port: int) -> None:
    """One is cut off, one sends all twice, one late, one loses half: every reading is stored once."""
    report, nodes, during = asyncio.run(_troubled(tmp_path, port))
    assert len(nodes) == NODES
    assert during > 40, "the node that is cut off goes on sampling"
    assert nodes["edge-01"].link.connections == 2
    assert report.closes
    assert report.lost == report.dropped == 0
    assert report.sampled == report.stored > NODES * 60
    assert {row.node for row in report.rows} == set(nodes)


async def _broker_restarts(folder: Path, port: int, broker: ServerProcess) -> AccountReport:
    fleet, store = Fleet(folder, port, 2), open_store("embedded", folder / "centre")
    (folder / "centre").mkdir(exist_ok=True)
    async with writer(folder / "centre", store, port):
        await fleet.start()
        await until(lambda: store.count(SITE) > 0)
        await asyncio.to_thread(broker.kill)
        before = fleet.sampled()
        await until(lambda: fleet.sampled() > before + 100)
        await asyncio.to_thread(broker.start)
        await asyncio.sleep(0.5)
        await fleet.stop_sampling()
        await until(lambda: fleet.waiting() == 0, 30.0)
        report = await _settled(folder / "centre", store)
    await fleet.stop()
    store.close()
    return report


@pytest.mark.timeout(90)
def test_a_broker_that_forgets_everything(tmp_path: Path, port: int, broker: ServerProcess) -> None:
    """A broker that dies and comes back without memory costs a repetition, and no reading."""
    report = asyncio.run(_broker_restarts(tmp_path, port, broker))
    assert report.closes
    assert report.lost == 0
    assert report.sampled == report.stored > 100


async def _clock(folder: Path, port: int) -> tuple[int, int]:
    fleet = Fleet(folder, port, 1)
    node, spool = fleet.nodes["edge-01"], fleet.spools["edge-01"]
    sampling = asyncio.create_task(node.sample([still.meter()], INTERVAL_S, CALM))
    await until(lambda: spool.depth() > 0)
    right_ns = spool.pending(1)[0].reading.time_ns
    before = spool.head()
    fleet.schedule.now["edge-01"] = Trouble(clock_s=-3600.0)
    await until(lambda: spool.head() > before)
    wrong_ns = spool.pending(1, newest_first=True)[0].reading.time_ns
    sampling.cancel()
    await asyncio.gather(sampling, return_exceptions=True)
    await fleet.stop()
    return right_ns, wrong_ns


def test_a_clock_that_jumps(tmp_path: Path) -> None:
    """Readings after a jump of the node's clock carry the wrong time."""
    right_ns, wrong_ns = asyncio.run(_clock(tmp_path, 1))
    assert -3600.0 <= (wrong_ns - right_ns) / 1e9 < -3590.0


async def _lost_reads(folder: Path) -> set[str]:
    fleet = Fleet(folder, 1, 1)
    node, spool = fleet.nodes["edge-01"], fleet.spools["edge-01"]
    schedule = still.Schedule()
    schedule.now["gone"] = Trouble(offline=True)
    devices = [still.meter("gone"), still.meter("here")]
    assert line_to(devices[0], schedule)().offline
    sampling = asyncio.create_task(node.sample(devices, INTERVAL_S, schedule))
    await until(lambda: spool.depth() > 0)
    sampling.cancel()
    await asyncio.gather(sampling, return_exceptions=True)
    found = {row.reading.device for row in spool.pending(100)}
    await fleet.stop()
    return found


def test_a_device_that_is_off_leaves_no_reading(tmp_path: Path) -> None:
    """A node stores nothing of a device that does not answer, as a collector would; it reports its own backlog."""
    assert asyncio.run(_lost_reads(tmp_path)) == {"here", "edge-01"}
