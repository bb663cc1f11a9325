"""What edge nodes send, in order of arrival; nothing is acknowledged to the broker before it is settled."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from collectors.mqtt.connection import Arrived, Event, Lost, Ready, Session
from collectors.mqtt.link import Link
from greendc import wire

if TYPE_CHECKING:
    from greendc.broker import Broker

LONGEST_PAUSE_S = 15.0


class Delivery(msgspec.Struct, frozen=True):
    """A message and how to acknowledge it to the broker; a redelivered one comes as a new delivery."""

    topic: str
    payload: bytes
    done: Callable[[], None]


class MqttLane:
    """The writer's session with the broker. All but `run` returns at once and belongs to the event loop's thread.

    The broker sends at most ``receive_maximum`` messages ahead of our acknowledgements, which bounds what waits here.
    When the store is away nothing is taken, nothing is acknowledged, and the nodes keep the rest in their spools.
    """

    def __init__(
        self, site: str, broker: Broker, *, on_ready: Callable[[], None], on_arrival: Callable[[], None]
    ) -> None:
        """Prepare; ``on_ready`` is called after each connection, ``on_arrival`` after each message."""
        self._site = site
        self._waiting: deque[Delivery] = deque()
        self._on_ready = on_ready
        self._on_arrival = on_arrival
        session = Session(
            client_id=f"greendc-ingest-{site}",
            topics=(wire.topic(site, "+", "data"), wire.topic(site, "+", "account")),
            manual_ack=True,
        )
        self._link = Link(broker, session, self._take, longest_pause_s=LONGEST_PAUSE_S)

    async def run(self) -> None:
        """Stay connected until cancelled."""
        await self._link.run()

    @property
    def state(self) -> str:
        """Return ``ok``, ``pending``, or what is wrong."""
        return self._link.state

    @property
    def depth(self) -> int:
        """Return how many messages wait."""
        return len(self._waiting)

    def next(self, limit: int) -> list[Delivery]:
        """Take up to ``limit`` messages, oldest first."""
        return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]

    def confirm(self, node: str, ack: wire.Ack) -> None:
        """Tell a node, also one that is away now, what is settled. A lost confirmation only costs a repetition."""
        self._link.publish(wire.topic(self._site, node, "ack"), wire.encode_ack(ack), retain=True)

    def _take(self, event: Event) -> None:
        match event:
            case Arrived(topic, payload, mid):
                acknowledge = self._link.acknowledger()
                self._waiting.append(Delivery(topic, payload, lambda: acknowledge(mid)))
                self._on_arrival()
            case Ready():
                self._on_ready()
            case Lost():
                # All of them are unacknowledged and come again.
                self._waiting.clear()
            case _:
                pass
