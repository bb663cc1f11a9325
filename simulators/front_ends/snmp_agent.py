"""A read-only SNMP v2c agent: GET, GETNEXT and GETBULK over OIDs whose values are asked for when they are needed.

SET is answered with ``notWritable``, a wrong community not at all, as RFC 3416 and common agents do.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from typing import TYPE_CHECKING, cast

from simulators.front_ends import ber

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulators.front_ends.ber import Oid

logger = logging.getLogger("greendc.simulators.snmp")

VERSION_2C = 1
GET, GET_NEXT, RESPONSE, SET, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
NOT_WRITABLE = 17
MOST_RESPONSE_OCTETS = 8000


class SnmpAgent(asyncio.DatagramProtocol):
    """One agent on one UDP port. ``values`` gives the BER encoding of each instance at the time it is called."""

    def __init__(self, community: str, values: Mapping[Oid, Callable[[], bytes]]) -> None:
        """Prepare the agent; it serves when a datagram endpoint is made of it."""
        self._community = community.encode()
        self._values = dict(values)
        self._order = sorted(self._values)
        self._names = {oid: ber.object_id(oid) for oid in self._order}
        self._transport: asyncio.DatagramTransport | None = None
        self.answered = 0
        self.ignored = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket to answer on."""
        # The loop's own datagram transports do not derive from asyncio.DatagramTransport on every version.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one request; what is no request of ours is counted and ignored."""
        try:
            answer = self.respond(data)
        except ber.BerError as error:
            logger.debug("ignored a datagram from %s: %s", addr, error)
            answer = None
        if answer is None or self._transport is None:
            self.ignored += 1
            return
        self.answered += 1
        self._transport.sendto(answer, addr)

    def respond(self, data: bytes) -> bytes | None:
        """Return the response to a request, or None when it is not answered at all.

        Raises:
            BerError: the bytes are no SNMP message.
        """
        _, message, _ = ber.unpack(data, 0, ber.SEQUENCE)
        version, at = ber.unpack_integer(message, 0)
        _, community, at = ber.unpack(message, at, ber.OCTETS)
        kind, body, _ = ber.unpack(message, at)
        if version != VERSION_2C or community != self._community:
            return None
        request, at = ber.unpack_integer(body, 0)
        first, at = ber.unpack_integer(body, at)
        second, at = ber.unpack_integer(body, at)
        _, bindings, _ = ber.unpack(body, at, ber.SEQUENCE)
        if kind == SET:
            return self._response(request, NOT_WRITABLE, 1, bindings)
        names = _names(bindings)
        if kind == GET:
            found = [self._get(name) for name in names]
        elif kind == GET_NEXT:
            found = [self._next(name)[1] for name in names]
        elif kind == GET_BULK:
            found = self._bulk(names, max(0, first), max(0, second))
        else:
            return None
        return self._response(request, 0, 0, b"".join(found))

    def _response(self, request: int, status: int, index: int, bindings: bytes) -> bytes:
        body = ber.integer(request) + ber.integer(status) + ber.integer(index) + ber.pack(ber.SEQUENCE, bindings)
        head = ber.integer(VERSION_2C) + ber.octets(self._community)
        return ber.pack(ber.SEQUENCE, head + ber.pack(RESPONSE, body))

    def _get(self, oid: Oid) -> bytes:
        value = self._values.get(oid)
        if value is None:
            return ber.pack(ber.SEQUENCE, ber.object_id(oid) + ber.pack(ber.NO_SUCH_INSTANCE, b""))
        return ber.pack(ber.SEQUENCE, self._names[oid] + value())

    def _next(self, oid: Oid) -> tuple[Oid | None, bytes]:
        position = bisect_right(self._order, oid)
        if position == len(self._order):
            return None, ber.pack(ber.SEQUENCE, ber.object_id(oid) + ber.pack(ber.END_OF_MIB_VIEW, b""))
        following = self._order[position]
        return following, self._get(following)

    def _bulk(self, names: list[Oid], non_repeaters: int, repetitions: int) -> list[bytes]:
        found = [self._next(name)[1] for name in names[:non_repeaters]]
        size = sum(map(len, found))
        columns: list[Oid] = names[non_repeaters:]
        for _ in range(repetitions):
            ended = 0
            for i, name in enumerate(columns):
                following, binding = self._next(name)
                if size + len(binding) > MOST_RESPONSE_OCTETS and found:
                    return found
                found.append(binding)
                size += len(binding)
                columns[i] = following or name
                ended += following is None
            if ended == len(columns):
                break
        return found


def _names(bindings: bytes) -> list[Oid]:
    names: list[Oid] = []
    at = 0
    while at < len(bindings):
        _, binding, at = ber.unpack(bindings, at, ber.SEQUENCE)
        _, content, _ = ber.unpack(binding, 0, ber.OBJECT)
        names.append(ber.unpack_object_id(content))
    return names
