"""The digests of all readings of one day: of each series, and of each hour of the series that meters read."""

from __future__ import annotations

import hashlib
import hmac
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.points import runs
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from analytics.counters import Times
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site

ROWS_AT_ONCE = 500_000
"""About so many readings are read at once: some 50 MB."""
MOST_SERIES = 512
FIRST_SERIES = 16
NAME_BYTES = 16
CELL_BYTES = 8
"""Finer digests are cut to this length: they say where a difference lies, the full ones that there is one."""


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """How many readings a stretch of a series has, and the first bytes of their digest."""

    count: int
    digest: bytes


class SeriesMarks(msgspec.Struct, frozen=True, array_like=True):
    """One series of a day; ``hours`` only where a meter reads it: by the number of the hour since 1970."""

    name: tuple[str, str, str]
    day: Cell
    hours: dict[int, Cell] | None = None


class DayDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The digests of a day; ``marks`` are sorted by name."""

    digest: str
    count: int
    metered: str
    metered_count: int
    marks: list[SeriesMarks]


def metered_names(site: Site) -> frozenset[tuple[str, str, str]]:
    """Return the series that meters of the site read, whenever they do."""
    return frozenset((m.device, m.part, name) for m in site.meters for name in (m.energy, m.power) if name)


def name_of(salt: bytes, name: Sequence[str]) -> str:
    """Return the name of a series as links give it: who does not have the salt learns nothing from it."""
    return hmac.new(salt, "\0".join(name).encode(), hashlib.sha256).hexdigest()[: 2 * NAME_BYTES]


def digest_of(
    history: History, site: str, start_ns: int, end_ns: int, salt: bytes, metered: Collection[tuple[str, str, str]]
) -> DayDigest:
    """Return the digests of all readings of [start_ns, end_ns), whatever the order in which they came.

    A series' digest is SHA-256 of the salt, its name, and the times, values and qualities of its readings in the order
    of time, with the reason of each that has one. That of the day is over those of its series, sorted by name.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    whole, of_meters = hashlib.sha256(salt), hashlib.sha256(salt)
    marks: list[SeriesMarks] = []
    count = metered_count = 0
    for table, keys in _tables(history, history.series(site), start_ns, end_ns):
        readings = _Readings(table)
        for key, rows in runs(table, keys).items():
            name = (key.device, key.part, key.quantity)
            start = hashlib.sha256(salt + "\0".join(name).encode() + b"\0").copy
            hashed = readings.hashed(start(), rows)
            number = rows.stop - rows.start
            whole.update(hashed)
            count += number
            hours = None
            if name in metered:
                of_meters.update(hashed)
                metered_count += number
                hours = {
                    hour: Cell(part.stop - part.start, readings.hashed(start(), part)[:CELL_BYTES])
                    for hour, part in readings.hours(rows)
                }
            marks.append(SeriesMarks(name, Cell(number, hashed[:CELL_BYTES]), hours))
    return DayDigest(
        digest=whole.hexdigest(),
        count=count,
        metered=of_meters.hexdigest(),
        metered_count=metered_count,
        marks=marks,
    )


def _tables(
    history: History, keys: Sequence[SeriesKey], start_ns: int, end_ns: int
) -> Iterator[tuple[pa.Table, Sequence[SeriesKey]]]:
    """Yield the readings of a day in pieces of some series each, in the order of the series' names."""
    at, number = 0, FIRST_SERIES
    while at < len(keys):
        some = keys[at : at + number]
        table = history.raw(some, start_ns, end_ns)
        yield table, some
        at += number
        per_series = max(1, table.num_rows // len(some))
        number = min(MOST_SERIES, max(1, ROWS_AT_ONCE // per_series), 4 * number)


class _Readings:
    """The columns of a table as bytes that are hashed."""

    def __init__(self, table: pa.Table) -> None:
        self._time_ns: Times = table.column("time_ns").to_numpy()
        values = table.column("value").to_numpy().astype("<f8")
        # One way to write an unknown value, and one to write zero.
        values[np.isnan(values)] = np.nan
        self._values = values + 0.0
        self._quality = table.column("quality").to_numpy().astype("u1")
        self._reasons = table.column("reason").combine_chunks()
        self._reasoned: NDArray[np.intp] = np.flatnonzero(
            pc.not_equal(self._reasons.fill_null(""), pa.scalar("")).to_numpy(zero_copy_only=False)
        )

    def hashed(self, hashed: hashlib._Hash, rows: slice) -> bytes:
        """Return a digest that has begun, of some rows more."""
        hashed.update(self._time_ns[rows].astype("<i8").tobytes())
        hashed.update(self._values[rows].tobytes())
        hashed.update(self._quality[rows].tobytes())
        first, after = np.searchsorted(self._reasoned, (rows.start, rows.stop))
        for row in self._reasoned[first:after].tolist():
            hashed.update(f"{row - rows.start} {self._reasons[row].as_py()}\n".encode())
        return hashed.digest()

    def hours(self, rows: slice) -> Iterator[tuple[int, slice]]:
        """Yield the hours of some rows of one series, each with its rows."""
        hours = self._time_ns[rows] // NS_PER_HOUR
        edges = [0, *(np.flatnonzero(np.diff(hours)) + 1).tolist(), len(hours)]
        for first, after in pairwise(edges):
            yield int(hours[first]), slice(rows.start + first, rows.start + after)
