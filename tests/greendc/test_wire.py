"""Payloads survive the round trip, and nothing that arrives can do worse than be refused."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc import wire
from greendc.errors import PayloadError
from greendc.model import Quality, Reading

NOW_NS = 1_760_000_000_000_000_000


def readings() -> st.SearchStrategy[Reading]:
    """Make readings that any collector could take."""
    known = st.builds(
        Reading,
        time_ns=st.integers(0, 2**62),
        site=st.just("hall"),
        device=st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,20}\Z"),
        part=st.sampled_from(["", "phase/l1", "outlet/12", "eth0", "机柜 3"]),
        quantity=st.sampled_from(["active_power_w", "reactive_power_var"]),
        value=st.floats(-1e9, 1e9),
        quality=st.sampled_from([Quality.GOOD, Quality.UNCERTAIN]),
        reason=st.sampled_from(["", "clock_step"]),
    )
    return known | known.map(
        lambda reading: msgspec.structs.replace(reading, value=None, quality=Quality.BAD, reason="no_answer")
    )


def raw(payload: bytes) -> list[Any]:
    """Return a message as the plain list that it is."""
    plain: list[Any] = msgspec.msgpack.decode(payload)
    return plain


def good(seq: int = 1, value: float = 1.5) -> wire.Row:
    """Make one row that everybody accepts."""
    return wire.Row(
        seq,
        Reading(time_ns=NOW_NS + seq, site="hall", device="pdu-1", part="", quantity="active_power_w", value=value),
    )


@given(st.lists(st.tuples(st.integers(1, 1000), readings()), max_size=60), st.integers(200, 4000))
def test_round_trip(steps: list[tuple[int, Reading]], limit: int) -> None:
    """Rows come out as they went in, over as many messages as the size limit asks for."""
    seq = 0
    rows = [wire.Row(seq := seq + step, reading) for step, reading in steps]
    got: list[wire.Row] = []
    left = list(rows)
    while left:
        payload, taken = wire.pack("hall", "edge-01", "e1", left, limit)
        assert len(payload) <= limit or len(taken) == 1
        data = wire.decode_data(payload, "hall", "edge-01")
        assert not data.refused
        got += data.rows
        left = left[len(taken) :]
    assert got == rows
    assert [math.copysign(1, r.reading.value or 0) for r in got] == [
        math.copysign(1, r.reading.value or 0) for r in rows
    ]


def test_compact() -> None:
    """A steady stream of one device costs less than 16 bytes a reading."""
    rows = [good(seq, 230.1 + seq / 7) for seq in range(1, 501)]
    payload, taken = wire.pack("hall", "edge-01", "e1", rows)
    assert len(taken) == 500
    assert len(payload) < 16 * 500


@given(st.binary(max_size=300))
def test_noise(noise: bytes) -> None:
    """Random bytes are refused as what they are: no payload."""
    for decode in (
        lambda: wire.decode_data(noise, "hall", "edge-01"),
        lambda: wire.decode_ack(noise),
        lambda: wire.decode_report(noise, "hall", "edge-01"),
    ):
        with pytest.raises(PayloadError):
            decode()


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.integers(-5, 5) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.integers(0, 9), JUNK, st.integers(0, 2))
def test_forged_columns(column: int, junk: object, row: int) -> None:
    """Whatever stands in a column, the answer is rows, refused rows or PayloadError."""
    plain = raw(wire.encode_data("hall", "edge-01", "e1", [good(1), good(2), good(3)]))
    whole, single = list(plain), list(plain)
    whole[column] = junk
    if isinstance(plain[column], list):
        single[column] = [*plain[column][:row], junk, *plain[column][row + 1 :]]
    for forged in (whole, single):
        try:
            data = wire.decode_data(msgspec.msgpack.encode(forged), "hall", "edge-01")
        except PayloadError:
            continue
        assert all(math.isfinite(r.reading.value or 0) for r in data.rows)
        assert len(data.rows) + len(data.refused) <= 3


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, "not_a_number"),
        (math.inf, "not_a_number"),
        ("=cmd()", "not_a_number"),
        (True, "not_a_number"),
        (1e30, "out_of_range"),
        (None, "good_without_value"),
    ],
)
def test_one_bad_value_is_refused_alone(value: object, reason: str) -> None:
    """A value that cannot be is named with its number; its neighbours are kept."""
    plain = raw(wire.encode_data("hall", "edge-01", "e1", [good(7), good(8), good(9)]))
    plain[8][1] = value
    data = wire.decode_data(msgspec.msgpack.encode(plain), "hall", "edge-01")
    assert [row.seq for row in data.rows] == [7, 9]
    assert [(r.seq, r.reason) for r in data.refused] == [(8, reason)]


def test_a_bad_reading_has_no_value() -> None:
    """A value that its sender itself calls bad is held back; a bad reading without one says what it should."""
    made = {"time_ns": NOW_NS, "site": "hall", "device": "pdu-1", "part": "", "quantity": "active_power_w"}
    valued = Reading(**made, value=9.0, quality=Quality.BAD, reason="odd")  # type: ignore[arg-type]  # one dict for two
    empty = Reading(**made, value=None, quality=Quality.BAD, reason="no_answer")  # type: ignore[arg-type]  # as above
    payload = wire.encode_data("hall", "edge-01", "e1", [wire.Row(1, valued), wire.Row(2, empty)])
    data = wire.decode_data(payload, "hall", "edge-01")
    assert [row.reading for row in data.rows] == [empty]
    assert [(r.seq, r.reason) for r in data.refused] == [(1, "bad_with_value")]


@pytest.mark.parametrize(
    ("device", "part", "quantity", "reason"),
    [
        ("../x", "", "active_power_w", "bad_name"),
        ("pdu-1\n", "", "active_power_w", "bad_name"),
        ("pdu-1", "=1+1", "active_power_w", "bad_name"),
        ("pdu-1", "a\tb", "active_power_w", "bad_name"),
        ("pdu-1", "x" * 4000, "active_power_w", "bad_name"),
        ("pdu-1", "", "bogus_w", "unknown_quantity"),
    ],
)
def test_bad_names_are_refused_alone(device: str, part: str, quantity: str, reason: str) -> None:
    """A name that could hurt a file, a page or a spreadsheet does not get in, however long it is."""
    bad = Reading(time_ns=NOW_NS, site="hall", device=device, part=part, quantity=quantity, value=1.0)
    payload = wire.encode_data("hall", "edge-01", "e1", [good(1), wire.Row(2, bad), good(3)])
    data = wire.decode_data(payload, "hall", "edge-01")
    assert [row.seq for row in data.rows] == [1, 3]
    assert [(r.seq, r.reason) for r in data.refused] == [(2, reason)]


def test_limits_and_origin() -> None:
    """Oversize, deep nesting, a foreign node and another version are refused as a whole."""
    payload = wire.encode_data("hall", "edge-01", "e1", [good()])
    plain = raw(payload)
    with pytest.raises(PayloadError, match="bytes are more"):
        wire.decode_data(b"\x00" * (wire.MAX_BYTES + 1), "hall", "edge-01")
    with pytest.raises(PayloadError):
        wire.decode_data(b"\x91" * 60_000, "hall", "edge-01")
    with pytest.raises(PayloadError, match="topic"):
        wire.decode_data(payload, "hall", "edge-02")
    with pytest.raises(PayloadError, match="version"):
        wire.decode_data(msgspec.msgpack.encode([9, *plain[1:]]), "hall", "edge-01")
    with pytest.raises(PayloadError, match="rise"):
        wire.decode_data(wire.encode_data("hall", "edge-01", "e1", [good(2), good(2)]), "hall", "edge-01")


def test_topics() -> None:
    """Only our own topics have a site and a node."""
    assert wire.split_topic(wire.topic("hall", "edge-01", "data")) == ("hall", "edge-01", "data")
    for other in ("greendc/v2/hall/edge-01/data", "greendc/v1/hall/../data", "greendc/v1/hall/data", ""):
        with pytest.raises(PayloadError):
            wire.split_topic(other)


def test_ack_and_report() -> None:
    """Acknowledgements and reports survive the round trip; one with a backward range does not."""
    ack = wire.Ack("e1", 7, [(9, 12)])
    assert wire.decode_ack(wire.encode_ack(ack)) == ack
    with pytest.raises(PayloadError):
        wire.decode_ack(wire.encode_ack(wire.Ack("e1", 7, [(12, 9)])))
    hours = [wire.HourReport(NOW_NS, 10, {"spool_full": 2}, [(3, 10)])]
    report = wire.NodeReport(site="hall", node="edge-01", epoch="e1", time_ns=NOW_NS, head=10, hours=hours)
    assert wire.decode_report(wire.encode_report(report), "hall", "edge-01") == report
    with pytest.raises(PayloadError):
        wire.decode_report(wire.encode_report(report), "hall", "edge-02")
