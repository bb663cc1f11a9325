"""Columns of a plain Parquet file, read without trust: no part of a stranger's file reaches code that may fall over it.

Only what `analytics.reports.package.readings` writes is read: required columns, not compressed, plainly encoded. So
no more comes out than goes in. The layout is that of the Apache Parquet format, whose headers are in Thrift's compact
protocol; every step is checked against the length of the file.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Column: TypeAlias = "NDArray[np.int64] | NDArray[np.float64] | NDArray[np.bool_] | list[str]"

MAGIC = b"PAR1"
BOOLEAN, INT64, DOUBLE, TEXT = 0, 2, 5, 6
"""Physical types."""
_DATA_PAGE, _PLAIN, _REQUIRED, _UNCOMPRESSED = 0, 0, 0, 0
_TAIL = 8
_DEPTH = 10
_LONGEST_VARINT = 10
_LONGEST_HEADER = 64 * 1024
"""Bytes of a header; each may become an object of a hundred, and the columns that greendc writes need far less."""
_STOP, _TRUE, _FALSE, _BINARY, _LIST, _SET, _STRUCT = 0, 1, 2, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)
_SIZES = {3: 1, 7: 8}
"""A byte and a double, which no header needs."""
_LONG_LIST = 15

Fields: TypeAlias = "dict[int, object]"


class LayoutError(ValueError):
    """A file is not laid out as greendc writes it; the message says in a word what is wrong."""


class _Thrift:
    """Structures in Thrift's compact protocol within a file."""

    def __init__(self, content: bytes, at: int, end: int) -> None:
        self._content = content
        self.at = at
        self._end = min(end, len(content))

    def fields(self, depth: int = 0) -> Fields:
        """Return the fields of a structure by their number."""
        if depth > _DEPTH:
            raise LayoutError("unreadable")
        found: Fields = {}
        number = 0
        while True:
            head = self._byte()
            if head == _STOP:
                return found
            delta, kind = head >> 4, head & 15
            number = number + delta if delta else self._integer()
            found[number] = self._value(kind, depth, in_field=True)

    def _value(self, kind: int, depth: int, *, in_field: bool = False) -> object:
        if kind in {_TRUE, _FALSE}:
            return kind == _TRUE if in_field else self._byte() == _TRUE
        if kind in _INTEGERS:
            return self._integer()
        if kind == _STRUCT:
            return self.fields(depth + 1)
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in {_LIST, _SET}:
            return self._list(depth)
        if kind in _SIZES:
            return self._bytes(_SIZES[kind])
        raise LayoutError("unreadable")

    def _list(self, depth: int) -> list[object]:
        if depth > _DEPTH:
            raise LayoutError("unreadable")
        head = self._byte()
        count = self._varint() if head >> 4 == _LONG_LIST else head >> 4
        # Each value takes a byte at least.
        if count > self._end - self.at:
            raise LayoutError("unreadable")
        return [self._value(head & 15, depth + 1) for _ in range(count)]

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = 0
        for i in range(_LONGEST_VARINT):
            byte = self._byte()
            value |= (byte & 0x7F) << (7 * i)
            if byte < 0x80:  # noqa: PLR2004 (the highest bit says that more follows)
                return value
        raise LayoutError("unreadable")

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, count: int) -> bytes:
        if count > self._end - self.at:
            raise LayoutError("unreadable")
        self.at += count
        return self._content[self.at - count : self.at]


