"""Links that leave the machine: encrypted, with a certificate that is checked on both sides."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import queue
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collectors.mqtt.connection import Connection, Event, Ready, Sent, Session
from collectors.mqtt.link import Link
from greendc.broker import Broker
from tests.servers import ServerProcess, free_port, tcp_answers

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = dt.timedelta(days=1)
ACL = Path(__file__).parents[2] / "deploy" / "mosquitto" / "acl"


class Authority:
    """A certificate authority that lives for one test."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = folder / f"{name}.pem"
        made = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self.certificate.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> tuple[Path, Path]:
        """Return certificate and key of a server or client on this machine."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key).add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        certificate, key_file = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        certificate.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, key_file

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
        )


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
