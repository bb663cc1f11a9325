"""Reading columns out of an InfluxDB: readings, and the points of a rollup level."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from greendc.storage.admission import admits_series
from greendc.storage.influx import influxql
from greendc.storage.influx.lines import MARK
from greendc.storage.influx.names import KNOWN_CODES, UNUSUAL, name_of
from greendc.storage.influx.partials import NEVER, Flags, Floats, Integers, Partials, of_readings
from greendc.storage.influx.server import DatabaseMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from greendc.model import SeriesKey
    from greendc.storage.influx.answers import Rows
    from greendc.storage.influx.server import InfluxServer

SERIES_PER_QUERY = 100

_READING = '"quality", "value", "reason"'
_VALUE = '"quality", "value"'
_ROLLED = ("count", "known", "sum", "min", "max", "first", "last", "first_at", "last_at", "increase")
_TAIL = influxql.BY_SERIES


class Readings(NamedTuple):
    """Readings in columns; ``series`` is a position in the keys that were asked for. Not sorted."""

    series: Integers
    time_ns: Integers
    value: Floats
    known: Flags
    quality: Integers
    reason: pa.ChunkedArray[Any] | None


class InfluxReader:
    """Asks for many series at once. Safe for several threads."""

    def __init__(self, server: InfluxServer) -> None:
        """Read from a server."""
        self._server = server

    def readings(
        self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, *, reasons: bool = False
    ) -> Iterator[Readings]:
        """Yield readings in [start_ns, end_ns), one part per request."""
        columns = ("quality", "value", "reason") if reasons else ("quality", "value")
        where = influxql.window(start_ns, end_ns)
        for rows, series in self._ask(keys, _READING if reasons else _VALUE, columns, where, _TAIL):
            yield _readings(rows, series, reasons=reasons)

    def values(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> list[Partials]:
        """Return readings in [start_ns, end_ns) as stretches of one instant."""
        if start_ns >= end_ns:
            return []
        parts = self.readings(keys, start_ns, end_ns)
        return [of_readings(part.series, part.time_ns, part.value, part.known) for part in parts]

    def hours(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> tuple[Integers, Integers, Integers]:
        """Return which hours that begin in [start_ns, end_ns) have readings: series, start and `Mark`.

        Raises:
            DatabaseMissing: nothing was ever rolled up.
        """
        parts = list(self._ask(keys, f'"{MARK}"', (MARK,), influxql.window(start_ns, end_ns), _TAIL, "1h"))
        empty = np.empty(0, np.int64)
        series = np.concatenate([empty, *(found[rows.index] for rows, found in parts)])
        start = np.concatenate([empty, *(rows.time_ns for rows, _found in parts)])
        mark = np.concatenate([empty, *(rows.integers(MARK) for rows, _found in parts)])
        return series, start, mark

    def rolled(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, level: str) -> list[Partials]:
        """Return the points of a rollup level that begin in [start_ns, end_ns)."""
        what = ", ".join(f'"{name}"' for name in _ROLLED)
        where = influxql.window(start_ns, end_ns)
        try:
            return [_rolled(rows, series) for rows, series in self._ask(keys, what, _ROLLED, where, _TAIL, level)]
        except DatabaseMissing:
            return []

    def _ask(
        self, keys: Sequence[SeriesKey], what: str, columns: Sequence[str], where: str, tail: str, level: str = "raw"
    ) -> Iterator[tuple[Rows, Integers]]:
        """Yield rows and, for each series of theirs, its position in ``keys``; one request for many series."""
        grouped: dict[tuple[str, str], list[SeriesKey]] = defaultdict(list)
        position = {key: place for place, key in enumerate(keys)}
        for key in position:
            if admits_series(key):
                grouped[key.site, key.quantity].append(key)
        for (_site, quantity), members in grouped.items():
            names = {(key.device, key.part): position[key] for key in members}
            for start in range(0, len(members), SERIES_PER_QUERY):
                asked = f"{influxql.one_of(members[start : start + SERIES_PER_QUERY])} AND {where}"
                statement = influxql.select(what, influxql.measurement(quantity), asked, tail)
                rows = self._server.rows(statement, columns, level)
                found = [names[name_of(tags["device"]), name_of(tags["part"])] for _name, tags in rows.series]
                yield rows, np.array(found, np.int64)


def _readings(rows: Rows, series: Integers, *, reasons: bool) -> Readings:
    code = rows.integers("quality")
    value = rows.numbers("value")
    return Readings(
        series=series[rows.index],
        time_ns=rows.time_ns,
        value=value,
        # A value that a later write took back is still in its field, and void.
        known=np.isin(code, KNOWN_CODES) & ~np.isnan(value),
        quality=code % UNUSUAL,
        reason=rows.columns["reason"] if reasons else None,
    )


def _rolled(rows: Rows, series: Integers) -> Partials:
    known = rows.integers("known")
    told = known > 0
    whole, number, start = rows.integers, rows.numbers, rows.time_ns
    return Partials(
        series=series[rows.index],
        start_ns=start,
        readings=whole("count"),
        known=known,
        total=number("sum"),
        low=number("min"),
        high=number("max"),
        first=number("first"),
        last=number("last"),
        first_ns=np.where(told, start + whole("first_at"), NEVER.max),
        last_ns=np.where(told, start + whole("last_at"), NEVER.min),
        increase=np.nan_to_num(number("increase")),
    )
