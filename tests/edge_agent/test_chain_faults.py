"""From an edge node's spool to the store through a real broker, while processes are killed and links are cut."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from greendc.account import AccountReport, account
from greendc.storage import open_store
from tests.edge_agent.cut_proxy import CutProxy
from tests.servers import ServerProcess, free_port, tcp_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from greendc.model import SeriesKey

PROCESS = Path(__file__).with_name("chain_process.py")
ROOT = PROCESS.parents[2]
CUT_S = 10.0

pytestmark = [pytest.mark.chain]


class Rig:
    """A broker, a centre and nodes, each a process of its own."""

    def __init__(self, folder: Path, mosquitto: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.centre = folder / "centre"
        self.port = free_port()
        self._stack = stack
        conf = folder / "mosquitto.conf"
        (folder / "broker").mkdir()
        # Persistence as Debian ships it: a snapshot each half hour, so a kill loses everything.
        conf.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\nsys_interval 1\n"
            f"persistence_location {folder}/broker/\nmax_queued_messages 10000\nuser root\n"
        )
        self.broker = ServerProcess([mosquitto, "-c", conf], ready=lambda: tcp_answers(self.port))
        stack.enter_context(self.broker)
        self._children: list[subprocess.Popen[bytes]] = []
        stack.callback(self._end)

    def _end(self) -> None:
        for child in self._children:
            child.kill()
            child.wait()

    def spawn(self, *words: str) -> subprocess.Popen[bytes]:
        """Start ``chain_process.py`` with these words; its output goes to a log file."""
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, str(PROCESS), *words],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        self._children.append(child)
        return child

    def ingest(self) -> subprocess.Popen[bytes]:
        """Start the writer."""
        return self.spawn("ingest", f"mqtt://127.0.0.1:{self.port}", str(self.centre))

    def node(self, name: str, port: int | None = None, max_rows: int = 1_000_000) -> subprocess.Popen[bytes]:
        """Start a node whose broker is reached at ``port`` and whose spool holds ``max_rows``."""
        (self.folder / name).mkdir(exist_ok=True)
        url = f"mqtt://127.0.0.1:{port or self.port}"
        return self.spawn("node", url, str(self.folder / name), name, str(max_rows))

    def account(self) -> AccountReport:
        """Return the account as the command prints it."""
        store = open_store("embedded", self.centre, read_only=True)
        try:
            return account("hall", self.centre, store)
        finally:
            store.close()

    def journal(self, name: str, word: str) -> dict[tuple[str, int], float]:
        """Return the readings of a node's journal as {(part, time): value}."""
        path = self.folder / name / "journal"
        whole = path.read_text().rpartition("\n")[0] if path.exists() else ""
        lines = [line.split() for line in whole.splitlines()]
        return {(part, int(time_ns)): float(value) for said, part, time_ns, value in lines if said == word}

    def stored(self, name: str) -> dict[tuple[str, int], float]:
        """Return what the store holds of a node."""
        store = open_store("embedded", self.centre, read_only=True)
        try:
            keys: Sequence[SeriesKey] = store.series("hall", device=f"{name}-meter")
            table = store.raw(keys, 0, 2**62).to_pydict()
        finally:
            store.close()
        return dict(zip(zip(table["part"], table["time_ns"], strict=True), table["value"], strict=True))

    def drained(self, name: str) -> bool:
        """Tell whether the centre knows the last number of a node that has stopped sampling, and nothing waits."""
        sampled = len(self.journal(name, "accepted"))
        report = self.account()
        return report.sampled >= sampled and report.spooled == 0

    def check(self, name: str, *, drops: bool = False) -> AccountReport:
        """Stop sampling, wait until everything has arrived, and compare journal, store and account."""
        (self.folder / name / "stop").touch()
        wait_for(lambda: self.drained(name), 45, self.logs)
        accepted, attempted, stored = self.journal(name, "accepted"), self.journal(name, "attempted"), self.stored(name)
        report = self.account()
        print(msgspec.json.format(msgspec.json.encode(report)).decode())  # noqa: T201 (shown with pytest -s)
        assert len(accepted) > 500
        assert len(accepted.keys() - stored.keys()) == report.dropped, "lost without a word"
        assert bool(report.dropped) is drops
        assert not stored.keys() - attempted.keys(), "never measured"
        assert all(stored[key] == value for key, value in accepted.items() if key in stored)
        assert report.lost == 0
        assert report.closes
        assert report.stored == len(stored)
        return report

    def logs(self) -> str:
        """Return what the processes wrote."""
        return "\n".join(path.read_text()[-3000:] for path in sorted(self.folder.glob("*.log")))


