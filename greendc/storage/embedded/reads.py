"""The reading side of the embedded store: any number of processes and threads, each query one short snapshot."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from greendc.errors import PayloadError, StoreAway, StoreError
from greendc.model import Quality, Reading, SeriesKey
from greendc.sqlite_file import MAX_INTEGER, connect, snapshot, sorted_errors
from greendc.storage.admission import check_rows, check_steps
from greendc.storage.embedded.aggregation import Aggregation
from greendc.storage.embedded.arrivals import arrived
from greendc.storage.embedded.chunks import Opener, TimesCache
from greendc.storage.embedded.lots import HotCache, newest_of
from greendc.storage.embedded.rows import Rows, in_order, joined
from greendc.storage.embedded.schema import SCHEMA
from greendc.storage.embedded.segments import Segment, counter_span, known_stretches, segments_of
from greendc.storage.retention import RAW
from greendc.storage.steps import stretches
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from greendc.contracts import Arrivals, CounterSpan
    from greendc.storage.embedded.lots import HotRows

_SERIES = """SELECT site, device, part, quantity FROM series WHERE site = :site
    AND (:device IS NULL OR device = :device) AND (:quantity IS NULL OR quantity = :quantity)"""
_SERIES_ID = "SELECT id FROM series WHERE (site, device, part, quantity) = (?, ?, ?, ?)"
_IDS = """SELECT id, stored, coalesce(newest_ns, -1) FROM series
    WHERE site = :site AND (:device IS NULL OR device = :device)"""
_NAMES = "SELECT id, site, device, part, quantity FROM series WHERE site = ?"
_NEWEST = "SELECT newest_ns, newest_value, newest_quality, newest_reason FROM series WHERE id = ?"
_ALL_NEWEST = """SELECT id, newest_ns, newest_value, newest_quality, newest_reason FROM series
    WHERE site = ? AND newest_ns IS NOT NULL"""
_FEW = 50


class Lens(NamedTuple):
    """One snapshot of the store: the connection, its opener and the batches that are not sealed."""

    reader: sqlite3.Connection
    opener: Opener
    hot: HotRows


class EmbeddedHistory:
    """Implements `greendc.contracts.History` on one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Read from ``path``, which need not exist yet."""
        self.path = path
        self._ids: dict[SeriesKey, int] = {}
        self._reasons: list[str] = [""]
        self._idle: list[sqlite3.Connection] = []
        self._hot = HotCache()
        self._times = TimesCache()

    @contextmanager
    def _lens(self) -> Iterator[Lens]:
        """Lend a connection that sees one state of the store; threads never share one."""
        with self.sorted_errors():
            reader = self._take_reader()
            if reader is None:
                with closing(_empty()) as empty:
                    yield Lens(empty, Opener(empty, TimesCache()), HotCache().view(empty))
                return
            try:
                with snapshot(reader):
                    yield Lens(reader, Opener(reader, self._times), self._hot.view(reader))
            except BaseException:
                reader.close()
                raise
            self._idle.append(reader)

    @contextmanager
    def sorted_errors(self) -> Iterator[None]:
        """Turn what SQLite and the codec raise into the store's errors, as `greendc.sqlite_file.sorted_errors`."""
        try:
            with sorted_errors(self.path):
                yield
        except PayloadError as error:
            raise StoreError(t("storage.sqlite.corrupt", file=str(self.path), why=str(error))) from error

    def _take_reader(self) -> sqlite3.Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            if not self.path.exists():
                return None
        reader = connect(self.path, SCHEMA, read_only=True)
        version = reader.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA.version:
            return reader
        reader.close()
        if version:
            raise StoreAway(t("storage.sqlite.older", file=str(self.path), found=version, known=SCHEMA.version))
        return None

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> list[SeriesKey]:
        """Return the series that exist, sorted."""
        with self._lens() as lens:
            rows = lens.reader.execute(_SERIES, {"site": site, "device": device, "quantity": quantity}).fetchall()
        return sorted(SeriesKey(*row) for row in rows)

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Return readings; the columns are those of `greendc.contracts.History.raw`.

        Raises:
            StoreRefused: there are more than fit.
        """
        from greendc.storage.embedded.answers import raw_answer  # noqa: PLC0415 - pyarrow is loaded for tables only
        from greendc.storage.tables import in_order as in_key_order  # noqa: PLC0415 - as above

        keys = in_key_order(keys)
        parts: list[Rows] = []
        rows = 0
        with self._lens() as lens:
            found = self._found(lens, keys)
            hot = _hot_of(lens, found, start_ns, _bounded(end_ns))
            for series in found:
                sealed = [] if series is None else lens.opener.window(series, start_ns, _bounded(end_ns))
                parts.append(in_order(joined([*sealed, hot.get(series, _NONE)])))
                rows += len(parts[-1])
                check_rows(rows)
            reasons = self._reasons_upto(lens, max((int(part.reason.max(initial=0)) for part in parts), default=0))
        owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        whole = joined(parts)
        return raw_answer(keys, owner, whole, reasons)

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return steps; the columns are those of `greendc.contracts.History.aggregated`.

        Raises:
            ValueError: ``step_ns`` is not positive.
            StoreRefused: there are more steps than fit.
        """
        from greendc.storage.tables import in_order as in_key_order  # noqa: PLC0415 - pyarrow is loaded for tables only
        from greendc.storage.tables import steps_table  # noqa: PLC0415 - as above

        if step_ns <= 0:
            message = f"a step is longer than {step_ns} ns"
            raise ValueError(message)
        keys, end_ns = in_key_order(keys), _bounded(end_ns)
        check_steps(len(keys), start_ns, end_ns, step_ns)
        with self._lens() as lens:
            found = self._found(lens, keys)
            hot = _hot_of(lens, found, start_ns, end_ns)
            asked = Aggregation(lens.reader, lens.opener, start_ns, end_ns, step_ns)
            for owner, series in enumerate(found):
                if series is not None and start_ns < end_ns:
                    asked.add(owner, series, hot.get(series, _NONE))
        return steps_table(keys, asked.steps(), asked.level or RAW)

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Return the newest reading of each series that has one."""
        told: dict[SeriesKey, Reading] = {}
        with self._lens() as lens:
            asked = {series: key for key, series in zip(keys, self._found(lens, keys), strict=True) if series}
            rows = lens.hot.rows
            newest = newest_of(rows)
            hot = dict(zip(newest.series.tolist(), newest.position.tolist(), strict=True))
            sealed = _newest_sealed(lens.reader, asked)
            reasons = self._reasons_upto(lens, _MAX_REASON if asked else 0)
            for series, key in asked.items():
                time_ns, value, quality, reason = sealed.get(series, (-1, None, 0, 0))
                place = hot.get(series)
                if place is not None and (at := int(rows.time_ns[place])) >= time_ns:
                    time_ns, value = at, float(rows.value[place])
                    quality, reason = int(rows.quality[place]), int(rows.reason[place])
                if time_ns >= 0:
                    known = None if value is None or value != value else value  # noqa: PLR0124 - NaN
                    told[key] = _reading(key, time_ns, known, quality, reasons[reason])
        return told

    def counter(self, key: SeriesKey, start_ns: int, end_ns: int) -> CounterSpan | None:
        """Return the first and last known value in the window, or None when none is known."""
        with self._lens() as lens:
            for series, segments in self._segments(lens, [key], start_ns, end_ns):
                return counter_span(lens.opener, series, segments)
        return None

    def gaps(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, longest_ns: int) -> pa.Table:
        """Return the stretches without a known value; the columns are those of `greendc.contracts.History.gaps`."""
        from greendc.storage.tables import Known, gaps_table  # noqa: PLC0415 - pyarrow is loaded for tables only
        from greendc.storage.tables import in_order as in_key_order  # noqa: PLC0415 - as above

        keys = in_key_order(keys)
        owner: list[int] = []
        firsts: list[int] = []
        lasts: list[int] = []
        with self._lens() as lens:
            place = {series: at for at, series in enumerate(self._found(lens, keys)) if series is not None}
            for series, segments in self._segments(lens, keys, start_ns, end_ns):
                first, last = known_stretches(lens.opener, series, segments, longest_ns)
                owner += [place[series]] * len(first)
                firsts += first
                lasts += last
        known = Known(*(np.array(column, np.int64) for column in (owner, firsts, lasts)))
        return gaps_table(keys, known, (start_ns, end_ns), longest_ns)

    def count(self, site: str, *, device: str | None = None, start_ns: int = 0, end_ns: int | None = None) -> int:
        """Return how many distinct readings are stored. Chunks that lie within the window are not opened."""
        end = _bounded(MAX_INTEGER if end_ns is None else end_ns)
        with self._lens() as lens:
            rows = lens.reader.execute(_IDS, {"site": site, "device": device}).fetchall()
            fresh = lens.hot.of(np.array([row[0] for row in rows], np.int64), start_ns, end)
            begins, ends = stretches(fresh.series)
            found = zip(begins.tolist(), ends.tolist(), fresh.time_ns[begins].tolist(), strict=True)
            hot = dict(zip(fresh.series[begins].tolist(), found, strict=True))
            total = 0
            for series, stored, newest_ns in rows:
                begin, stop, first_ns = hot.get(series, (0, 0, end))
                if first_ns > newest_ns and start_ns <= 0 and newest_ns < end:
                    total += stored + stop - begin
                else:
                    part = fresh.taken(slice(begin, stop))
                    total += sum(one.rows for one in segments_of(lens.opener, series, part, start_ns, end))
        return int(total)

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Return which hours of which series got readings since ``cursor``. As `greendc.contracts.History.arrived`.

        Raises:
            StoreRefused: the cursor is not one of this store.
        """
        with self._lens() as lens:
            names = {row[0]: SeriesKey(*row[1:]) for row in lens.reader.execute(_NAMES, (site,)).fetchall()}
            return arrived(lens.reader, lens.hot, names, cursor, limit)

    def close(self) -> None:
        """Let go of the file. No other call may be under way."""
        while self._idle:
            self._idle.pop().close()

    def _segments(
        self, lens: Lens, keys: Sequence[SeriesKey], start_ns: int, end_ns: int
    ) -> Iterator[tuple[int, list[Segment]]]:
        """Yield the known series among ``keys`` with their segments."""
        end_ns = _bounded(end_ns)
        found = self._found(lens, keys)
        hot = _hot_of(lens, found, start_ns, end_ns)
        for series in found:
            if series is not None:
                yield series, segments_of(lens.opener, series, hot.get(series, _NONE), start_ns, end_ns)

    def _found(self, lens: Lens, keys: Iterable[SeriesKey]) -> list[int | None]:
        """Return the numbers of series; they never change."""
        return [self._ids.get(key) or self._find(lens.reader, key) for key in keys]

    def _find(self, reader: sqlite3.Connection, key: SeriesKey) -> int | None:
        row = reader.execute(_SERIES_ID, (key.site, key.device, key.part, key.quantity)).fetchone()
        if row is None:
            return None
        self._ids[key] = int(row[0])
        return int(row[0])

    def _reasons_upto(self, lens: Lens, number: int) -> list[str]:
        """Return the reasons by their numbers, at least up to ``number``."""
        if number >= len(self._reasons):
            rows = lens.reader.execute("SELECT reason FROM reasons ORDER BY id").fetchall()
            self._reasons = [row[0] for row in rows]
        return self._reasons


