"""Walking through everything that a store holds, in pieces that fit into memory, and a digest of what was seen.

The digest does not depend on the order of writing, on the store, or on how the walk was cut: each series is hashed by
itself in the order of time, and the series in the order of their names.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow.compute as pc

from greendc.model import Batch, SeriesKey
from greendc.storage.admission import MAX_TIME_NS
from greendc.storage.retention import NS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from greendc.contracts import History

ALL_TIME_NS = MAX_TIME_NS + 1
SERIES_PER_PIECE = 100
ROWS_PER_PIECE = 500_000

_ROW = np.dtype([("time", "<i8"), ("value", "<f8"), ("quality", "u1"), ("reason", "<u8")])


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Some series and a window [start_ns, end_ns) in which they have about ``rows`` readings."""

    keys: Sequence[SeriesKey]
    start_ns: int
    end_ns: int
    rows: int

    def name(self) -> str:
        """Return what tells this piece from others, in one word."""
        text = "\0".join(key.label() for key in self.keys)
        return f"{hashlib.sha256(text.encode()).hexdigest()[:16]}-{self.start_ns}-{self.end_ns}-{self.rows}"


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What a window of a store holds: how many readings of how many series, and a hash of all of them."""

    sha256: str
    readings: int
    series: int


class Digester:
    """Hashes readings as they come by; each series must come in the order of time."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._series: dict[tuple[str, str, str], Any] = {}  # Any: hashlib names no type for its objects
        self._reasons: dict[str, int] = {}
        self.readings = 0

    def add(self, table: pa.Table) -> None:
        """Take in a table of `greendc.contracts.History.raw`."""
        if not table.num_rows:
            return
        rows = np.empty(table.num_rows, _ROW)
        rows["time"] = table["time_ns"].to_numpy()
        # Minus zero is zero: not every store tells them apart.
        rows["value"] = np.nan_to_num(table["value"].to_numpy(), nan=np.inf, posinf=np.inf) + 0.0
        rows["quality"] = table["quality"].to_numpy()
        reason: Any = pc.dictionary_encode(table["reason"]).combine_chunks()
        codes = np.array([self._reason(text) for text in reason.dictionary.to_pylist()], np.uint64)
        rows["reason"] = codes[reason.indices.to_numpy()]
        for name, start, stop in _runs(table):
            found = self._series.setdefault(name, hashlib.sha256())
            found.update(rows[start:stop].tobytes())
        self.readings += table.num_rows

    def _reason(self, text: str) -> int:
        if text not in self._reasons:
            self._reasons[text] = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
        return self._reasons[text]

    def result(self) -> Digest:
        """Return the digest of what came by."""
        whole = hashlib.sha256()
        for name in sorted(self._series):
            whole.update(msgspec.json.encode(name))
            whole.update(self._series[name].digest())
        return Digest(sha256=whole.hexdigest(), readings=self.readings, series=len(self._series))


def pieces(history: History, keys: Sequence[SeriesKey], start_ns: int = 0, end_ns: int = ALL_TIME_NS) -> list[Piece]:
    """Return pieces that together are all readings of some series in a window, each series in the order of time."""
    found = []
    for first in range(0, len(keys), SERIES_PER_PIECE):
        some = list(keys[first : first + SERIES_PER_PIECE])
        days = history.aggregated(some, start_ns, end_ns, NS_PER_DAY)
        starts = days["time_ns"].to_numpy()
        order = np.argsort(starts, kind="stable")
        counts = days["count"].to_numpy()[order]
        begin, last, rows = start_ns, start_ns, 0
        for start, count in zip(starts[order].tolist(), counts.tolist(), strict=True):
            if rows and start > last and rows + count > ROWS_PER_PIECE:
                found.append(Piece(keys=some, start_ns=max(begin, start_ns), end_ns=last + NS_PER_DAY, rows=rows))
                begin, rows = start, 0
            begin = start if not rows else begin
            last, rows = start, rows + count
        if rows:
            end = min(last + NS_PER_DAY, end_ns)
            found.append(Piece(keys=some, start_ns=max(begin, start_ns), end_ns=end, rows=rows))
    return found


def tables(history: History, found: Sequence[Piece]) -> Iterator[pa.Table]:
    """Yield the readings of pieces."""
    for piece in found:
        yield history.raw(piece.keys, piece.start_ns, piece.end_ns)


def digest(history: History, keys: Sequence[SeriesKey], start_ns: int = 0, end_ns: int = ALL_TIME_NS) -> Digest:
    """Return the digest of all readings of some series of one site in a window.

    Raises:
        StoreError: the store does not answer.
    """
    digester = Digester()
    for table in tables(history, pieces(history, keys, start_ns, end_ns)):
        digester.add(table)
    return digester.result()


def batch_of(table: pa.Table, site: str) -> Batch:
    """Return a table of `greendc.contracts.History.raw` as a batch."""
    batch = Batch()
    index = np.empty(table.num_rows, np.uint32)
    for (device, part, quantity), start, stop in _runs(table):
        index[start:stop] = batch.position(SeriesKey(site, device, part, quantity))
    reason: Any = pc.dictionary_encode(table["reason"]).combine_chunks()
    texts = reason.dictionary.to_pylist() if table.num_rows else []
    batch.reasons = ["", *(text for text in texts if text)]
    places = np.array([batch.reasons.index(text) for text in texts], np.uint16)
    batch.index = array("I", index.tobytes())
    batch.time_ns = array("q", table["time_ns"].to_numpy().tobytes())
    batch.value = array("d", table["value"].to_numpy().astype(np.float64).tobytes())
    batch.quality = array("B", table["quality"].to_numpy().tobytes())
    batch.reason = array("H", places[reason.indices.to_numpy()].tobytes() if table.num_rows else b"")
    return batch


def _runs(table: pa.Table) -> Iterator[tuple[tuple[str, str, str], int, int]]:
    """Yield device, part and quantity of each stretch of rows of one series, with its first row and that behind it."""
    if not table.num_rows:
        return
    codes, names = [], []
    for column in ("device", "part", "quantity"):
        encoded: Any = pc.dictionary_encode(table[column]).combine_chunks()
        codes.append(encoded.indices.to_numpy())
        names.append(encoded.dictionary.to_pylist())
    changed = np.zeros(table.num_rows - 1, np.bool_)
    for code in codes:
        changed |= np.diff(code) != 0
    edges = [0, *(np.flatnonzero(changed) + 1).tolist(), table.num_rows]
    for start, stop in pairwise(edges):
        device, part, quantity = (name[code[start]] for name, code in zip(names, codes, strict=True))
        yield (device, part, quantity), start, stop
