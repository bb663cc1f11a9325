"""The steps of one series as bytes, as the rollups are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from greendc.columns import pack_floats, pack_ints, unpack_floats, unpack_ints
from greendc.errors import PayloadError
from greendc.storage.steps import Steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from greendc.storage.embedded.rows import Rows


def of_rows(rows: Rows, owner: int) -> Steps:
    """Return each reading as a step of its own."""
    ones = np.ones(len(rows), np.int64)
    known = (~np.isnan(rows.value)).astype(np.int64)
    value = rows.value
    rise = np.where(known > 0, 0.0, np.nan)
    return Steps(ones * owner, rows.time_ns, ones, known, value, value, value, value, value, rise)


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """Steps of one series. ``places`` are their numbers since 1970, empty when they follow ``first`` without a gap."""

    rows: int
    first: int
    places: bytes
    count: bytes
    known: bytes
    total: bytes
    values: bytes
    increase: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


def pack_steps(steps: Steps, step_ns: int, *, counter: bool) -> bytes:
    """Return steps of one series as bytes; ``known`` and ``increase`` are left out where they say nothing new."""
    places = steps.time_ns // step_ns
    rows, first = len(steps), int(places[0])
    dense = int(places[-1]) - first == rows - 1
    packed = _Packed(
        rows,
        first,
        b"" if dense else pack_ints(places),
        pack_ints(steps.count),
        b"" if np.array_equal(steps.count, steps.known) else pack_ints(steps.known),
        pack_floats(steps.total),
        pack_floats(np.concatenate((steps.low, steps.high, steps.first, steps.last))),
        pack_floats(steps.increase) if counter else b"",
    )
    return _encoder.encode(packed)


def unpack_steps(data: bytes, owner: int, step_ns: int) -> Steps:
    """Return the steps that `pack_steps` made bytes of.

    Raises:
        PayloadError: the bytes are damaged.
    """
    try:
        found = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PayloadError(f"a rollup cannot be read: {error}") from error
    rows = found.rows
    places = unpack_ints(found.places) if found.places else np.arange(found.first, found.first + rows)
    count = unpack_ints(found.count)
    values = unpack_floats(found.values)
    columns: list[NDArray[Any]] = [
        np.full(rows, owner, np.int64),
        places * step_ns,
        count,
        unpack_ints(found.known) if found.known else count,
        unpack_floats(found.total),
        *(values[place * rows : (place + 1) * rows] for place in range(4)),
        unpack_floats(found.increase) if found.increase else np.full(rows, np.nan),
    ]
    steps = Steps(*columns)
    if any(len(column) != rows for column in steps.columns()):
        raise PayloadError("a rollup has columns of different length")
    return steps
