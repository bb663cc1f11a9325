"""Readings summed up in steps of time, and steps summed up in longer steps; rollups as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from greendc.columns import pack_floats, pack_ints, unpack_floats, unpack_ints
from greendc.errors import PayloadError
from greendc.storage.embedded.rows import Floats, Index, Ints, stretches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from greendc.storage.embedded.rows import Rows


class Steps(msgspec.Struct, frozen=True):
    """Steps of several owners (series, or days of them), sorted by owner and time.

    ``count`` readings, ``known`` of them with a value; the other columns are NaN where ``known`` is 0. ``increase`` is
    the sum of the rises between known neighbours, of use for counters only.
    """

    owner: Ints
    time_ns: Ints
    count: Ints
    known: Ints
    total: Floats
    low: Floats
    high: Floats
    first: Floats
    last: Floats
    increase: Floats

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.time_ns)

    def taken(self, index: Index) -> Steps:
        """Return some of the steps: a slice, a mask or positions."""
        return Steps(*(column[index] for column in self.columns()))

    def columns(self) -> tuple[NDArray[Any], ...]:
        """Return the columns in the order of the fields."""
        return tuple(getattr(self, name) for name in self.__struct_fields__)


def joined_steps(parts: Sequence[Steps]) -> Steps:
    """Return all steps of the parts, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*(part.columns() for part in parts), strict=True)
    return Steps(*(np.concatenate(column) for column in columns)) if parts else no_steps()


def no_steps() -> Steps:
    """Return no steps."""
    counts, values = np.empty(0, np.int64), np.empty(0)
    return Steps(counts, counts, counts, counts, values, values, values, values, values, values)


def of_rows(rows: Rows, owner: int) -> Steps:
    """Return each reading as a step of its own."""
    ones = np.ones(len(rows), np.int64)
    known = (~np.isnan(rows.value)).astype(np.int64)
    value = rows.value
    rise = np.where(known > 0, 0.0, np.nan)
    return Steps(ones * owner, rows.time_ns, ones, known, value, value, value, value, value, rise)


def summed(steps: Steps, step_ns: int) -> Steps:
    """Return the steps in longer ones, which begin at multiples of ``step_ns``."""
    start_ns = steps.time_ns - steps.time_ns % step_ns
    begins, _ends = stretches(steps.owner, start_ns)
    if not len(begins):
        return steps
    known = np.add.reduceat(steps.known, begins)
    with_value = steps.known > 0
    place, numbers = _summed_values(
        steps if with_value.all() else steps.taken(with_value),
        start_ns if with_value.all() else start_ns[with_value],
    )
    columns = [np.full(len(begins), np.nan) for _one in numbers]
    if len(place):
        targets = np.flatnonzero(known > 0)
        for column, found in zip(columns, numbers, strict=True):
            column[targets] = found
    return Steps(steps.owner[begins], start_ns[begins], np.add.reduceat(steps.count, begins), known, *columns)


def _summed_values(steps: Steps, start_ns: Ints) -> tuple[NDArray[np.intp], list[Floats]]:
    """Return where the groups of steps that have values begin, and their totals, lows, highs, firsts, lasts, rises."""
    begins, ends = stretches(steps.owner, start_ns)
    if not len(begins):
        return begins, [np.empty(0) for _one in range(6)]
    with np.errstate(over="ignore"):  # the largest doubles add up to infinity, which is what their sum is
        return begins, _group_values(steps, begins, ends)


def _group_values(steps: Steps, begins: NDArray[np.intp], ends: NDArray[np.intp]) -> list[Floats]:
    rise = steps.increase.copy()
    rise[1:] += np.maximum(steps.first[1:] - steps.last[:-1], 0.0)
    rise[begins] = steps.increase[begins]
    return [
        np.add.reduceat(steps.total, begins),
        np.minimum.reduceat(steps.low, begins),
        np.maximum.reduceat(steps.high, begins),
        steps.first[begins],
        steps.last[ends - 1],
        np.add.reduceat(rise, begins),
    ]


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
