"""Links that leave the machine: encrypted, with a certificate that is checked on both sides."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import time
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collectors.mqtt.connection import Event, Ready, Session
from collectors.mqtt.link import Link
from greendc.broker import Broker
from tests.servers import ServerProcess, free_port, tcp_answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = dt.timedelta(days=1)


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
