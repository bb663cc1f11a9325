"""The store in an InfluxDB: measurement = quantity; tags site, device, part; fields quality, value, reason.

See `greendc.storage.influx_names` for what stands in them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from greendc.contracts import Arrivals, CounterSpan
from greendc.errors import PointsRefused, StoreRefused
from greendc.model import Quality, Reading, SeriesKey
from greendc.storage import influxql
from greendc.storage.admission import admits_series, admits_time
from greendc.storage.influx_names import line, name_of, quality_of
from greendc.storage.influx_server import BatchRejected, BatchTooLarge, InfluxServer
from greendc.storage.retention import FOREVER, Retention
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from greendc.model import Batch
    from greendc.settings import Secret
    from greendc.storage.influx_address import InfluxAddress
    from greendc.storage.influx_server import Cell, Series
    from greendc.storage.tables import RawRow, StepRow

LINES_PER_WRITE = 5000
SERIES_PER_QUERY = 100

_READING = '"quality", "value", "reason"'
_STEP = 'count("value"), mean("value"), min("value"), max("value"), first("value"), last("value")'

Line: TypeAlias = "tuple[int, str]"
"""The position of a reading in its batch, and its line."""

Rows: TypeAlias = "dict[SeriesKey, list[list[Cell]]]"
Item = TypeVar("Item")


class InfluxStore:
    """Implements `greendc.contracts.Store` on InfluxDB 1.x, 2.x or 3. Safe for several threads."""

    def __init__(
        self, address: InfluxAddress, *, token: Secret, read_only: bool = False, retention: Retention = FOREVER
    ) -> None:
        """Remember the server; it is asked with the first read or write. A writer makes a missing 1.x database."""
        self._read_only = read_only
        self.retention = retention
        self._server = InfluxServer(address, token, create=not read_only)

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings; the server has acknowledged them on return. As `greendc.contracts.Sink.write`."""
        if self._read_only:
            raise StoreRefused(t("storage.access.read_only"))
        refused: list[int] = []
        lines: list[Line] = []
        admitted: dict[SeriesKey, bool] = {}
        for position, reading in enumerate(readings):
            key = reading.key
            if key not in admitted:
                admitted[key] = admits_series(key)
            if admitted[key] and admits_time(reading.time_ns):
                lines.append((position, line(reading)))
            else:
                refused.append(position)
        for chunk in _chunks(lines, LINES_PER_WRITE):
            refused += self._deliver(chunk)
        if refused:
            raise PointsRefused(t("storage.points.refused", count=len(refused)), sorted(refused))

    def write_batch(self, batch: Batch) -> None:
        """Keep a batch. As `greendc.contracts.BulkSink.write_batch`."""
        self.write([batch.reading(row) for row in range(len(batch))])

    def _deliver(self, lines: Sequence[Line]) -> list[int]:
        """Write lines, halving what the server refuses until only the culprits are left; return their positions."""
        try:
            self._server.write("\n".join(text for _position, text in lines))
        except (BatchTooLarge, BatchRejected) as error:
            all_dropped = isinstance(error, BatchRejected) and error.dropped == len(lines)
            if len(lines) == 1 or all_dropped:
                return [position for position, _text in lines]
        else:
            return []
        middle = len(lines) // 2
        return [*self._deliver(lines[:middle]), *self._deliver(lines[middle:])]

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> list[SeriesKey]:
        """Return the series that exist, sorted."""
        source = influxql.ANY_MEASUREMENT if quantity is None else influxql.measurement(quantity)
        tail = f"{influxql.BY_SERIES} LIMIT 1"
        found = self._server.query(influxql.select('"quality"', source, _of(site, device), tail))
        return sorted(_key(site, series) for series in found)

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Return readings; the columns are those of `greendc.contracts.History.raw`."""
        from greendc.storage.tables import in_order, raw_table  # noqa: PLC0415 - pyarrow is loaded for tables only

        found = self._select(_READING, keys, influxql.window(start_ns, end_ns)) if start_ns < end_ns else {}
        return raw_table((key, [_raw_row(row) for row in found.get(key, ())]) for key in in_order(keys))

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return steps; the columns are those of `greendc.contracts.History.aggregated`.

        Raises:
            ValueError: ``step_ns`` is not positive.
        """
        from greendc.storage.tables import aggregated_table, in_order  # noqa: PLC0415 - pyarrow is for tables only

        if step_ns <= 0:
            message = f"a step is longer than {step_ns} ns"
            raise ValueError(message)
        counts: Rows = {}
        steps: Rows = {}
        if start_ns < end_ns:
            window = influxql.window(start_ns, end_ns)
            tail = f'GROUP BY time({step_ns}ns), "device", "part" fill(none)'
            counts = self._select('count("quality"), max("quality")', keys, window, tail)
            # Asking for the known values only reads two fields at once and is slower: not needed when all are known.
            if any(int(row[2] or 0) > Quality.UNCERTAIN for rows in counts.values() for row in rows):
                window = f"{window} AND {influxql.KNOWN}"
            steps = self._select(_STEP, keys, window, tail)
        return aggregated_table(
            (key, list(_step_rows(counts.get(key, []), steps.get(key, [])))) for key in in_order(keys)
        )

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Return the newest reading of each series that has one."""
        tail = f"{influxql.BY_SERIES} ORDER BY time DESC LIMIT 1"
        found = self._select(_READING, keys, influxql.window(0, None), tail)
        return {key: _reading(key, _raw_row(rows[0])) for key, rows in found.items()}

    def counter(self, key: SeriesKey, start_ns: int, end_ns: int) -> CounterSpan | None:
        """Return the first and last known value in the window, or None when none is known."""
        if start_ns >= end_ns:
            return None
        where = f"{influxql.window(start_ns, end_ns)} AND {influxql.KNOWN}"
        first, last, samples = (
            self._select(what, [key], where, f"{influxql.BY_SERIES} {tail}").get(key)
            for what, tail in (
                ('"value"', "ORDER BY time ASC LIMIT 1"),
                ('"value"', "ORDER BY time DESC LIMIT 1"),
                ('count("value")', ""),
            )
        )
        if not (first and last and samples):
            return None
        return CounterSpan(
            first_ns=_integer(first[0][0]),
            first=_number(first[0][1]),
            last_ns=_integer(last[0][0]),
            last=_number(last[0][1]),
            samples=_integer(samples[0][1]),
        )

    def count(self, site: str, *, device: str | None = None, start_ns: int = 0, end_ns: int | None = None) -> int:
        """Return how many distinct readings are stored."""
        if end_ns is not None and start_ns >= end_ns:
            return 0
        where = f"{_of(site, device)} AND {influxql.window(start_ns, end_ns)}"
        found = self._server.query(influxql.select('count("quality")', influxql.ANY_MEASUREMENT, where, ""))
        return sum(_integer(row[1]) for series in found for row in series.values)

    def gaps(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, longest_ns: int) -> pa.Table:
        """Return the stretches without a known value; the columns are those of `greendc.contracts.History.gaps`."""
        from greendc.storage.tables import gaps_table, in_order  # noqa: PLC0415 - pyarrow is loaded for tables only

        found = self._select('"value"', keys, f"{influxql.window(start_ns, end_ns)} AND {influxql.KNOWN}")
        times = {key: [_integer(row[0]) for row in rows] for key, rows in found.items()}
        return gaps_table(((key, times.get(key, [])) for key in in_order(keys)), start_ns, end_ns, longest_ns)

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Return what came in since a cursor."""
        raise NotImplementedError

    def _select(self, what: str, keys: Sequence[SeriesKey], where: str, tail: str = influxql.BY_SERIES) -> Rows:
        """Return the rows of each series that has any, one query for many series of one quantity."""
        grouped: dict[tuple[str, str], list[SeriesKey]] = defaultdict(list)
        for key in set(keys):
            if admits_series(key):
                grouped[key.site, key.quantity].append(key)
        rows: Rows = {}
        for (site, quantity), members in grouped.items():
            for some in _chunks(members, SERIES_PER_QUERY):
                asked = f"{influxql.one_of(some)} AND {where}"
                for series in self._server.query(influxql.select(what, influxql.measurement(quantity), asked, tail)):
                    rows[_key(site, series)] = series.values
        return rows

    def close(self) -> None:
        """Close the connections."""
        self._server.close()


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _of(site: str, device: str | None) -> str:
    of_site = influxql.equals("site", site)
    return of_site if device is None else f"{of_site} AND {influxql.equals('device', device)}"


