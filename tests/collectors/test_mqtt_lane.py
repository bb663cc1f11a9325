"""The writer on a real broker: poison, duplicates, reports and sign-in."""

from __future__ import annotations

import asyncio
import random
import subprocess
import time
from typing import TYPE_CHECKING, Any

import msgspec
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from collectors.ingest import run_ingest
from collectors.quarantine import Held
from greendc import wire
from greendc.account import account
from greendc.broker import Broker
from greendc.clock import ManualClock
from greendc.model import Reading
from greendc.settings import Secret
from greendc.status import IngestStatus, NodeHeard, read_status
from greendc.storage import open_store
from tests.servers import ServerProcess, free_port, tcp_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

NOW_NS = 1_760_000_000_000_000_000
TOPIC = wire.topic("hall", "edge-01", "data")
PASSWORD = "a-password-for-one-test"


class Mosquitto(ServerProcess):
    """A broker that lets in one user with a password."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.port = free_port()
        folder.mkdir()
        passwords = folder / "passwords"
        tool = program.parent.parent / "bin" / "mosquitto_passwd"
        subprocess.run([tool, "-c", "-b", passwords, "chain", PASSWORD], check=True)
        passwords.chmod(0o644)
        conf = folder / "mosquitto.conf"
        conf.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n"
        )
        super().__init__([program, "-c", conf], ready=lambda: tcp_answers(self.port))

    def address(self, password: str = PASSWORD) -> Broker:
        """Return how to reach it."""
        return Broker(url=f"mqtt://127.0.0.1:{self.port}", user="chain", password=Secret(password))

    def send(self, *messages: tuple[str, bytes]) -> None:
        """Publish messages with QoS 1, in order."""
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        client.username_pw_set("chain", PASSWORD)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        for info in [client.publish(topic, payload, qos=1) for topic, payload in messages]:
            info.wait_for_publish(10)
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path, require_server: Callable[[str, str], Path]) -> Iterator[Mosquitto]:
    """Start the broker on a free port."""
    with Mosquitto(tmp_path / "broker", require_server("mosquitto", "mosquitto")) as running:
        yield running


def rows(first: int, last: int) -> list[wire.Row]:
    """Return numbered readings, each with a value of its own."""
    return [
        wire.Row(
            seq,
            Reading(
                time_ns=NOW_NS + seq, site="hall", device="m-1", part="", quantity="active_power_w", value=float(seq)
            ),
        )
        for seq in range(first, last + 1)
    ]


def data(first: int, last: int) -> bytes:
    """Return a data message of these numbers."""
    return wire.encode_data("hall", "edge-01", "e1", rows(first, last))


def ingest(
    data_dir: Path,
    broker: Broker,
    act: Callable[[], None],
    done: Callable[[IngestStatus], bool],
    owners: Mapping[str, str] | None = None,
) -> None:
    """Run the writer on the embedded store; ``act`` once it is connected, until ``done``."""

    async def run() -> IngestStatus | None:
        store = open_store("embedded", data_dir)
        work = run_ingest("hall", data_dir, store, broker=broker, clock=ManualClock(NOW_NS), owners=owners)
        task = asyncio.create_task(work)
        acted = False
        status = None
        deadline = time.monotonic() + 20
        while not task.done() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
            status = read_status(data_dir, "ingest", IngestStatus)
            if status is not None and not acted and status.broker != "pending":
                await asyncio.to_thread(act)
                acted = True
            elif status is not None and acted and done(status):
                break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        store.close()
        return status

    status = asyncio.run(run())
    assert status is not None
    assert done(status), status


def retained_ack(broker: Mosquitto) -> wire.Ack:
    """Return the confirmation that waits for the node."""
    found: list[bytes] = []
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set("chain", PASSWORD)
    client.on_message = lambda _client, _data, message: found.append(bytes(message.payload))
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    client.subscribe(wire.topic("hall", "edge-01", "ack"), 1)
    deadline = time.monotonic() + 5
    while not found and time.monotonic() < deadline:
        time.sleep(0.02)
    client.disconnect()
    client.loop_stop()
    return wire.decode_ack(found[-1])


def test_poison_among_good(tmp_path: Path, broker: Mosquitto) -> None:
    """Whatever cannot be read is held and acknowledged; every good neighbour is stored; the flow does not stop."""
    plain: list[Any] = msgspec.msgpack.decode(data(3, 5))
    plain[8][1] = "not a number"
    poison = [
        b"",
        b"\xc1",
        b"x" * 70_000,
        msgspec.msgpack.encode(plain[:4]),
        data(1, 1).replace(b"edge-01", b"edge-02"),
    ]
    messages = [(TOPIC, data(1, 2)), *((TOPIC, bad) for bad in poison * 20)]
    messages += [(TOPIC, msgspec.msgpack.encode(plain)), ("greendc/v1/hall/Bad Node/data", b"?"), (TOPIC, data(6, 9))]
    centre = tmp_path / "centre"
    ingest(centre, broker.address(), lambda: broker.send(*messages), lambda status: status.stored == 8)

    lines = (centre / "quarantine" / "held.jsonl").read_bytes().splitlines()
    held = [msgspec.json.decode(line, type=Held) for line in lines]
    assert len(held) == 20 * len(poison) + 2
    assert [(h.seq, h.reason) for h in held if h.seq] == [(4, "not_a_number")]
    assert retained_ack(broker) == wire.Ack("e1", 9)
    store = open_store("embedded", centre, read_only=True)
    assert store.count("hall") == 8
    store.close()


def test_duplicates_in_any_order(tmp_path: Path, broker: Mosquitto) -> None:
    """Every message three times, shuffled: each reading is stored and counted once, and the account closes."""
    seed = random.randrange(10**6)
    messages = [(TOPIC, data(first, first + 9)) for first in range(1, 200, 10)] * 3
    random.Random(seed).shuffle(messages)
    hour_ns = NOW_NS - NOW_NS % (3600 * 10**9)
    report = wire.NodeReport(
        site="hall", node="edge-01", epoch="e1", time_ns=NOW_NS, head=200, hours=[wire.HourReport(hour_ns, 200)]
    )
    messages.append((wire.topic("hall", "edge-01", "account"), wire.encode_report(report)))
    centre = tmp_path / "centre"
    heard = NodeHeard(name="edge-01", heard_ns=NOW_NS, ahead_s=0.0)

    def done(status: IngestStatus) -> bool:
        return status.stored == 600 and status.nodes == [heard]

    ingest(centre, broker.address(), lambda: broker.send(*messages), done)
    store = open_store("embedded", centre, read_only=True)
    closed = account("hall", centre, store)
    store.close()
    assert (closed.sampled, closed.stored, closed.lost, closed.closes) == (200, 200, 0, True), f"seed {seed}"
    assert closed.rows[0].in_store == 200
    assert retained_ack(broker) == wire.Ack("e1", 200)


def test_wrong_password(tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture) -> None:
    """A refusal is told in the status, without the password; the writer goes on."""

    def done(status: IngestStatus) -> bool:
        return status.broker.startswith("refused") and not status.stored

    ingest(tmp_path / "centre", broker.address("canary-wrong"), lambda: None, done)
    assert "refused" in caplog.text
    assert "canary-wrong" not in caplog.text


def test_a_node_speaks_for_its_own_devices_only(tmp_path: Path, broker: Mosquitto) -> None:
    """What a node sends of the centre's meter is held back and confirmed, and what it sends of its own is stored."""
    foreign = data(1, 5)
    own = wire.encode_data(
        "hall", "edge-01", "e1", [wire.Row(6, msgspec.structs.replace(rows(6, 6)[0].reading, device="edge-01-meter"))]
    )
    topic = wire.topic("hall", "edge-01", "data")
    ingest(
        tmp_path,
        broker.address(),
        lambda: broker.send((topic, foreign), (topic, own)),
        lambda status: status.stored + status.quarantined == 6,
        owners={"m-1": "centre", "edge-01-meter": "edge-01"},
    )
    store = open_store("embedded", tmp_path)
    assert (store.count("hall", device="m-1"), store.count("hall", device="edge-01-meter")) == (0, 1)
    store.close()
    assert "foreign_device" in "".join(path.read_text("utf-8") for path in (tmp_path / "quarantine").iterdir())
    assert retained_ack(broker).upto == 6
