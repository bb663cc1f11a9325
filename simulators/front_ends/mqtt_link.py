"""A simulated node's connection with a broker: a new client after each loss, and none while the link is cut."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
from typing import TYPE_CHECKING, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.reasoncodes import ReasonCode

    from greendc.broker import Broker

log = logging.getLogger("greendc.simulators.mqtt")

KEEPALIVE_S = 20
CONNECT_TIMEOUT_S = 5.0
WATCH_S = 0.2
PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
MOST_IN_FLIGHT = 100
NO_MATCHING_SUBSCRIBERS = 0x10
"""The reason code of a PUBACK (MQTT 5.0, section 3.4.2.1)."""


class Listener(Protocol):
    """What hears of a connection, in the event loop."""

    def connected(self) -> None:
        """The broker has accepted the connection and the subscription."""

    def arrived(self, payload: bytes) -> None:
        """A message came in on the topic."""

    def unheard(self, mid: int) -> None:
        """Nobody listens to a message that was handed over."""


class MqttLink:
    """One subscription, kept alive. QoS 1 throughout; nothing is handed over offline."""

    def __init__(self, broker: Broker, client_id: str, topic: str, listener: Listener) -> None:
        """Prepare; `run` does the work."""
        self._broker = broker
        self._client_id = client_id
        self._topic = topic
        self._listener = listener
        self._client: paho.Client | None = None
        self._over = asyncio.Event()
        self.online = False
        self.connections = 0

    def publish(self, topic: str, payload: bytes) -> int | None:
        """Hand a message over and return its id; None when offline or not taken."""
        if self._client is None or not self.online:
            return None
        info = self._client.publish(topic, payload, qos=1)
        return info.mid if info.rc == paho.MQTT_ERR_SUCCESS else None

    async def run(self, is_cut: Callable[[], bool]) -> None:
        """Stay connected, except while the link is cut, until cancelled."""
        attempt = 0
        while True:
            if is_cut():
                await asyncio.sleep(WATCH_S)
                continue
            attempt = 0 if await self._one_connection(is_cut) else attempt + 1
            longest_s = min(LONGEST_PAUSE_S, PAUSE_S * 2.0 ** min(attempt, 30))
            await asyncio.sleep(longest_s * random.uniform(0.5, 1.0))

    async def _one_connection(self, is_cut: Callable[[], bool]) -> bool:
        """Hold one connection until it ends or is cut; tell whether it ever served."""
        loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        client = self._made(loop)
        self._client = client
        try:
            await asyncio.to_thread(client.connect, self._broker.host, self._broker.port, KEEPALIVE_S)
            client.loop_start()
            while not self._over.is_set() and not is_cut():
                # Not wait_for: Python 3.11's forgets a cancellation that comes together with the event.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(WATCH_S):
                        await self._over.wait()
        except OSError as error:
            log.debug("%s: %s", self._client_id, error)
        finally:
            served, self.online, self._client = self.online, False, None
            await asyncio.shield(asyncio.to_thread(_closed, client))
        return served

    def _made(self, loop: asyncio.AbstractEventLoop) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2, self._client_id, protocol=paho.MQTTv5, reconnect_on_failure=False
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages = MOST_IN_FLIGHT
        if self._broker.user:
            client.username_pw_set(self._broker.user, self._broker.password.reveal())
        if self._broker.tls:
            client.tls_set(self._broker.ca or None, self._broker.certificate or None, self._broker.key or None)

        def tell(action: Callable[..., None], *values: object) -> None:
            # The loop may have closed while the network thread was still reading.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._take, client, action, *values)

        def on_connect(_c: paho.Client, _d: object, _f: object, code: ReasonCode, _p: object) -> None:
            if code.is_failure:
                tell(self._end)
            else:
                client.subscribe(self._topic, qos=1)

        def on_subscribe(_c: paho.Client, _d: object, _mid: int, codes: list[ReasonCode], _p: object) -> None:
            tell(self._end if codes[0].is_failure else self._serve)

        def on_publish(_c: paho.Client, _d: object, mid: int, code: ReasonCode, _p: object) -> None:
            if code.value == NO_MATCHING_SUBSCRIBERS:
                tell(self._listener.unheard, mid)

        client.on_connect = on_connect
        client.on_subscribe = on_subscribe
        client.on_publish = on_publish
        client.on_message = lambda _c, _d, message: tell(self._listener.arrived, bytes(message.payload))
        client.on_disconnect = lambda *_: tell(self._end)
        return client

    def _take(self, client: paho.Client, action: Callable[..., None], *values: object) -> None:
        if client is self._client:
            action(*values)

    def _serve(self) -> None:
        self.online = True
        self.connections += 1
        self._listener.connected()

    def _end(self) -> None:
        self._over.set()


def _closed(client: paho.Client) -> None:
    """End a connection as a pulled cable does: without a word."""
    client.on_disconnect = None
    link = client.socket()
    if isinstance(link, socket.socket):
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)
    client.loop_stop()
