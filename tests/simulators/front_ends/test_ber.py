"""BER of SNMP: known encodings, and an agent that survives anything that arrives."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.front_ends import ber
from simulators.front_ends.snmp_agent import SnmpAgent
from simulators.front_ends.snmp_objects import GET, RESPONSE

NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)


def _request(kind: int, first: int, second: int, *names: ber.Oid) -> bytes:
    bindings = b"".join(ber.pack(ber.SEQUENCE, ber.object_id(name) + ber.pack(ber.NULL, b"")) for name in names)
    body = ber.integer(7) + ber.integer(first) + ber.integer(second) + ber.pack(ber.SEQUENCE, bindings)
    return ber.pack(ber.SEQUENCE, ber.integer(1) + ber.octets(b"public") + ber.pack(kind, body))


def _agent() -> SnmpAgent:
    return SnmpAgent("public", {NAME: lambda: ber.octets(b"here"), (*NAME[:-2], 6, 0): lambda: ber.integer(5)})


def test_known_encodings() -> None:
    """Numbers and names as X.690 gives them."""
    assert ber.integer(0) == b"\x02\x01\x00"
    assert ber.integer(127) == b"\x02\x01\x7f"
    assert ber.integer(128) == b"\x02\x02\x00\x80"
    assert ber.integer(-128) == b"\x02\x01\x80"
    assert ber.integer(2**32 - 1, ber.COUNTER32) == b"\x41\x05\x00\xff\xff\xff\xff"
    assert ber.object_id((1, 3, 6, 1, 4, 1, 318)) == b"\x06\x07\x2b\x06\x01\x04\x01\x82\x3e"
    assert ber.pack(ber.OCTETS, b"x" * 200)[:3] == b"\x04\x81\xc8"


@given(st.integers(-(2**63), 2**64 - 1))
def test_integers_come_back(value: int) -> None:
    """Any integer that SNMP has survives the way out and back."""
    assert ber.unpack_integer(ber.integer(value), 0)[0] == value


@given(st.lists(st.integers(0, 2**32 - 1), min_size=0, max_size=20))
def test_names_come_back(tail: list[int]) -> None:
    """Any object identifier survives the way out and back."""
    name = (1, 3, *tail)
    assert ber.unpack_object_id(ber.unpack(ber.object_id(name), 0)[1]) == name


def test_get_and_beyond_the_end() -> None:
    """GET gives the value; a name that does not exist and the end of the tree are said as RFC 3416 wants."""
    agent = _agent()
    found = agent.respond(_request(GET, 0, 0, NAME, (1, 3, 9)))
    assert found is not None
    assert found[:1] == b"\x30"
    assert RESPONSE in found
    assert b"here" in found
    assert bytes((ber.NO_SUCH_INSTANCE, 0)) in found
    end = agent.respond(_request(0xA1, 0, 0, (1, 4)))
    assert end is not None
    assert end.endswith(bytes((ber.END_OF_MIB_VIEW, 0)))


def test_bulk_stops_at_the_end() -> None:
    """GETBULK returns no more than there is, and one end mark for each column."""
    answer = _agent().respond(_request(0xA5, 0, 50, (1, 3)))
    assert answer is not None
    assert answer.count(bytes((ber.END_OF_MIB_VIEW, 0))) == 1


@given(st.binary(max_size=200))
def test_no_datagram_breaks_an_agent(data: bytes) -> None:
    """Whatever arrives is answered, ignored, or refused as malformed; nothing else happens."""
    with contextlib.suppress(ber.BerError):
        _agent().respond(data)


@given(st.integers(0, 60), st.integers(0, 255))
def test_no_damaged_request_breaks_an_agent(position: int, octet: int) -> None:
    """One changed octet of a good request does no harm either."""
    data = bytearray(_request(GET, 0, 0, NAME))
    data[position % len(data)] = octet
    with contextlib.suppress(ber.BerError):
        _agent().respond(bytes(data))


def test_cut_off() -> None:
    """A truncated element is an error of its own kind."""
    with pytest.raises(ber.BerError, match="cut off"):
        ber.unpack(b"\x30\x05\x02", 0)
