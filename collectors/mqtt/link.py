"""Keeps a session with a broker: connects, watches for silence, and connects again after a pause that grows."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from typing import TYPE_CHECKING

from collectors.backoff import pause_s
from collectors.mqtt.connection import KEEPALIVE_S, Connection, Event, Lost, Ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.mqtt.connection import Session
    from greendc.broker import Broker

log = logging.getLogger("greendc.mqtt")

SILENCE_S = 2.5 * KEEPALIVE_S
HANDSHAKE_S = 10.0
WATCH_S = 1.0


class Link:
    """A session that is kept alive. ``on_event`` is called in the event loop, for the connection in use only."""

    def __init__(
        self, broker: Broker, session: Session, on_event: Callable[[Event], None], *, longest_pause_s: float = 60.0
    ) -> None:
        """Prepare; `run` does the work."""
        self._broker = broker
        self._session = session
        self._on_event = on_event
        self._longest_pause_s = longest_pause_s
        self._connection: Connection | None = None
        self._ready = False
        self._over = asyncio.Event()
        self.state = "pending"

    @property
    def online(self) -> bool:
        """Tell whether messages can be handed over now."""
        return self._ready

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """Hand over a message and return its id on this connection; None when offline or not taken."""
        if self._connection is None or not self._ready:
            return None
        return self._connection.publish(topic, payload, retain=retain)

    def acknowledger(self) -> Callable[[int], None]:
        """Return what acknowledges messages of the connection in use; it does nothing once that connection is over."""
        connection = self._connection

        def ack(mid: int) -> None:
            if connection is not None and connection is self._connection:
                connection.ack(mid)

        return ack

    async def run(self) -> None:
        """Stay connected until cancelled."""
        attempt = 0
        while True:
            attempt = 1 if await self._one_connection() else attempt + 1
            spread = random.random()  # noqa: S311 (jitter, not cryptography)
            await asyncio.sleep(pause_s(attempt, spread, first_s=0.5, longest_s=self._longest_pause_s))

    async def _one_connection(self) -> bool:
        """Hold one connection until it ends; tell whether it ever served."""
        loop = asyncio.get_running_loop()
        self._over.clear()

        def tell(event: Event) -> None:
            # The loop may have closed while the network thread was still reading.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._take, connection, event)

        connection = Connection(self._broker, self._session, tell)
        self._connection = connection
        try:
            await asyncio.to_thread(connection.open)
            await self._until_over(connection)
        except OSError as error:
            self._end(f"away: {error}")
        finally:
            served, self._ready, self._connection = self._ready, False, None
            if served:
                self._on_event(Lost(self.state))
            await asyncio.shield(asyncio.to_thread(connection.close))
        return served

    async def _until_over(self, connection: Connection) -> None:
        waited_s = 0.0
        while not self._over.is_set():
            # Not wait_for: Python 3.11's forgets a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCH_S):
                    await self._over.wait()
            waited_s += WATCH_S
            if not self._ready and waited_s > HANDSHAKE_S:
                self._end("away: no answer to CONNECT")
            elif connection.silent_s > SILENCE_S:
                self._end(f"away: silent for {connection.silent_s:.0f} s")

    def _take(self, connection: Connection, event: Event) -> None:
        # After the end nothing counts: a refusal is followed by a loss that would hide the reason.
        if connection is not self._connection or self._over.is_set():
            return
        match event:
            case Lost():
                self._end(f"{'refused' if event.refused else 'away'}: {event.reason}")
            case Ready():
                self._ready = True
                self._change("ok")
                self._on_event(event)
            case _:
                self._on_event(event)

    def _end(self, state: str) -> None:
        self._change(state)
        self._over.set()

    def _change(self, state: str) -> None:
        if state != self.state:
            log.log(logging.INFO if state == "ok" else logging.WARNING, "broker %s: %s", self._broker.url, state)
        self.state = state
