"""The store in an InfluxDB: measurement = quantity; tags site, device, part; fields quality, value, reason.

See `greendc.storage.influx.names` for what stands in them, `levels` for where rollups are and
`rollups` for how they stay right.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from greendc.clock import NS_PER_HOUR
from greendc.errors import StoreRefused
from greendc.storage.admission import admitted, refuse, write_each
from greendc.storage.influx.history import InfluxHistory
from greendc.storage.influx.levels import make_levels
from greendc.storage.influx.lines import reading_lines
from greendc.storage.influx.rollups import Rollups
from greendc.storage.influx.server import LINES_PER_WRITE, BatchRejected, BatchTooLarge, InfluxServer
from greendc.storage.retention import FOREVER, RAW, Retention
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import Arrivals
    from greendc.model import Batch, Reading
    from greendc.settings import Secret
    from greendc.storage.influx.address import InfluxAddress
    from greendc.storage.influx.arrivals import Hour

Line: TypeAlias = "tuple[int, str]"
"""The position of a reading in its batch, and its line."""


class InfluxStore(InfluxHistory):
    """Implements `greendc.contracts.Store` on InfluxDB 1.x, 2.x or 3. Safe for several threads."""

    def __init__(
        self, address: InfluxAddress, *, token: Secret, read_only: bool = False, retention: Retention = FOREVER
    ) -> None:
        """Remember the server; it is asked with the first read or write. A writer makes a missing 1.x database."""
        super().__init__(InfluxServer(address, token))
        self.retention = retention
        self._read_only = read_only
        self._rollups = Rollups(self._server, self._log)
        if not read_only:
            self._server.prepare = self.initialise

    @property
    def server(self) -> InfluxServer:
        """Return the server, for administration."""
        return self._server

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings; the server has acknowledged them on return. As `greendc.contracts.Sink.write`."""
        write_each(self.write_batch, readings)

    def write_batch(self, batch: Batch) -> None:
        """Keep a batch. As `greendc.contracts.BulkSink.write_batch`."""
        if self._read_only:
            raise StoreRefused(t("storage.access.read_only"))
        time_ns = np.frombuffer(batch.time_ns, np.int64)
        index = np.frombuffer(batch.index, np.uint32)
        keeps = admitted(batch, self._oldest_ns())
        rows = np.flatnonzero(keeps)
        refused: list[int] = np.flatnonzero(~keeps).tolist()
        if len(rows):
            hours = _hours(batch, index[rows], time_ns[rows])
            self._rollups.begin(hours)
            try:
                numbers = rows.tolist()
                lines = list(zip(numbers, reading_lines(batch, numbers), strict=True))
                for start in range(0, len(lines), LINES_PER_WRITE):
                    refused += self._deliver(lines[start : start + LINES_PER_WRITE])
            finally:
                self._rollups.end(hours)
        refuse(refused)

    def _oldest_ns(self) -> int:
        """Return the time before which readings are not kept any more."""
        kept_ns = self.retention.of(RAW)
        return max(0, time.time_ns() - kept_ns) if kept_ns else 0

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

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Return which hours got readings since a cursor; as `greendc.contracts.History.arrived`."""
        if not self._read_only:
            self._rollups.tell()
        return super().arrived(site, cursor, limit)

    def initialise(self) -> None:
        """Make the database and its levels, and set how long each is kept.

        Raises:
            StoreError: the server is away, or the token may not.
        """
        make_levels(self._server, self.retention)

    def compact(self) -> None:
        """Roll up everything that waits for it.

        Raises:
            StoreError: what was not rolled up stays marked.
        """
        if self._read_only:
            raise StoreRefused(t("storage.access.read_only"))
        self._rollups.settle()

    def close(self) -> None:
        """Close the connections. No other call may be under way."""
        self._rollups.close()
        self._server.close()


def _hours(batch: Batch, index: np.ndarray, time_ns: np.ndarray) -> list[Hour]:
    """Return which hours of which series some rows belong to, each once."""
    starts = time_ns - time_ns % NS_PER_HOUR
    order = np.lexsort((starts, index))
    index, starts = index[order], starts[order]
    first = np.concatenate(([True], (np.diff(index.astype(np.int64)) != 0) | (np.diff(starts) != 0)))
    return [
        (batch.series[series], start)
        for series, start in zip(index[first].tolist(), starts[first].tolist(), strict=True)
    ]