def wait_for(done: Callable[[], bool], timeout_s: float, why: Callable[[], str] = str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s} s in vain\n{why()}")
        time.sleep(0.1)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process as a power cut would."""
    process.kill()
    process.wait()


@pytest.fixture
def rig(tmp_path: Path, require_server: Callable[[str, str], Path]) -> Iterator[Rig]:
    """Start a broker in its own folder; end every process afterwards."""
    with ExitStack() as stack:
        yield Rig(tmp_path, require_server("mosquitto", "mosquitto"), stack)


def test_cut_link_and_three_kills(rig: Rig) -> None:
    """The link is cut, agent, broker and ingest are each killed once: the account closes and nothing is lost."""
    with CutProxy(rig.port) as link:
        ingest = rig.ingest()
        node = rig.node("edge-01", link.port)
        wait_for(lambda: len(rig.journal("edge-01", "accepted")) > 400, 20, rig.logs)
        wait_for(lambda: rig.account().stored > 0, 20, rig.logs)

        kill(ingest)
        time.sleep(1.0)
        link.cut()
        cut_s = time.monotonic()
        ingest = rig.ingest()
        time.sleep(2.0)
        kill(node)
        node = rig.node("edge-01", link.port)
        time.sleep(CUT_S - (time.monotonic() - cut_s))
        during = len(rig.journal("edge-01", "accepted"))
        link.heal()
        time.sleep(1.5)
        rig.broker.kill()
        time.sleep(1.0)
        rig.broker.start()
        assert during > 400, "sampling goes on while the link is cut"
        rig.check("edge-01")


def held_by(port: int) -> int:
    """Return how many messages the broker stores, by its own word."""
    found: list[int] = []
    told = threading.Event()

    def on_message(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        found.append(int(message.payload))
        told.set()

    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("$SYS/broker/store/messages/count")
    told.wait(5)
    client.disconnect()
    client.loop_stop()
    return found[-1] if found else 0


def test_broker_dies_with_the_backlog(rig: Rig) -> None:
    """The worst case: ingest is down, the broker has taken the backlog, then the broker dies. Nothing is lost."""
    ingest = rig.ingest()
    rig.node("edge-01")
    wait_for(lambda: rig.account().stored > 0, 20, rig.logs)
    kill(ingest)
    before = held_by(rig.port)
    time.sleep(4.0)
    assert held_by(rig.port) > before + 3, "the broker must hold the backlog for this to be the worst case"
    rig.broker.kill()
    rig.broker.start()
    time.sleep(1.0)
    rig.ingest()
    rig.check("edge-01")


def test_full_spool(rig: Rig) -> None:
    """A cut that is longer than the spool is large: what was dropped is counted, and nothing else is gone."""
    with CutProxy(rig.port) as link:
        rig.ingest()
        rig.node("edge-01", link.port, max_rows=600)
        wait_for(lambda: len(rig.journal("edge-01", "accepted")) > 400, 20, rig.logs)
        wait_for(lambda: rig.account().stored > 0, 20, rig.logs)
        link.cut()
        time.sleep(5.0)
        link.heal()
        time.sleep(1.0)
        rig.check("edge-01", drops=True)
