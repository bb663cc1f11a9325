"""Links that leave the machine: encrypted, with a certificate that is checked on both sides."""

from __future__ import annotations

import asyncio
import queue
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collectors.mqtt.connection import Connection, Event, Ready, Sent, Session
from collectors.mqtt.link import Link
from greendc.broker import Broker
from tests.authority import Authority
from tests.servers import ServerProcess, free_port, tcp_answers

if TYPE_CHECKING:
    from collections.abc import Callable

ACL = Path(__file__).parents[2] / "deploy" / "mosquitto" / "acl"


def state_of(broker: Broker) -> str:
    """Return how an attempt to connect ends: ``ok``, or what is wrong."""

    async def attempt() -> str:
        ready: list[Event] = []
        link = Link(broker, Session(client_id="node", topics=("a/b",)), ready.append)
        task = asyncio.create_task(link.run())
        deadline = time.monotonic() + 10
        while link.state == "pending" and time.monotonic() < deadline:  # noqa: ASYNC110 (waits for another process)
            await asyncio.sleep(0.02)
        state = link.state
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (state == "ok") == any(isinstance(event, Ready) for event in ready)
        return state

    return asyncio.run(attempt())


# paho drops a socket whose handshake failed without closing it; the interpreter does so at once.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
def test_certificates_decide(tmp_path: Path, require_server: Callable[[str, str], Path]) -> None:
    """The node's certificate opens the broker; a foreign authority, no certificate and a bare link do not."""
    ours, foreign = Authority(tmp_path, "ours"), Authority(tmp_path, "foreign")
    certificate, key = ours.issue("broker")
    node, node_key = ours.issue("edge-01")
    stranger, stranger_key = foreign.issue("stranger")
    port = free_port()
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\ncafile {ours.certificate}\ncertfile {certificate}\nkeyfile {key}\n"
        "require_certificate true\nuse_identity_as_username true\nuser root\n"
    )
    mosquitto = require_server("mosquitto", "mosquitto")
    with ServerProcess([mosquitto, "-c", conf], ready=lambda: tcp_answers(port)):
        url = f"mqtts://127.0.0.1:{port}"
        ca = str(ours.certificate)
        assert state_of(Broker(url=url, ca=ca, certificate=str(node), key=str(node_key))) == "ok"
        wrong_ca = state_of(Broker(url=url, ca=str(foreign.certificate), certificate=str(node), key=str(node_key)))
        assert "certificate verify failed" in wrong_ca
        assert state_of(Broker(url=url, ca=ca, certificate=str(stranger), key=str(stranger_key))) != "ok"
        assert state_of(Broker(url=url, ca=ca)) != "ok"
        assert state_of(Broker(url=f"mqtt://127.0.0.1:{port}")) != "ok"
        assert "No such file" in state_of(Broker(url=url, ca=str(tmp_path / "nowhere.pem")))


def test_a_node_speaks_for_itself_only(tmp_path: Path, require_server: Callable[[str, str], Path]) -> None:
    """Under the shipped access list a node publishes its own topics; another node's are refused, and it learns that."""
    ours = Authority(tmp_path, "ours")
    certificate, key = ours.issue("broker")
    node, node_key = ours.issue("edge-01")
    acl = Path(shutil.copy(ACL, tmp_path / "acl"))
    acl.chmod(0o644)
    port = free_port()
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(
        f"per_listener_settings true\nuser root\nlistener {port} 127.0.0.1\nallow_anonymous false\n"
        f"cafile {ours.certificate}\ncertfile {certificate}\nkeyfile {key}\nrequire_certificate true\n"
        f"use_identity_as_username true\nacl_file {acl}\n"
    )
    mosquitto = require_server("mosquitto", "mosquitto")
    with ServerProcess([mosquitto, "-c", conf], ready=lambda: tcp_answers(port)):
        broker = Broker(
            url=f"mqtts://127.0.0.1:{port}", ca=str(ours.certificate), certificate=str(node), key=str(node_key)
        )
        events: queue.Queue[Event] = queue.Queue()
        connection = Connection(broker, Session(client_id="n", topics=("greendc/v1/hall/edge-01/ack",)), events.put)
        connection.open()
        assert events.get(timeout=5) == Ready()
        answers = []
        for topic in ("edge-01/data", "edge-01/account", "edge-02/data", "edge-01/ack"):
            connection.publish(f"greendc/v1/hall/{topic}", b"?")
            event = events.get(timeout=5)
            assert isinstance(event, Sent)
            answers.append(event.error)
        connection.close()
    assert answers == ["", "", "Not authorized", "Not authorized"]
