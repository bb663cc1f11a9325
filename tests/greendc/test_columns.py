"""Batches and columns as bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.columns import (
    pack,
    pack_floats,
    pack_ints,
    unpack,
    unpack_floats,
    unpack_ints,
)
from greendc.errors import PayloadError
from greendc.model import Batch, Quality, Reading

NAMES = ("pdu 1", "机柜", "🔥", 'he said "no"')
SECOND = 10**9

numbers = st.one_of(st.none(), st.just(-0.0), st.floats(allow_nan=False, allow_infinity=False))


def _reading(time_ns: int, device: str, part: str, value: float | None, quality: Quality, reason: str) -> Reading:
    return Reading(
        time_ns=time_ns,
        site="s",
        device=device,
        part=part,
        quantity="active_power_w",
        value=value,
        quality=Quality.BAD if value is None else quality,
        reason=reason,
    )


readings = st.builds(
    _reading,
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from(NAMES),
    st.text(max_size=5),
    numbers,
    st.sampled_from(Quality),
    st.text(max_size=8),
)


def _batch(rows: list[Reading]) -> Batch:
    batch = Batch()
    for row in rows:
        batch.append(row)
    return batch


@given(st.lists(readings, max_size=40))
def test_a_batch_comes_back_bit_by_bit(rows: list[Reading]) -> None:
    """Whatever readings a batch holds, in whatever order, it is the same after packing, and can be added to."""
    batch = _batch(rows)
    again = unpack(pack(batch))
    assert again.series == batch.series
    assert again.reasons == batch.reasons
    for name in ("index", "time_ns", "value", "quality", "reason"):
        one, two = getattr(batch, name), getattr(again, name)
        assert one.typecode == two.typecode
        assert one.tobytes() == two.tobytes()
    assert [again.reading(row) for row in range(len(again))] == rows
    again.append(_reading(1, "new", "", 1.0, Quality.GOOD, ""))
    assert again.reading(len(rows)).device == "new"


@given(st.lists(st.floats(width=64)))
def test_floats_come_back_bit_by_bit(values: list[float]) -> None:
    """NaN, infinities and both zeros survive."""
    column = np.array(values, np.float64)
    assert unpack_floats(pack_floats(column)).tobytes() == column.tobytes()


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_come_back(values: list[int]) -> None:
    """All 64 bits survive."""
    assert unpack_ints(pack_ints(np.array(values, np.int64))).tolist() == values


def test_quantised_telemetry_is_small() -> None:
    """A day of whole watts each 20 s, regular in time, takes less than 2 bytes a reading."""
    noise = np.random.default_rng(1)
    batch = _batch([])
    batch.position(_reading(0, "meter", "", 1.0, Quality.GOOD, "").key)
    rows = 4320
    batch.index.frombytes(bytes(4 * rows))
    batch.time_ns.extend(range(0, rows * 20 * SECOND, 20 * SECOND))
    batch.value.extend(np.cumsum(noise.integers(-20, 21, rows)) + 5000.0)
    batch.quality.frombytes(bytes(rows))
    batch.reason.frombytes(bytes(2 * rows))
    assert len(pack(batch)) < 2 * rows


def test_damage_is_told() -> None:
    """Bytes that are cut or changed raise an error of ours, or at least give no batch of another length."""
    rows = [_reading(n * SECOND, NAMES[n % 4], "", None if n % 9 == 0 else n / 7, Quality.GOOD, "") for n in range(200)]
    whole = pack(_batch(rows))
    for cut in range(0, len(whole), 7):
        with pytest.raises(PayloadError):
            unpack(whole[:cut])
    for place in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        try:
            found = unpack(bytes(changed))
        except PayloadError:
            continue
        assert len(found) == len(found.value) == len(found.quality)
    with pytest.raises(PayloadError, match="column"):
        unpack_ints(pack_floats(np.array([1.0])))
    with pytest.raises(PayloadError, match="column"):
        unpack_floats(b"\0" * 10)


def test_bytes_of_a_newer_version_are_told() -> None:
    """A version that is not known is refused, not guessed at."""
    whole = pack(_batch([]))
    assert whole[1] == 1
    with pytest.raises(PayloadError, match="version 2"):
        unpack(whole[:1] + b"\x02" + whole[2:])


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50), st.data())
def test_one_flipped_bit_is_found(values: list[int], data: st.DataObject) -> None:
    """No bit of a packed column can change without a word."""
    packed = bytearray(pack_ints(np.array(values, np.int64)))
    bit = data.draw(st.integers(0, 8 * len(packed) - 1))
    packed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(PayloadError, match="checksum"):
        unpack_ints(bytes(packed))