def columns_of(content: bytes, types: Mapping[str, int], most_rows: int) -> dict[str, Column]:
    """Return the columns of a file by name, in this order and of these physical types.

    Raises:
        LayoutError: ``unreadable``, ``other_columns``, ``compressed`` or ``too_big``.
    """
    if len(content) < 2 * len(MAGIC) + _TAIL or content[:4] != MAGIC or content[-4:] != MAGIC:
        raise LayoutError("unreadable")
    (length,) = struct.unpack("<I", content[-_TAIL:-4])
    start = len(content) - _TAIL - length
    if start < len(MAGIC) or length > _LONGEST_HEADER:
        raise LayoutError("unreadable")
    about = _Thrift(content, start, len(content) - _TAIL).fields()
    rows = _number(about, 3)
    if rows > most_rows:
        raise LayoutError("too_big")
    leaves = [_struct(one) for one in _items(about, 2)[1:]]
    shape = [(_name(one, 4), one.get(1), one.get(3)) for one in leaves]
    if shape != [(name, kind, _REQUIRED) for name, kind in types.items()]:
        raise LayoutError("other_columns")
    groups = [_struct(one) for one in _items(about, 4)]
    if len(groups) > 1 or (rows and not groups):
        raise LayoutError("other_columns")
    chunks = [_struct(_struct(one).get(3)) for one in _items(groups[0], 1)] if groups else [{}] * len(types)
    if len(chunks) != len(types):
        raise LayoutError("other_columns")
    body = content[:start]
    return {name: _column(body, chunk, kind, rows) for (name, kind), chunk in zip(types.items(), chunks, strict=True)}


def _column(body: bytes, chunk: Fields, kind: int, rows: int) -> Column:
    """Return the values of one column, page by page."""
    if rows and chunk.get(4) != _UNCOMPRESSED:
        raise LayoutError("compressed")
    parts: list[Column] = []
    at, left = (_number(chunk, 9) if rows else 0), rows
    while left > 0:
        header = _Thrift(body, at, at + _LONGEST_HEADER)
        page = header.fields()
        data = _struct(page.get(5))
        size, count = _number(page, 3), _number(data, 1)
        if page.get(1) != _DATA_PAGE or data.get(2) != _PLAIN or size != page.get(2):
            raise LayoutError("compressed")
        at = header.at + size
        if not 0 < count <= left or at > len(body):
            raise LayoutError("unreadable")
        parts.append(_values(body[header.at : at], kind, count))
        left -= count
    return _together(parts, kind)


def _values(page: bytes, kind: int, count: int) -> Column:
    if kind == TEXT:
        return _texts(page, count)
    size = -(-count // 8) if kind == BOOLEAN else 8 * count
    if len(page) != size:
        raise LayoutError("unreadable")
    if kind == BOOLEAN:
        bits = np.unpackbits(np.frombuffer(page, np.uint8), count=count, bitorder="little")
        return bits.astype(np.bool_)
    return np.frombuffer(page, "<i8" if kind == INT64 else "<f8")


def _texts(page: bytes, count: int) -> list[str]:
    """Return texts; the same text is kept once."""
    known: dict[bytes, str] = {}
    found, at = [], 0
    for _ in range(count):
        end = at + 4
        if end > len(page):
            raise LayoutError("unreadable")
        at, end = end, end + int.from_bytes(page[at:end], "little")
        if end > len(page):
            raise LayoutError("unreadable")
        raw, at = page[at:end], end
        if raw not in known:
            known[raw] = _decoded(raw)
        found.append(known[raw])
    if at != len(page):
        raise LayoutError("unreadable")
    return found


def _together(parts: list[Column], kind: int) -> Column:
    if kind == TEXT:
        return [text for part in parts for text in part if isinstance(text, str)]
    usual: type[np.bool_ | np.int64 | np.float64] = {BOOLEAN: np.bool_, INT64: np.int64, DOUBLE: np.float64}[kind]
    return np.concatenate([np.zeros(0, dtype=usual), *(np.asarray(part, dtype=usual) for part in parts)])


def _number(fields: Fields, number: int) -> int:
    value = fields.get(number)
    if not isinstance(value, int) or value < 0:
        raise LayoutError("unreadable")
    return value


def _items(fields: Fields, number: int) -> list[object]:
    value = fields.get(number)
    if not isinstance(value, list):
        raise LayoutError("unreadable")
    return value


def _struct(value: object) -> Fields:
    if not isinstance(value, dict):
        raise LayoutError("unreadable")
    return value


def _name(fields: Fields, number: int) -> str:
    value = fields.get(number)
    return _decoded(value) if isinstance(value, bytes) else ""


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise LayoutError("unreadable") from error
