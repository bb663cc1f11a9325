"""The store of one machine: readings in SQLite, nothing to install.

One process writes, any number read; a commit is on disk when `EmbeddedStore.write` returns.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections import Counter
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from greendc.clock import NS_PER_HOUR
from greendc.contracts import Arrivals, CounterSpan
from greendc.errors import PointsRefused, StoreRefused
from greendc.model import Batch, Quality, Reading, SeriesKey
from greendc.sqlite_file import MAX_INTEGER, Schema, connect, snapshot, sorted_errors, transaction
from greendc.storage.admission import admits_series, admits_time
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

SCHEMA = Schema(
    version=1,
    statements=(
        """CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            site TEXT NOT NULL, device TEXT NOT NULL, part TEXT NOT NULL, quantity TEXT NOT NULL,
            UNIQUE (site, device, part, quantity)
        )""",
        """CREATE TABLE readings (
            series INTEGER NOT NULL, time_ns INTEGER NOT NULL, value REAL, quality INTEGER NOT NULL, reason TEXT,
            PRIMARY KEY (series, time_ns)
        ) WITHOUT ROWID""",
        # Distinct readings per series and hour, kept exact in the writing transaction: counting must not read them all.
        """CREATE TABLE hours (
            series INTEGER NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (series, hour)
        ) WITHOUT ROWID""",
    ),
)

_INSERT = "INSERT OR IGNORE INTO readings (series, time_ns, value, quality, reason) VALUES (?, ?, ?, ?, ?)"
_REPLACE = "INSERT OR REPLACE INTO readings (series, time_ns, value, quality, reason) VALUES (?, ?, ?, ?, ?)"
_ADD_HOUR = """INSERT INTO hours (series, hour, count) VALUES (?, ?, ?)
    ON CONFLICT (series, hour) DO UPDATE SET count = count + excluded.count"""
_RECOUNT_HOUR = f"""INSERT OR REPLACE INTO hours (series, hour, count)
    SELECT :series, :hour, count(*) FROM readings WHERE series = :series
    AND time_ns >= :hour * {NS_PER_HOUR} AND time_ns < (:hour + 1) * {NS_PER_HOUR}"""  # noqa: S608 - a constant
_SERIES_ID = "SELECT id FROM series WHERE (site, device, part, quantity) = (?, ?, ?, ?)"
_WINDOW = "FROM readings WHERE series = :series AND time_ns >= :start AND time_ns < :end"
_RAW = f"SELECT time_ns, value, quality, reason {_WINDOW} ORDER BY time_ns"
_KNOWN = f"{_WINDOW} AND value IS NOT NULL"
_LATEST = "SELECT time_ns, value, quality, reason FROM readings WHERE series = ? ORDER BY time_ns DESC LIMIT 1"
# The first and last known value of a step are looked up by their times, which the grouping gives for free.
_AGGREGATED = f"""SELECT steps.start, count, known, total, mean, low, high, first.value, last.value, NULL
    FROM (
        SELECT time_ns - time_ns % :step AS start, count(*) AS count, count(value) AS known, sum(value) AS total,
            avg(value) AS mean,
            min(value) AS low, max(value) AS high,
            min(iif(value IS NULL, NULL, time_ns)) AS first_ns, max(iif(value IS NULL, NULL, time_ns)) AS last_ns
        {_WINDOW} GROUP BY 1
    ) AS steps
    LEFT JOIN readings AS first ON first.series = :series AND first.time_ns = steps.first_ns
    LEFT JOIN readings AS last ON last.series = :series AND last.time_ns = steps.last_ns
    ORDER BY steps.start"""  # noqa: S608 - a constant is filled in
_OF_SITE = "series IN (SELECT id FROM series WHERE site = :site AND (:device IS NULL OR device = :device))"
_TALLIED = f"""SELECT coalesce(sum(count), 0) FROM hours
    WHERE {_OF_SITE} AND hour >= :start AND hour < :end"""  # noqa: S608 - a constant is filled in
_COUNTED = f"""SELECT count(*) FROM readings
    WHERE {_OF_SITE} AND time_ns >= :start AND time_ns < :end"""  # noqa: S608 - a constant is filled in


Windows: TypeAlias = "list[tuple[SeriesKey, list[tuple[Any, ...]]]]"


class EmbeddedStore:
    """Implements `greendc.contracts.Store` in one SQLite file."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the store, making it when it is new. A read-only store whose file does not exist yet is empty.

        Raises:
            StoreError: the file cannot be used; see `greendc.sqlite_file.sorted_errors`.
        """
        self.path = path
        self._ids: dict[SeriesKey, int] = {}
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._writer = None if read_only else connect(path, SCHEMA)

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings; they are on disk on return. As `greendc.contracts.Sink.write`."""
        batch = Batch()
        positions: list[int] = []
        refused: list[int] = []
        for position, reading in enumerate(readings):
            # A time beyond 64 bits would not even fit in a column.
            if admits_time(reading.time_ns):
                batch.append(reading)
                positions.append(position)
            else:
                refused.append(position)
        try:
            self.write_batch(batch)
        except PointsRefused as error:
            refused += [positions[row] for row in error.indices]
        _refuse(refused)

    def write_batch(self, batch: Batch) -> None:
        """Keep a batch in one transaction. As `greendc.contracts.BulkSink.write_batch`."""
        if self._writer is None:
            raise StoreRefused(t("storage.access.read_only"))
        refused: list[int] = []
        with self._lock, sorted_errors(self.path):
            try:
                with transaction(self._writer):
                    self._keep(self._writer, batch, refused)
            except BaseException:
                self._ids.clear()  # numbers given inside the transaction went with it
                raise
        _refuse(refused)

    def _keep(self, writer: sqlite3.Connection, batch: Batch, refused: list[int]) -> None:
        ids = [self._id(writer, key) for key in batch.series]
        reasons = [reason or None for reason in batch.reasons]
        rows: dict[tuple[int, int], tuple[int, int, float | None, int, str | None]] = {}
        columns = zip(batch.index, batch.time_ns, batch.value, batch.quality, batch.reason, strict=True)
        for row, (position, time_ns, value, quality, reason) in enumerate(columns):
            series = ids[position]
            if series is None or not admits_time(time_ns):
                refused.append(row)
                continue
            known = None if math.isnan(value) else value
            rows[series, time_ns] = (series, time_ns, known, quality, reasons[reason])
        # In the order of the key, neighbours fall on the same page.
        ordered = [rows[place] for place in sorted(rows)]
        hours = Counter((series, time_ns // NS_PER_HOUR) for series, time_ns in rows)
        if writer.executemany(_INSERT, ordered).rowcount == len(ordered):
            writer.executemany(_ADD_HOUR, [(series, hour, count) for (series, hour), count in hours.items()])
            return
        writer.executemany(_REPLACE, ordered)
        writer.executemany(_RECOUNT_HOUR, [{"series": series, "hour": hour} for series, hour in hours])

    def _id(self, writer: sqlite3.Connection, key: SeriesKey) -> int | None:
        """Return the number of a series, giving one when it is new; None when the series cannot be kept."""
        found = self._ids.get(key)
        if found is None and admits_series(key):
            names = (key.site, key.device, key.part, key.quantity)
            writer.execute("INSERT OR IGNORE INTO series (site, device, part, quantity) VALUES (?, ?, ?, ?)", names)
            found = self._ids[key] = int(writer.execute(_SERIES_ID, names).fetchone()[0])
        return found

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one state of the store; threads never share one."""
        with sorted_errors(self.path):
            reader = self._take_reader()
            if reader is None:
                with closing(_empty()) as empty:
                    yield empty
                return
            try:
                with snapshot(reader):
                    yield reader
            except BaseException:
                reader.close()
                raise
            self._idle.append(reader)

    def _take_reader(self) -> sqlite3.Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            if not self.path.exists():
                return None
        reader = connect(self.path, SCHEMA, read_only=True)
        if reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return reader
        reader.close()
        return None

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> list[SeriesKey]:
        """Return the series that exist, sorted."""
        query = """SELECT site, device, part, quantity FROM series WHERE site = :site
            AND (:device IS NULL OR device = :device) AND (:quantity IS NULL OR quantity = :quantity)"""
        with self._reader() as reader:
            rows = reader.execute(query, {"site": site, "device": device, "quantity": quantity}).fetchall()
        return sorted(SeriesKey(*row) for row in rows)

    def _windows(self, query: str, keys: Sequence[SeriesKey], **params: int) -> Windows:
        from greendc.storage.tables import in_order  # noqa: PLC0415 - pyarrow is loaded for tables only

        with self._reader() as reader:
            return [
                (key, reader.execute(query, {"series": series, **params}).fetchall())
                for key in in_order(keys)
                if (series := _find(reader, key)) is not None
            ]

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Return readings; the columns are those of `greendc.contracts.History.raw`."""
        from greendc.storage.tables import raw_table  # noqa: PLC0415 - pyarrow is loaded for tables only

        parts = self._windows(_RAW, keys, start=start_ns, end=_bounded(end_ns))
        return raw_table((key, [(*row[:3], row[3] or "") for row in rows]) for key, rows in parts)

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return steps; the columns are those of `greendc.contracts.History.aggregated`.

        Raises:
            ValueError: ``step_ns`` is not positive.
        """
        from greendc.storage.tables import aggregated_table  # noqa: PLC0415 - pyarrow is loaded for tables only

        if step_ns <= 0:
            message = f"a step is longer than {step_ns} ns"
            raise ValueError(message)
        return aggregated_table(self._windows(_AGGREGATED, keys, start=start_ns, end=_bounded(end_ns), step=step_ns))

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Return the newest reading of each series that has one."""
        found: dict[SeriesKey, Reading] = {}
        with self._reader() as reader:
            for key in keys:
                series = _find(reader, key)
                row = None if series is None else reader.execute(_LATEST, (series,)).fetchone()
                if row is not None:
                    found[key] = _reading(key, *row)
        return found

    def counter(self, key: SeriesKey, start_ns: int, end_ns: int) -> CounterSpan | None:
        """Return the first and last known value in the window, or None when none is known."""
        with self._reader() as reader:
            params = {"series": _find(reader, key), "start": start_ns, "end": _bounded(end_ns)}
            samples = reader.execute(f"SELECT count(*) {_KNOWN}", params).fetchone()[0]
            if not samples:
                return None
            first = reader.execute(f"SELECT time_ns, value {_KNOWN} ORDER BY time_ns LIMIT 1", params).fetchone()
            last = reader.execute(f"SELECT time_ns, value {_KNOWN} ORDER BY time_ns DESC LIMIT 1", params).fetchone()
        return CounterSpan(first_ns=first[0], first=first[1], last_ns=last[0], last=last[1], samples=samples)

    def count(self, site: str, *, device: str | None = None, start_ns: int = 0, end_ns: int | None = None) -> int:
        """Return how many distinct readings are stored: whole hours from their tallies, the rest counted."""
        end = _bounded(MAX_INTEGER if end_ns is None else end_ns)
        low, high = -(-start_ns // NS_PER_HOUR), end // NS_PER_HOUR
        if low >= high:
            spans, low, high = [(start_ns, end)], 0, 0
        else:
            spans = [(start_ns, low * NS_PER_HOUR), (high * NS_PER_HOUR, end)]
        with self._reader() as reader:
            of = {"site": site, "device": device}
            total = int(reader.execute(_TALLIED, {**of, "start": low, "end": high}).fetchone()[0])
            for start, stop in spans:
                if start < stop:
                    total += int(reader.execute(_COUNTED, {**of, "start": start, "end": stop}).fetchone()[0])
        return total

    def gaps(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, longest_ns: int) -> pa.Table:
        """Return the stretches without a known value; the columns are those of `greendc.contracts.History.gaps`."""
        from greendc.storage.tables import gaps_table, in_order  # noqa: PLC0415 - pyarrow is loaded for tables only

        query = f"SELECT time_ns {_KNOWN} ORDER BY time_ns"
        found = self._windows(query, keys, start=start_ns, end=_bounded(end_ns))
        times = {key: [int(row[0]) for row in rows] for key, rows in found}
        return gaps_table(((key, times.get(key, [])) for key in in_order(keys)), start_ns, end_ns, longest_ns)

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Return what came in since a cursor."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file. No other call may be under way."""
        if self._writer is not None:
            self._writer.close()
        while self._idle:
            self._idle.pop().close()


def _refuse(positions: Sequence[int]) -> None:
    if positions:
        raise PointsRefused(t("storage.points.refused", count=len(positions)), sorted(positions))


def _empty() -> sqlite3.Connection:
    """Return what a store answers from before anything was written."""
    empty = sqlite3.connect(":memory:", isolation_level=None)
    for statement in SCHEMA.statements:
        empty.execute(statement)
    return empty


def _bounded(end_ns: int) -> int:
    return min(end_ns, MAX_INTEGER)


def _find(reader: sqlite3.Connection, key: SeriesKey) -> int | None:
    row = reader.execute(_SERIES_ID, (key.site, key.device, key.part, key.quantity)).fetchone()
    return None if row is None else int(row[0])


def _reading(key: SeriesKey, time_ns: int, value: float | None, quality: int, reason: str | None) -> Reading:
    return Reading(
        time_ns=time_ns,
        site=key.site,
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        value=value,
        quality=Quality(quality),
        reason=reason or "",
    )
