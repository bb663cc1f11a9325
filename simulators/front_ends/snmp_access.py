"""Who may ask an agent, and how a message is opened and sealed: SNMP v2c by a community (RFC 3584)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from simulators.front_ends import ber
from simulators.front_ends.snmp_objects import MOST_OCTETS

VERSION_2C, VERSION_3 = 1, 3


class Opened(msgspec.Struct, frozen=True):
    """A request that may be answered: its PDU, what makes a message of the response, and how long that may be."""

    request: bytes
    seal: Callable[[bytes], bytes]
    most_octets: int = MOST_OCTETS


class Access(Protocol):
    """What an agent checks before it answers."""

    def open(self, data: bytes) -> Opened | bytes | None:
        """Return a request, or a message that says what is wrong with it, or None when it is not answered at all.

        Raises:
            BerError: the bytes are no SNMP message.
        """


class Community:
    """Whoever knows the community may ask; everyone else gets no answer."""

    def __init__(self, community: str) -> None:
        """Take the community."""
        self._community = community.encode()
        self._head = ber.integer(VERSION_2C) + ber.octets(self._community)

    def open(self, data: bytes) -> Opened | None:
        """As `Access.open`."""
        _, message, _ = ber.unpack(data, 0, ber.SEQUENCE)
        version, at = ber.unpack_integer(message, 0)
        if version != VERSION_2C:
            return None
        _, community, at = ber.unpack(message, at, ber.OCTETS)
        return Opened(message[at:], self._seal) if community == self._community else None

    def _seal(self, response: bytes) -> bytes:
        return ber.pack(ber.SEQUENCE, self._head + response)
