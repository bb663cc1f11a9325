"""A read-only SNMP agent on a UDP port: v2c or v3, by the access it is given."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, cast

from simulators.front_ends.ber import BerError
from simulators.front_ends.snmp_access import Access, Community
from simulators.front_ends.snmp_objects import SnmpObjects
from simulators.front_ends.troubles import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulators.front_ends.ber import Oid
    from simulators.front_ends.troubles import Trouble

logger = logging.getLogger("greendc.simulators.snmp")


class SnmpAgent(asyncio.DatagramProtocol):
    """One agent on one UDP port. ``values`` gives the BER encoding of each instance at the time it is called."""

    def __init__(
        self, access: Access | str, values: Mapping[Oid, Callable[[], bytes]], line: Callable[[], Trouble] = quiet
    ) -> None:
        """Prepare the agent; it serves when a datagram endpoint is made of it.

        A text as ``access`` is a v2c community; ``line`` tells what is wrong on the way to the device now.
        """
        self._access = Community(access) if isinstance(access, str) else access
        self._objects = SnmpObjects(values)
        self._line = line
        self._transport: asyncio.DatagramTransport | None = None
        self._draw = random.Random(len(values)).random
        self.answered = 0
        self.ignored = 0
        self.lost = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket to answer on."""
        # The loop's own datagram transports do not derive from asyncio.DatagramTransport on every version.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one request; what is no request of ours is counted and ignored."""
        trouble = self._line()
        if trouble.offline or (trouble.loss_ratio and self._draw() < trouble.loss_ratio):
            self.lost += 1
            return
        try:
            answer = self.respond(data)
        except BerError as error:
            logger.debug("ignored a datagram from %s: %s", addr, error)
            answer = None
        if answer is None:
            self.ignored += 1
            return
        self.answered += 1
        if trouble.delay_s:
            asyncio.get_running_loop().call_later(trouble.delay_s, self._send, answer, addr)
        else:
            self._send(answer, addr)

    def respond(self, data: bytes) -> bytes | None:
        """Return the response to a message, or None when it is not answered at all.

        Raises:
            BerError: the bytes are no SNMP message.
        """
        opened = self._access.open(data)
        if opened is None or isinstance(opened, bytes):
            return opened
        response = self._objects.answer(opened.request, opened.most_octets)
        return None if response is None else opened.seal(response)

    def _send(self, answer: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(answer, addr)
