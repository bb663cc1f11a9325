"""What came in when: a log in the database itself, so that late readings are seen once, whatever their time.

A record names windows (a series and an hour) and has the time of its writing. ``o``: readings of these hours are about
to come; ``t``: readings have come; ``r``: the hours have been rolled up; ``c``: the writer ended in good order. Who
comes back after a crash finds in the log which hours may have got readings that nobody was told of.
"""

from __future__ import annotations

import base64
import re
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from greendc.clock import NS_PER_HOUR
from greendc.contracts import Arrivals, Window
from greendc.errors import StoreError, StoreRefused
from greendc.model import SeriesKey
from greendc.storage.influx import influxql
from greendc.storage.influx.levels import ARRIVALS
from greendc.storage.influx.names import escaped, tag_of
from greendc.storage.influx.server import BatchTooLarge, DatabaseMissing
from greendc.storage.retention import NS_PER_DAY
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from greendc.storage.influx.server import InfluxServer

Hour: TypeAlias = "tuple[SeriesKey, int]"
"""A series and the start of an hour [ns]."""

OPENED, TOLD, ROLLED, CLOSED = "o", "t", "r", "c"
MEASUREMENT = "greendc_arrivals"
WINDOWS_PER_RECORD = 1500
MAX_TEXT = 60_000
MIN_SPLIT = 2
RECORDS_PER_QUERY = 40
RECOVERED_DAYS = 7
SAME = "="
_CURSOR = re.compile(r"(\d+(\+\d+)?)?", re.ASCII)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log."""

    stamp_ns: int
    site: str
    kind: str
    hours: Sequence[Hour]


class ArrivalLog:
    """Writes and reads the log. Safe for several threads; one process writes."""

    def __init__(self, server: InfluxServer) -> None:
        """Nothing is asked yet."""
        self._server = server
        self._lock = threading.Lock()
        self._stamp = 0
        self._written: dict[str, int] = {}

    def write(self, kind: str, hours: Iterable[Hour]) -> None:
        """Add records for windows, in their order.

        Raises:
            StoreError: the log is as it was.
        """
        by_site: dict[str, list[Hour]] = defaultdict(list)
        for hour in hours:
            by_site[hour[0].site].append(hour)
        with self._lock:
            for site, members in by_site.items():
                for start in range(0, len(members), WINDOWS_PER_RECORD):
                    self._add(site, kind, members[start : start + WINDOWS_PER_RECORD])

    def _add(self, site: str, kind: str, hours: Sequence[Hour]) -> None:
        """Write windows as one record, or as several where one would be too long."""
        text = _pack(hours)
        if len(text) <= MAX_TEXT or len(hours) < MIN_SPLIT:
            try:
                self._server.write(self._line(site, kind, text), ARRIVALS)
            except BatchTooLarge:
                if len(hours) < MIN_SPLIT:
                    raise
            else:
                return
        middle = len(hours) // 2
        self._add(site, kind, hours[:middle])
        self._add(site, kind, hours[middle:])

    def _line(self, site: str, kind: str, text: str) -> str:
        self._stamp = max(time.time_ns(), self._stamp + 1)
        name = f"{site}\0{text}"
        # The same thousands of windows are told every minute of an hour: they are named once.
        before = self._written.get(name)
        if before is None:
            if len(self._written) > RECORDS_PER_QUERY:
                self._written.clear()
            self._written[name] = self._stamp
        told = text if before is None else f"{SAME}{before}"
        return f'{MEASUREMENT},site={escaped(tag_of(site))} kind="{kind}",windows="{told}" {self._stamp}'

    def since(self, site: str, stamp_ns: int, most: int = RECORDS_PER_QUERY) -> list[Record]:
        """Return the oldest records of a site that are newer than a stamp, in their order."""
        where = f"{influxql.equals('site', site)} AND time > {stamp_ns}"
        return [
            Record(stamp_ns=stamp, site=site, kind=kind, hours=self._hours(site, windows))
            for stamp, kind, windows in self._read(where, f"ORDER BY time ASC LIMIT {most}")
        ]

    def _read(self, where: str, tail: str) -> list[tuple[int, str, str]]:
        statement = influxql.select('"kind", "windows"', f'"{MEASUREMENT}"', where, tail)
        try:
            found = self._server.query(statement, ARRIVALS)
        except DatabaseMissing:
            return []
        return [(int(row[0] or 0), str(row[1]), str(row[2])) for series in found for row in series.values]

    def _hours(self, site: str, text: str) -> list[Hour]:
        if text.startswith(SAME):
            stamp = int(text[len(SAME) :])
            text = next((row[2] for row in self._read(f"{influxql.equals('site', site)} AND time = {stamp}", "")), "")
        return _unpack(site, text)

    def arrived(self, site: str, cursor: str, limit: int) -> Arrivals:
        """Return the windows of the records after a cursor. As `greendc.contracts.History.arrived`.

        Raises:
            StoreRefused: the cursor is not one of this store.
        """
        if not _CURSOR.fullmatch(cursor):
            raise StoreRefused(t("storage.cursor.foreign", cursor=cursor))
        stamp, _plus, skipped = cursor.partition("+")
        at_ns, skip = int(stamp or 0), int(skipped or 0)
        found: dict[Hour, None] = {}
        while True:
            records = self.since(site, at_ns - (1 if skip else 0))
            for record in records:
                hours = record.hours if record.kind in {OPENED, TOLD} else ()
                for position, hour in enumerate(hours[skip:], start=skip):
                    if hour not in found and len(found) >= limit:
                        return _answer(found, f"{record.stamp_ns}+{position}" if position else str(at_ns))
                    found[hour] = None
                at_ns, skip = record.stamp_ns, 0
            if len(records) < RECORDS_PER_QUERY:
                return _answer(found, str(at_ns))

    def unfinished(self) -> tuple[list[Hour], bool]:
        """Return which hours were never rolled up, and whether the last writer ended in good order."""
        since_ns = time.time_ns() - RECOVERED_DAYS * NS_PER_DAY
        open_hours: dict[Hour, None] = {}
        orderly = True
        for site in self._sites():
            last = CLOSED
            for record in self._all(site, since_ns):
                self._stamp = max(self._stamp, record.stamp_ns)
                last = record.kind
                for hour in record.hours:
                    if record.kind == ROLLED:
                        open_hours.pop(hour, None)
                    else:
                        open_hours[hour] = None
            orderly &= last == CLOSED
        return list(open_hours), orderly

    def _all(self, site: str, since_ns: int) -> Iterator[Record]:
        while records := self.since(site, since_ns):
            yield from records
            since_ns = records[-1].stamp_ns

    def _sites(self) -> list[str]:
        try:
            return influxql.tag_values(self._server.query(influxql.show_sites(MEASUREMENT), ARRIVALS))
        except DatabaseMissing:
            return []

    def close(self, sites: Iterable[str]) -> None:
        """Say that the writer ended in good order; a server that is away is left alone."""
        try:
            for site in sites:
                with self._lock:
                    self._add(site, CLOSED, [])
        except StoreError:
            return


def _answer(found: Iterable[Hour], cursor: str) -> Arrivals:
    windows = [Window(key=key, start_ns=start, end_ns=start + NS_PER_HOUR) for key, start in found]
    return Arrivals(cursor=cursor, windows=windows)


def _pack(hours: Sequence[Hour]) -> str:
    by_series: dict[SeriesKey, list[int]] = defaultdict(list)
    for key, start in hours:
        by_series[key].append(start // NS_PER_HOUR)
    packed = [(key.device, key.part, key.quantity, numbers) for key, numbers in by_series.items()]
    return base64.b64encode(zlib.compress(msgspec.json.encode(packed), 6)).decode()


def _unpack(site: str, text: str) -> list[Hour]:
    if not text:
        return []
    packed = msgspec.json.decode(zlib.decompress(base64.b64decode(text)), type=list[tuple[str, str, str, list[int]]])
    return [
        (SeriesKey(site, device, part, quantity), number * NS_PER_HOUR)
        for device, part, quantity, numbers in packed
        for number in numbers
    ]
