"""The broker's configuration in a real Mosquitto, with certificates made by the script that an operator runs."""

from __future__ import annotations

import queue
import socket
import ssl
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Self

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.servers import ServerProcess, free_port, tcp_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

DEPLOY = Path(__file__).parents[2] / "deploy"
WAIT_S = 5.0
NOT_AUTHORISED = 0x87


def make_certificates(folder: Path, *clients: str) -> None:
    """Run the script for a broker on this machine."""
    subprocess.run([str(DEPLOY / "certificates.sh"), str(folder), "127.0.0.1", *clients], check=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an authority, a broker, an ingest and two nodes."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder, "ingest", "edge-01", "edge-02")
    return folder


@pytest.fixture(scope="module")
def broker(
    certificates: Path, tmp_path_factory: pytest.TempPathFactory, require_server: Callable[[str, str], Path]
) -> Iterator[int]:
    """Return the port of a Mosquitto that runs the shipped configuration with this machine's paths and port."""
    mosquitto = require_server("mosquitto", "mosquitto")
    folder = tmp_path_factory.mktemp("broker")
    port = free_port()
    text = (DEPLOY / "mosquitto/mosquitto.conf").read_text("utf-8")
    for shipped, here in {
        "/mosquitto/data/": f"{folder}/",
        "/mosquitto/config/acl": str(DEPLOY / "mosquitto/acl"),
        "/run/secrets/mqtt_ca": str(certificates / "ca.crt"),
        "/run/secrets/mqtt_certificate": str(certificates / "broker.crt"),
        "/run/secrets/mqtt_key": str(certificates / "broker.key"),
        "listener 8883": f"listener {port} 127.0.0.1",
    }.items():
        assert shipped in text
        text = text.replace(shipped, here)
    configuration = folder / "mosquitto.conf"
    # Started as root, Mosquitto would drop to an account that may not read this test's folders.
    configuration.write_text(f"{text}\nuser root\n", "utf-8")
    with ServerProcess([mosquitto, "-c", configuration], ready=lambda: tcp_answers(port)):
        yield port


class Client:
    """A client with a certificate, for the time of a `with` block."""

    def __init__(self, name: str, port: int, certificates: Path) -> None:
        self._port = port
        self.messages: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._answers: queue.Queue[int] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, f"{name}-test", protocol=MQTTProtocolVersion.MQTTv5)
        self._client.tls_set(
            str(certificates / "ca.crt"), str(certificates / f"{name}.crt"), str(certificates / f"{name}.key")
        )
        self._client.on_connect = self._connected
        self._client.on_message = self._arrived
        self._client.on_publish = self._published
        self._client.on_subscribe = self._subscribed

    def _connected(
        self, _client: mqtt.Client, _data: object, _flags: object, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._answers.put(code.value)

    def _arrived(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self.messages.put((message.topic, bytes(message.payload)))

    def _published(
        self, _client: mqtt.Client, _data: object, _mid: int, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._answers.put(code.value)

    def _subscribed(
        self,
        _client: mqtt.Client,
        _data: object,
        _mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        self._answers.put(codes[0].value)

    def publish(self, topic: str, payload: bytes = b"x") -> int:
        """Publish with QoS 1 and return the reason code of the broker's answer."""
        self._client.publish(topic, payload, qos=1)
        return self._answers.get(timeout=WAIT_S)

    def subscribe(self, topic: str) -> int:
        """Subscribe with QoS 1 and return the reason code of the broker's answer."""
        self._client.subscribe(topic, qos=1)
        return self._answers.get(timeout=WAIT_S)

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        assert self._answers.get(timeout=WAIT_S) == 0
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_a_node_publishes_its_own_readings_only(broker: int, certificates: Path) -> None:
    """What edge-01 sends as itself reaches ingest; what it sends as edge-02 is refused and reaches nobody."""
    with Client("ingest", broker, certificates) as ingest, Client("edge-01", broker, certificates) as node:
        assert ingest.subscribe("greendc/v1/+/+/data") == 1
        assert node.publish("greendc/v1/site/edge-02/data", b"forged") == NOT_AUTHORISED
        assert node.publish("greendc/v1/site/edge-01/ack", b"forged") == NOT_AUTHORISED
        assert node.publish("greendc/v1/site/edge-01/data", b"own") == 0
        assert ingest.messages.get(timeout=WAIT_S) == ("greendc/v1/site/edge-01/data", b"own")
        assert ingest.messages.empty()


def test_only_ingest_confirms(broker: int, certificates: Path) -> None:
    """A node receives the confirmation of its own readings from ingest, and never another node's readings."""
    with Client("ingest", broker, certificates) as ingest, Client("edge-02", broker, certificates) as node:
        node.subscribe("greendc/v1/site/edge-02/ack")
        node.subscribe("greendc/v1/+/+/data")
        assert ingest.publish("greendc/v1/site/edge-02/ack", b"upto 7") == 0
        with Client("edge-01", broker, certificates) as other:
            assert other.publish("greendc/v1/site/edge-01/data") in {0, 0x10}
        assert node.messages.get(timeout=WAIT_S) == ("greendc/v1/site/edge-02/ack", b"upto 7")
        assert node.messages.empty()


def test_no_certificate_no_connection(broker: int, certificates: Path) -> None:
    """Without a client certificate, and with one of a foreign authority, the broker hangs up."""
    context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(context, broker)


def test_a_foreign_certificate_is_refused(broker: int, certificates: Path, tmp_path: Path) -> None:
    """A certificate that another authority signed is as good as none."""
    make_certificates(tmp_path, "ingest")
    context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
    context.load_cert_chain(tmp_path / "ingest.crt", tmp_path / "ingest.key")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(context, broker)


def handshake(context: ssl.SSLContext, port: int) -> None:
    """Open a TLS connection and read, which is where TLS 1.3 tells of a refused client certificate."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
    with plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
        secured.sendall(b"\x00")
        if not secured.recv(1):
            message = "the broker closed the connection"
            raise ConnectionResetError(message)


def test_strict_verification_accepts_the_certificates(certificates: Path) -> None:
    """The certificates stand strict RFC 5280 checks, which Python 3.13 makes the default."""
    authority = str(certificates / "ca.crt")
    for name in ("broker", "ingest", "edge-01"):
        command = ["openssl", "verify", "-x509_strict", "-CAfile", authority, str(certificates / f"{name}.crt")]
        subprocess.run(command, check=True, capture_output=True)


def test_keys_are_private(certificates: Path) -> None:
    """Nobody but the owner reads a key."""
    keys = list(certificates.glob("*.key"))
    assert keys
    assert all(key.stat().st_mode & 0o077 == 0 for key in keys)
