"""One MQTT 5 connection, from CONNECT to its end, on paho's network thread.

A connection is never used again: a new one is made after every loss. So paho neither queues while offline nor re-sends
on its own, an acknowledgement can never reach another connection's message, and a network thread that has died is
replaced like any other loss.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from typing import TYPE_CHECKING

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.reasoncodes import ReasonCode

    from greendc.broker import Broker

log = logging.getLogger("greendc.mqtt")

KEEPALIVE_S = 20
CONNECT_TIMEOUT_S = 5.0
NO_MATCHING_SUBSCRIBERS = 0x10
"""The reason code of a PUBACK (MQTT 5.0, section 3.4.2.1)."""
DAY_S = 86_400


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What the client asks of the broker.

    ``expiry_s`` keeps the session while the client is away: without it MQTT 5 forgets the session at once.
    """

    client_id: str
    topics: tuple[str, ...]
    manual_ack: bool = False
    receive_maximum: int = 50
    expiry_s: int = 7 * DAY_S
    max_packet: int = 256 * 1024


class Ready(msgspec.Struct, frozen=True):
    """The broker has accepted the connection and every subscription."""


class Lost(msgspec.Struct, frozen=True):
    """The connection is over. ``refused`` says that the broker will not have us, which only a person can mend."""

    reason: str
    refused: bool = False


class Sent(msgspec.Struct, frozen=True):
    """The broker's answer to a publish: ``error`` is empty when it took it, ``unheard`` says that nobody listens."""

    mid: int
    error: str
    unheard: bool


class Arrived(msgspec.Struct, frozen=True):
    """A message; with manual acknowledgement it comes again, on a later connection, until `Connection.ack`."""

    topic: str
    payload: bytes
    mid: int


Event = Ready | Lost | Sent | Arrived


class Connection:
    """A connection that tells what happens to it.

    ``tell`` is called on the network thread and must neither block nor raise.
    """

    def __init__(self, broker: Broker, session: Session, tell: Callable[[Event], None]) -> None:
        """Prepare the client; nothing is sent yet."""
        self._broker = broker
        self._session = session
        self._tell = tell
        self._heard_s = time.monotonic()
        self._client = self._made()

    def _made(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            self._session.client_id,
            protocol=paho.MQTTv5,
            manual_ack=self._session.manual_ack,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_queued_messages = 100
        client.max_inflight_messages = 100
        if self._broker.user:
            client.username_pw_set(self._broker.user, self._broker.password.reveal())
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_log = self._on_log
        return client

    def open(self) -> None:
        """Connect; blocks for some seconds at most.

        Raises:
            OSError: the broker does not answer, its certificate is not trusted, or a PEM file cannot be read.
        """
        if self._broker.tls:
            self._client.tls_set(self._broker.ca or None, self._broker.certificate or None, self._broker.key or None)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho leaves it untyped
        properties.SessionExpiryInterval = self._session.expiry_s
        properties.ReceiveMaximum = self._session.receive_maximum
        properties.MaximumPacketSize = self._session.max_packet
        self._client.connect(
            self._broker.host, self._broker.port, KEEPALIVE_S, clean_start=False, properties=properties
        )
        self._client.loop_start()

    @property
    def silent_s(self) -> float:
        """Return how long [s] the broker has said nothing at all. A live one answers pings each `KEEPALIVE_S`."""
        return time.monotonic() - self._heard_s

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """Hand over a message with QoS 1 and return its id, or None when the client did not take it."""
        if not self._client.is_connected():
            return None
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        return info.mid if info.rc == paho.MQTT_ERR_SUCCESS else None

    def ack(self, mid: int) -> None:
        """Acknowledge a message of this connection."""
        self._client.ack(mid, 1)

    def close(self, patience_s: float = 1.0) -> None:
        """Say goodbye, then end the network thread whatever the other side does."""
        self._client.on_disconnect = None
        self._client.disconnect()
        deadline = time.monotonic() + patience_s
        while self._client.socket() is not None and time.monotonic() < deadline:
            time.sleep(0.02)
        link = self._client.socket()
        if isinstance(link, socket.socket):
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        self._client.loop_stop()

    def _on_connect(
        self, client: paho.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        if code.is_failure:
            self._tell(Lost(str(code), refused=True))
            return
        if not self._session.topics:
            self._tell(Ready())
            return
        client.subscribe([(topic, 1) for topic in self._session.topics])

    def _on_subscribe(
        self, _client: paho.Client, _data: object, _mid: int, codes: list[ReasonCode], _properties: object
    ) -> None:
        if bad := next((code for code in codes if code.is_failure), None):
            self._tell(Lost(f"subscription: {bad}", refused=True))
        else:
            self._tell(Ready())

    def _on_disconnect(
        self, _client: paho.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        self._tell(Lost(str(code)))

    def _on_publish(self, _client: paho.Client, _data: object, mid: int, code: ReasonCode, _properties: object) -> None:
        self._tell(Sent(mid, str(code) if code.is_failure else "", unheard=code.value == NO_MATCHING_SUBSCRIBERS))

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        # Ours are all QoS 1, which the broker bounds by ReceiveMaximum; a flood of QoS 0 has no bound and is not taken.
        if message.qos != 1:
            return
        try:
            name = message.topic
        except UnicodeDecodeError:
            name = ""
        self._tell(Arrived(name, bytes(message.payload), message.mid))

    def _on_log(self, _client: paho.Client, _data: object, _level: int, text: str) -> None:
        # The only public sign of a PINGRESP.
        if text.startswith("Received"):
            self._heard_s = time.monotonic()
