"""What an InfluxDB store answers: rollups where they hold, readings elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from greendc.clock import NS_PER_HOUR, hour_of
from greendc.model import Quality, Reading, SeriesKey
from greendc.storage.admission import MAX_TIME_NS, admits_series, check_rows, check_steps
from greendc.storage.influx import influxql
from greendc.storage.influx.answers import series_of
from greendc.storage.influx.arrivals import ArrivalLog
from greendc.storage.influx.lines import MARK, Mark
from greendc.storage.influx.names import name_of, quality_of
from greendc.storage.influx.partials import Flags, Integers, Partials, combined, span_of
from greendc.storage.influx.readings import InfluxReader
from greendc.storage.influx.server import DatabaseMissing
from greendc.storage.influx.tables import readings_table
from greendc.storage.retention import LEVELS, RAW
from greendc.storage.tables import Known, gaps_table, in_order, steps_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from greendc.contracts import Arrivals, CounterSpan
    from greendc.storage.influx.answers import Cell, Series
    from greendc.storage.influx.readings import Readings
    from greendc.storage.influx.server import InfluxServer

FINEST = next(iter(LEVELS))
SPANS_PER_ANSWER = 8
LATEST_NEAR_NS = (NS_PER_HOUR // 12, 2 * NS_PER_HOUR, 48 * NS_PER_HOUR)
FEW_SERIES = 60

_READING = '"quality", "value", "reason"'


class InfluxHistory:
    """Implements `greendc.contracts.History` on InfluxDB. Safe for several threads."""

    def __init__(self, server: InfluxServer) -> None:
        """Nothing is asked yet."""
        self._server = server
        self._reader = InfluxReader(server)
        self._log = ArrivalLog(server)

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> list[SeriesKey]:
        """Return the series that exist, sorted."""
        if self._server.generation() == "3":
            source = influxql.ANY_MEASUREMENT if quantity is None else influxql.measurement(quantity)
            tail = f"{influxql.BY_SERIES} LIMIT 1"
            found = self._server.query(influxql.select('"quality"', source, influxql.of_site(site, device), tail))
            return sorted(_key(site, series) for series in found)
        found = self._server.query(influxql.show_series(site, device, quantity))
        keys = (_named(str(row[0])) for series in found for row in series.values)
        return sorted({key for key in keys if key is not None})

    def sites(self) -> list[str]:
        """Return the sites that have readings, sorted."""
        return influxql.tag_values(self._server.query(influxql.show_sites()))

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Return readings; the columns are those of `greendc.contracts.History.raw`.

        Raises:
            StoreRefused: there are more than fit into one answer.
        """
        ordered = in_order(keys)
        parts: list[Readings] = []
        rows = 0
        for part in self._reader.readings(ordered, start_ns, end_ns, reasons=True) if start_ns < end_ns else ():
            parts.append(part)
            rows += len(part.time_ns)
            check_rows(rows)
        return readings_table(ordered, parts)

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return steps; the columns are those of `greendc.contracts.History.aggregated`.

        Raises:
            ValueError: ``step_ns`` is not positive.
            StoreRefused: there are more than fit into one answer.
        """
        if step_ns <= 0:
            message = f"a step is longer than {step_ns} ns"
            raise ValueError(message)
        ordered = in_order(keys)
        check_steps(len(ordered), start_ns, end_ns, step_ns)
        level = level_for(step_ns)
        parts, held = self._parts(ordered, start_ns, end_ns, level)
        return steps_table(ordered, combined(parts, step_ns).steps, level if held else RAW)

    def gaps(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, longest_ns: int) -> pa.Table:
        """Return the stretches without a known value; as `greendc.contracts.History.gaps`."""
        ordered = in_order(keys)
        # Within a step that is no longer than a gap may be, there is none that counts.
        fitting = [level for level, step_ns in LEVELS.items() if step_ns <= longest_ns]
        parts, _held = self._parts(ordered, start_ns, end_ns, fitting[-1] if fitting else RAW)
        steps = combined(parts, 1)
        told = steps.taken(steps.known > 0)
        return gaps_table(ordered, Known(told.series, told.first_ns, told.last_ns), (start_ns, end_ns), longest_ns)

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Return the newest reading of each series that has one."""
        wanted = {key for key in keys if admits_series(key)}
        found: dict[SeriesKey, Reading] = {}
        for back_ns in (*LATEST_NEAR_NS, None):
            missing = sorted(wanted - found.keys())
            if not missing:
                break
            if len(missing) < FEW_SERIES:
                back_ns = None  # noqa: PLW2901 - few series are asked for once, wherever their newest reading is
            where = influxql.window(0 if back_ns is None else time.time_ns() - back_ns, None)
            for key, row in self._newest(missing, where):
                found[key] = _reading(key, row)
        return found

    def _newest(self, keys: Sequence[SeriesKey], where: str) -> Iterator[tuple[SeriesKey, Sequence[Cell]]]:
        tail = f"{influxql.BY_SERIES} ORDER BY time DESC LIMIT 1"
        wanted = set(keys)
        for site in sorted({key.site for key in keys}):
            own = [key for key in keys if key.site == site]
            quantities = sorted({key.quantity for key in own})
            statements = []
            for quantity in quantities:
                members = [key for key in own if key.quantity == quantity]
                of = influxql.one_of(members) if len(members) < FEW_SERIES else influxql.of_site(site, None)
                statements.append(influxql.select(_READING, influxql.measurement(quantity), f"{of} AND {where}", tail))
            for series in self._server.query_all(statements):
                key = _key(site, series)
                if key in wanted and series.values:
                    yield key, series.values[0]

    def counter(self, key: SeriesKey, start_ns: int, end_ns: int) -> CounterSpan | None:
        """Return the first and last known value in the window, or None when none is known."""
        parts, _held = self._parts([key], start_ns, end_ns, "1h")
        return span_of(combined(parts, 1))

    def count(self, site: str, *, device: str | None = None, start_ns: int = 0, end_ns: int | None = None) -> int:
        """Return how many distinct readings are stored: from the hours that hold, and the others counted."""
        end = MAX_TIME_NS + 1 if end_ns is None else end_ns
        if start_ns >= end:
            return 0
        of = influxql.of_site(site, device)
        low, high = -(-start_ns // NS_PER_HOUR) * NS_PER_HOUR, hour_of(end)
        if high - low <= NS_PER_HOUR:
            return self._counted(of, start_ns, end)
        try:
            dirty = self._dirty_hours(of, low, high)
        except DatabaseMissing:
            return self._counted(of, start_ns, end)
        total = self._tallied(of, low, high)
        for first, last in _merged(dirty):
            total += self._counted(of, first, last) - self._tallied(of, first, last)
        return total + self._counted(of, start_ns, low) + self._counted(of, high, end)

    def _dirty_hours(self, of: str, start_ns: int, end_ns: int) -> list[int]:
        where = f'{of} AND {influxql.window(start_ns, end_ns)} AND "{MARK}" = {int(Mark.DIRTY)}'
        found = self._server.query(influxql.select(f'"{MARK}"', influxql.ANY_MEASUREMENT, where, ""), "1h")
        return sorted({int(row[0] or 0) for series in found for row in series.values})

    def _tallied(self, of: str, start_ns: int, end_ns: int) -> int:
        where = f'{of} AND {influxql.window(start_ns, end_ns)} AND "{MARK}" != {int(Mark.DIRTY)}'
        return _sum(self._server.query(influxql.select('sum("count")', influxql.ANY_MEASUREMENT, where, ""), "1h"))

    def _counted(self, of: str, start_ns: int, end_ns: int) -> int:
        if start_ns >= end_ns:
            return 0
        where = f"{of} AND {influxql.window(start_ns, end_ns)}"
        return _sum(self._server.query(influxql.select('count("quality")', influxql.ANY_MEASUREMENT, where, "")))

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Return which hours got readings since a cursor; as `greendc.contracts.History.arrived`."""
        return self._log.arrived(site, cursor, limit)

    def _parts(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, level: str) -> tuple[list[Partials], bool]:
        """Return what is known of a window: a level's points where they hold, readings at its edges and elsewhere.

        Also tells whether the level was of any use.
        """
        low, high = start_ns, start_ns
        if level != RAW:
            step_ns = LEVELS[level]
            low, high = -(-max(start_ns, 0) // step_ns) * step_ns, min(end_ns, MAX_TIME_NS) // step_ns * step_ns
        if low >= high:
            return self._reader.values(keys, start_ns, end_ns), False
        try:
            series, starts, mark = self._reader.hours(keys, hour_of(low), high)
        except DatabaseMissing:
            return self._reader.values(keys, start_ns, end_ns), False
        dirty = (mark == Mark.DIRTY) | ((mark == Mark.COARSE) & (level == FINEST))
        held = list(self._held(keys, (low, high), level, (series[~dirty], starts[~dirty])))
        parts = [
            *self._reader.values(keys, start_ns, low),
            *held,
            *self._unheld(keys, (low, high), (series[dirty], starts[dirty])),
            *self._reader.values(keys, high, end_ns),
        ]
        return parts, bool(held)

    def _held(
        self, keys: Sequence[SeriesKey], window: tuple[int, int], level: str, hours: tuple[Integers, Integers]
    ) -> Iterator[Partials]:
        some = sorted(set(hours[0].tolist()))
        if not some:
            return
        place = np.full(len(keys), -1, np.int64)
        place[some] = np.arange(len(some))
        for part in self._reader.rolled([keys[series] for series in some], *window, level):
            whole = part._replace(series=np.array(some, np.int64)[part.series])
            yield whole.taken(_within(whole, hours))

    def _unheld(
        self, keys: Sequence[SeriesKey], window: tuple[int, int], hours: tuple[Integers, Integers]
    ) -> Iterator[Partials]:
        some = sorted(set(hours[0].tolist()))
        for first, last in _merged(sorted(set(hours[1].tolist()))):
            low, high = max(first, window[0]), min(last, window[1])
            for part in self._reader.values([keys[series] for series in some], low, high):
                whole = part._replace(series=np.array(some, np.int64)[part.series])
                yield whole.taken(_within(whole, hours))


def level_for(step_ns: int) -> str:
    """Return the coarsest level that serves a step."""
    return next((level for level in reversed(LEVELS) if step_ns % LEVELS[level] == 0), RAW)


def _within(part: Partials, hours: tuple[Integers, Integers]) -> Flags:
    """Tell which rows belong to one of the hours, given as series and start."""
    return np.isin(_paired(part.series, part.start_ns), _paired(*hours))


def _paired(series: Integers, time_ns: Integers) -> Integers:
    """Return one number for each pair of a series' position and an hour."""
    return (series << 32) + time_ns // NS_PER_HOUR


def _merged(starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return hours as few stretches [start, end); where there would be many, as one that covers all."""
    found: list[tuple[int, int]] = []
    for start in starts:
        if found and start == found[-1][1]:
            found[-1] = found[-1][0], start + NS_PER_HOUR
        else:
            found.append((start, start + NS_PER_HOUR))
    return found if len(found) <= SPANS_PER_ANSWER else [(found[0][0], found[-1][1])]


def _sum(found: Iterable[Series]) -> int:
    return sum(int(row[1] or 0) for series in found for row in series.values)


def _key(site: str, series: Series) -> SeriesKey:
    return SeriesKey(site, name_of(series.tags["device"]), name_of(series.tags["part"]), series.name)


def _named(text: str) -> SeriesKey | None:
    """Return the series of a key as ``SHOW SERIES`` tells it; None when it is not one of ours."""
    name, tags = series_of(text)
    if not {"site", "device", "part"} <= tags.keys():
        return None
    key = SeriesKey(name_of(tags["site"]), name_of(tags["device"]), name_of(tags["part"]), name)
    return key if admits_series(key) else None


def _reading(key: SeriesKey, row: Sequence[Cell]) -> Reading:
    time_ns, code, value, reason = row
    quality, known = quality_of(int(code or 0))
    return Reading(
        time_ns=int(time_ns or 0),
        site=key.site,
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        value=float(value or 0.0) if known else None,
        quality=quality,
        reason="" if quality is Quality.GOOD else str(reason or ""),
    )
