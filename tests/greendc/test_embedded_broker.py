"""The embedded broker keeps what the edge link relies on: retained messages, sessions, unacknowledged messages."""

from __future__ import annotations

import queue
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from collectors.mqtt.connection import Arrived, Connection, Event, Lost, Ready, Sent, Session
from greendc.broker import Broker
from greendc.embedded_broker import EmbeddedBroker
from greendc.errors import ConfigError
from tests.servers import require_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DATA = "greendc/v1/hall/edge-01/data"
ACK = "greendc/v1/hall/edge-01/ack"


class Client:
    """A connection whose events wait in a queue."""

    def __init__(self, broker: EmbeddedBroker, name: str, *topics: str, manual_ack: bool = False) -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        session = Session(client_id=name, topics=topics, manual_ack=manual_ack)
        self.connection = Connection(Broker(url=broker.url), session, self.events.put)
        self.connection.open()
        self.early: list[Arrived] = []
        while not isinstance(event := self.events.get(timeout=5), Ready):
            assert isinstance(event, Arrived)
            self.early.append(event)

    def payloads(self, count: int) -> list[bytes]:
        """Return the payloads of the next messages, acknowledging none."""
        found = [event.payload for event in self.early]
        while len(found) < count:
            event = self.events.get(timeout=5)
            if isinstance(event, Arrived):
                found.append(event.payload)
        return found

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        mid = self.connection.publish(topic, payload, retain=retain)
        while not (isinstance(event := self.events.get(timeout=5), Sent) and event.mid == mid):
            pass
        assert not event.error


@pytest.fixture
def broker(tmp_path: Path, free_port: int) -> Iterator[EmbeddedBroker]:
    """Start a broker on a free port."""
    with EmbeddedBroker(free_port, tmp_path) as running:
        yield running


def test_retained_confirmation_waits_for_the_node(broker: EmbeddedBroker) -> None:
    """The newest confirmation is there for a node that connects later."""
    writer = Client(broker, "ingest")
    writer.publish(ACK, b"one", retain=True)
    writer.publish(ACK, b"two", retain=True)
    node = Client(broker, "node", ACK)
    assert node.payloads(1) == [b"two"]
    node.connection.close()
    writer.connection.close()


def test_session_outlives_the_client(broker: EmbeddedBroker) -> None:
    """What is published while the writer is away reaches it when it is back."""
    first = Client(broker, "ingest", DATA, manual_ack=True)
    node = Client(broker, "node")
    first.connection.close()
    for number in range(20):
        node.publish(DATA, b"%d" % number)
    again = Client(broker, "ingest", DATA, manual_ack=True)
    assert again.payloads(20) == [b"%d" % number for number in range(20)]
    again.connection.close()
    node.connection.close()


def test_unacknowledged_comes_again(broker: EmbeddedBroker) -> None:
    """Messages that were delivered but not acknowledged are delivered on the next connection, the others are not."""
    first = Client(broker, "ingest", DATA, manual_ack=True)
    node = Client(broker, "node")
    for number in range(6):
        node.publish(DATA, b"%d" % number)
    for _ in range(6):
        event = first.events.get(timeout=5)
        assert isinstance(event, Arrived)
        if event.payload in {b"0", b"1"}:
            first.connection.ack(event.mid)
    time.sleep(0.3)
    first.connection.close()
    again = Client(broker, "ingest", DATA, manual_ack=True)
    assert again.payloads(4) == [b"2", b"3", b"4", b"5"]
    again.connection.close()
    node.connection.close()


def test_only_this_machine(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """It does not listen on other addresses, and a second one on the same port is refused in one sentence."""
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", broker.port), timeout=2):
        pass
    with pytest.raises(ConfigError) as caught:
        EmbeddedBroker(broker.port, tmp_path)
    assert caught.value.problems[0].key == "broker.port_taken"


def test_loss_is_told(broker: EmbeddedBroker) -> None:
    """A client learns that its broker is gone, and hands nothing over from then on."""
    client = Client(broker, "node", ACK)
    broker.stop()
    assert isinstance(client.events.get(timeout=5), Lost)
    assert client.connection.publish(DATA, b"late") is None
    client.connection.close()


RUN = """import sys, threading
from pathlib import Path
if sys.argv[3] == "mosquitto":
    sys.modules["iotcore"] = None
from greendc.embedded_broker import run_broker
run_broker(int(sys.argv[1]), Path(sys.argv[2]), stop=threading.Event())
"""


@pytest.mark.parametrize("kind", ["rumqttd", "mosquitto"])
def test_a_killed_parent_leaves_no_broker(kind: str, tmp_path: Path, free_port: int) -> None:
    """After kill -9 of the process that runs a broker its port is free again, so that the next one can have it."""
    if kind == "mosquitto":
        require_server("mosquitto", "mosquitto")
    words = [sys.executable, "-c", RUN, str(free_port), str(tmp_path), kind]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as run:
        assert until(lambda: answers(free_port))
        run.kill()
    assert until(lambda: not answers(free_port))
    assert (tmp_path / "mosquitto.conf").exists() == (kind == "mosquitto")


def answers(port: int) -> bool:
    """Tell whether something listens on a port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition: Callable[[], bool]) -> bool:
    """Wait some seconds for a condition; tell whether it came."""
    limit_s = time.monotonic() + 10
    while not condition() and time.monotonic() < limit_s:
        time.sleep(0.05)
    return condition()
