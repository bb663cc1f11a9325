"""Looking for names in files that a reader gets: in every text, in what is packed there, and in metadata."""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.reports.masking.finder import Finder
from analytics.reports.masking.vocabulary import telling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_LONG = 6
"""Shorter names stand in compressed bytes by chance."""
_PIECE, _OVERLAP = 2**20, 2**10
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_HEX = re.compile(rb"<((?:[0-9A-Fa-f]{2}){3,})>")
_LITERAL = re.compile(rb"\(((?:\\.|[^\\()])*)\)", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_URL = re.compile(r"https?://[^\s\"'<>]*")
_MARK = b"\xfe\xff"


class Leak(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A name that stands in a file."""

    file: str
    name: str


def leaks(files: Mapping[str, bytes], identifiers: Collection[str]) -> list[Leak]:
    """Return which of the names stand in files, each once.

    Names that are words of every report, numbers, or shorter than three signs are not looked for: they cannot be
    told from what is no name.
    """
    names = [name for name in identifiers if telling(name)]
    words, anywhere = Finder(names), Finder(name for name in names if len(name) >= _LONG)
    found: set[Leak] = set()
    for file, content in files.items():
        found |= {Leak(file=file, name=name) for _, name in words.found(file)}
        for text in _texts(content):
            found |= {Leak(file=file, name=name) for _, name in words.found(text)}
        for text in _pieces(content):
            found |= {Leak(file=file, name=name) for _, name in anywhere.found(text)}
    return sorted(found)


def _pieces(content: bytes) -> Iterator[str]:
    """Yield the bytes of a file as letters, in pieces that overlap so that no name is cut in two."""
    for at in range(0, len(content), _PIECE):
        yield content[max(0, at - _OVERLAP) : at + _PIECE].decode("latin-1")


def _texts(content: bytes) -> Iterator[str]:
    """Yield all texts of a file by its own form, whatever its name says."""
    if content.startswith(b"PK\x03\x04"):
        yield from _packed(content)
    elif content.startswith(b"%PDF"):
        yield from _pdf(content)
    elif content.startswith(b"PAR1"):
        yield from _parquet(content)
    else:
        yield from _plain(content)


def _plain(content: bytes) -> Iterator[str]:
    text = content.decode("utf-8", "replace")
    if text.lstrip().startswith("<"):
        yield from _marked_up(text)
        return
    yield text
    try:
        yield from _values(msgspec.json.decode(content))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return


def _marked_up(text: str) -> Iterator[str]:
    """Yield words and attributes; addresses of forms are in every file of a kind."""
    yield html.unescape(_TAG.sub(" ", text))
    for tag in _TAG.findall(text):
        yield html.unescape(_URL.sub(" ", tag))


def _values(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _values(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            yield from _values(one)


def _packed(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield archive.comment.decode("utf-8", "replace")
        for entry in archive.infolist():
            yield entry.filename
            yield from _texts(archive.read(entry))


def _pdf(content: bytes) -> Iterator[str]:
    """Yield metadata, names, attachments and alternative texts. Lines of a page are numbers of glyphs, not letters."""
    yield from _strings(content)
    for found in _STREAM.finditer(content):
        try:
            stream = zlib.decompressobj().decompress(found.group(1))
        except zlib.error:
            stream = found.group(1)
        yield from _texts(stream) if not stream.startswith(b"%PDF") else ()
        yield from _strings(stream)


def _strings(content: bytes) -> Iterator[str]:
    for found in _HEX.finditer(content):
        yield _unicode(bytes.fromhex(found.group(1).decode()))
    for found in _LITERAL.finditer(content):
        yield _unicode(found.group(1))


def _unicode(content: bytes) -> str:
    if content.startswith(_MARK):
        return content[len(_MARK) :].decode("utf-16-be", "replace")
    return content.decode("utf-8", "replace")


def _parquet(content: bytes) -> Iterator[str]:
    file = pq.ParquetFile(pa.BufferReader(content))
    for key, value in (file.schema_arrow.metadata or {}).items():
        yield key.decode("utf-8", "replace")
        yield from _plain(value)
    for field in file.schema_arrow:
        yield field.name
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            continue
        for batch in file.iter_batches(columns=[field.name]):
            yield from (str(value) for value in batch.column(0).unique().to_pylist() if value is not None)
