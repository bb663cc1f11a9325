"""What an agent has and how it is asked for: GET, GETNEXT and GETBULK over OIDs, whatever the message around them.

SET is answered with ``notWritable``, as RFC 3416 and common agents do.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from simulators.front_ends import ber

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulators.front_ends.ber import Oid

GET, GET_NEXT, RESPONSE, SET, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
TOO_BIG, NOT_WRITABLE = 1, 17
MOST_OCTETS = 8000
"""A response is no longer, whatever the other side takes."""


class SnmpObjects:
    """The objects of an agent. ``values`` gives the BER encoding of each instance at the time it is called."""

    def __init__(self, values: Mapping[Oid, Callable[[], bytes]]) -> None:
        """Put the objects in order."""
        self._order = sorted(values)
        self._values = [values[oid] for oid in self._order]
        self._names = [ber.object_id(oid) for oid in self._order]
        self._positions = {oid: position for position, oid in enumerate(self._order)}

    def answer(self, request: bytes, most_octets: int = MOST_OCTETS) -> bytes | None:
        """Return the response to a request (both are PDUs), None when it is none that is answered.

        Raises:
            BerError: the bytes are no PDU.
        """
        kind, body, _ = ber.unpack(request, 0)
        number, at = ber.unpack_integer(body, 0)
        first, at = ber.unpack_integer(body, at)
        second, at = ber.unpack_integer(body, at)
        _, bindings, _ = ber.unpack(body, at, ber.SEQUENCE)
        if kind == SET:
            return _response(number, NOT_WRITABLE, 1, bindings)
        most_octets = min(most_octets, MOST_OCTETS)
        names = _names(bindings)
        if kind == GET:
            found = [self._get(name) for name in names]
        elif kind == GET_NEXT:
            found = [self._binding(bisect_right(self._order, name), name) for name in names]
        elif kind == GET_BULK:
            found = self._bulk(names, max(0, first), max(0, second), most_octets)
        else:
            return None
        if sum(map(len, found)) > most_octets:
            return _response(number, TOO_BIG, 0, b"")
        return _response(number, 0, 0, b"".join(found))

    def _get(self, oid: Oid) -> bytes:
        position = self._positions.get(oid)
        if position is None:
            return ber.pack(ber.SEQUENCE, ber.object_id(oid) + ber.pack(ber.NO_SUCH_INSTANCE, b""))
        return ber.pack(ber.SEQUENCE, self._names[position] + self._values[position]())

    def _binding(self, position: int, asked: Oid) -> bytes:
        """Return the object at a place in the order, or the end mark for what was asked."""
        if position >= len(self._order):
            return ber.pack(ber.SEQUENCE, ber.object_id(asked) + ber.pack(ber.END_OF_MIB_VIEW, b""))
        return ber.pack(ber.SEQUENCE, self._names[position] + self._values[position]())

    def _bulk(self, names: list[Oid], non_repeaters: int, repetitions: int, most_octets: int) -> list[bytes]:
        places = [bisect_right(self._order, name) for name in names]
        found = [self._binding(place, names[i]) for i, place in enumerate(places[:non_repeaters])]
        size = sum(map(len, found))
        columns = list(zip(places[non_repeaters:], names[non_repeaters:], strict=True))
        for repetition in range(repetitions):
            for place, asked in columns:
                last = self._order[-1] if place < len(self._order) else asked
                binding = self._binding(place + repetition, last)
                if size + len(binding) > most_octets and found:
                    return found
                found.append(binding)
                size += len(binding)
            if all(place + repetition >= len(self._order) for place, _ in columns):
                break
        return found


def _response(number: int, status: int, index: int, bindings: bytes) -> bytes:
    body = ber.integer(number) + ber.integer(status) + ber.integer(index) + ber.pack(ber.SEQUENCE, bindings)
    return ber.pack(RESPONSE, body)


def _names(bindings: bytes) -> list[Oid]:
    names: list[Oid] = []
    at = 0
    while at < len(bindings):
        _, binding, at = ber.unpack(bindings, at, ber.SEQUENCE)
        _, content, _ = ber.unpack(binding, 0, ber.OBJECT)
        names.append(ber.unpack_object_id(content))
    return names
