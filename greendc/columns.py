"""Batches and single columns as bytes, compressed by pcodec without loss.

Only what has numpy and pcodec (the server extra) may import this module. The bytes live inside our SQLite files and in
memory; they are no format for exchange.
"""

from __future__ import annotations

import zlib
from array import array
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np
from pcodec import ChunkConfig, standalone

from greendc.errors import PayloadError
from greendc.model import Batch, SeriesKey

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Ints: TypeAlias = "NDArray[np.int64]"

VERSION = 1

_CONFIG = ChunkConfig(compression_level=4)
"""Level 4 takes less time than the default 8, for 1 % more bytes on quantised telemetry."""

_CHECK_BYTES = 4

_CODES = ("I", "q", "d", "B", "H")
"""Types of `Batch.index`, `time_ns`, `value`, `quality` and `reason`, for `array` and for numpy alike."""

_STORED = {"B": "H"}
"""pcodec has no 8-bit integers."""


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """A batch. Empty bytes stand for a column of zeros; the columns are in the order of `_CODES`."""

    version: int
    rows: int
    series: list[tuple[str, str, str, str]]
    reasons: list[str]
    columns: list[bytes]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


def pack(batch: Batch) -> bytes:
    """Return a batch as bytes: every bit of it, its order included."""
    arrays: tuple[array[Any], ...] = (batch.index, batch.time_ns, batch.value, batch.quality, batch.reason)
    columns = [_pack_column(np.frombuffer(column, code), code) for column, code in zip(arrays, _CODES, strict=True)]
    series = [(key.site, key.device, key.part, key.quantity) for key in batch.series]
    return _encoder.encode(_Packed(VERSION, len(batch), series, batch.reasons, columns))


def unpack(data: bytes) -> Batch:
    """Return the batch that `pack` made bytes of.

    Raises:
        PayloadError: the bytes are damaged, or a newer greendc made them.
    """
    try:
        found = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PayloadError(f"a packed batch cannot be read: {error}") from error
    if found.version != VERSION or len(found.columns) != len(_CODES):
        raise PayloadError(f"a packed batch of version {found.version} cannot be read")
    batch = Batch()
    for names in found.series:
        batch.position(SeriesKey(*names))
    batch.reasons = found.reasons
    filled = [_unpack_column(column, found.rows, code) for column, code in zip(found.columns, _CODES, strict=True)]
    batch.index, batch.time_ns, batch.value, batch.quality, batch.reason = filled
    if found.rows and (max(batch.index) >= len(batch.series) or max(batch.reason) >= len(batch.reasons)):
        raise PayloadError("a packed batch names a series or a reason that it does not have")
    return batch


def pack_floats(values: Floats) -> bytes:
    """Return numbers as bytes; NaN and the sign of zero are kept."""
    return _compressed(np.ascontiguousarray(values, np.float64))


def unpack_floats(data: bytes) -> Floats:
    """Return the numbers that `pack_floats` made bytes of.

    Raises:
        PayloadError: the bytes are damaged.
    """
    return _decompressed(data, np.dtype(np.float64))


def pack_ints(values: Ints) -> bytes:
    """Return 64-bit integers as bytes: times, counts, positions."""
    return _compressed(np.ascontiguousarray(values, np.int64))


def unpack_ints(data: bytes) -> Ints:
    """Return the integers that `pack_ints` made bytes of.

    Raises:
        PayloadError: the bytes are damaged.
    """
    return _decompressed(data, np.dtype(np.int64))


def _pack_column(column: NDArray[np.generic], code: str) -> bytes:
    # The bits decide: a column of minus zeros is no column of zeros.
    if not column.view(np.uint8).any():
        return b""
    return _compressed(column.astype(_STORED.get(code, code)))


def _unpack_column(data: bytes, rows: int, code: str) -> array[Any]:
    filled = array(code)
    if data:
        filled.frombytes(_decompressed(data, np.dtype(_STORED.get(code, code))).astype(code).tobytes())
    else:
        filled.frombytes(bytes(rows * filled.itemsize))
    if len(filled) != rows:
        raise PayloadError(f"a packed batch has columns of {len(filled)} and {rows} readings")
    return filled


def _compressed(column: NDArray[Any]) -> bytes:
    packed: bytes = standalone.simple_compress(column, _CONFIG)
    # pcodec has no checksum: one flipped bit of a file would be another reading, and nobody would know.
    return zlib.crc32(packed).to_bytes(_CHECK_BYTES, "big") + packed


def _decompressed(data: bytes, kind: np.dtype[Any]) -> NDArray[Any]:
    check, packed = data[:_CHECK_BYTES], data[_CHECK_BYTES:]
    if zlib.crc32(packed).to_bytes(_CHECK_BYTES, "big") != check:
        raise PayloadError("a packed column is not what was written: its checksum differs")
    try:
        found: NDArray[Any] | None = standalone.simple_decompress(packed)
    except RuntimeError as error:
        raise PayloadError(f"a packed column cannot be read: {error}") from error
    if found is None:
        return np.empty(0, kind)
    if found.dtype != kind:
        raise PayloadError(f"a packed column holds {found.dtype}, not {kind}")
    return found