def _key(site: str, series: Series) -> SeriesKey:
    return SeriesKey(site, name_of(series.tags["device"]), name_of(series.tags["part"]), series.name)


def _integer(cell: Cell) -> int:
    return int(cell or 0)


def _number(cell: Cell) -> float:
    return float(cell or 0.0)


def _raw_row(row: Sequence[Cell]) -> RawRow:
    """Return a row of `_READING`; a value that a later write took back is not returned."""
    time_ns, code, value, reason = row
    quality, known = quality_of(_integer(code))
    return (
        _integer(time_ns),
        _number(value) if known else None,
        int(quality),
        "" if quality is Quality.GOOD else str(reason or ""),
    )


def _reading(key: SeriesKey, row: RawRow) -> Reading:
    time_ns, value, quality, reason = row
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


def _step_rows(counts: Iterable[Sequence[Cell]], steps: Iterable[Sequence[Cell]]) -> Iterator[StepRow]:
    by_start = {step[0]: step for step in steps}
    for start, count, _worst in counts:
        step = by_start.get(start)
        if step is None:
            yield _integer(start), _integer(count), 0, None, None, None, None, None, None, None
        else:
            mean, low, high, first, last = (_number(cell) for cell in step[2:])
            total = mean * _integer(step[1])
            yield _integer(start), _integer(count), _integer(step[1]), total, mean, low, high, first, last, None