_NONE = joined([])
_MAX_REASON = 2**16
_QUALITIES = tuple(Quality)


def _hot_of(lens: Lens, series: Iterable[int | None], start_ns: int, end_ns: int) -> dict[int | None, Rows]:
    """Return the rows of each series that are not sealed, sorted by time."""
    wanted = np.array([one for one in series if one is not None], np.int64)
    rows = lens.hot.of(wanted, start_ns, end_ns)
    if not len(rows):
        return {}
    found, begins = np.unique(rows.series, return_index=True)
    cuts = [*begins.tolist(), len(rows)]
    return {
        one: rows.taken(slice(begin, stop))
        for one, begin, stop in zip(found.tolist(), cuts[:-1], cuts[1:], strict=True)
    }


_NewestRow = tuple[int, float | None, int, int]


def _newest_sealed(reader: sqlite3.Connection, asked: Mapping[int, SeriesKey]) -> dict[int, _NewestRow]:
    if len(asked) <= _FEW:
        rows = {series: reader.execute(_NEWEST, (series,)).fetchone() for series in asked}
        return {series: row for series, row in rows.items() if row[0] is not None}
    return {
        row[0]: row[1:]
        for site in {key.site for key in asked.values()}
        for row in reader.execute(_ALL_NEWEST, (site,)).fetchall()
    }


def _empty() -> sqlite3.Connection:
    """Return what a store answers from before anything was written."""
    empty = sqlite3.connect(":memory:", isolation_level=None)
    for statement in SCHEMA.statements:
        empty.execute(statement)
    return empty


def _bounded(end_ns: int) -> int:
    return min(end_ns, MAX_INTEGER)


def _reading(key: SeriesKey, time_ns: int, value: float | None, quality: int, reason: str) -> Reading:
    return Reading(
        time_ns=time_ns,
        site=key.site,
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        value=value,
        quality=_QUALITIES[quality],
        reason=reason,
    )
