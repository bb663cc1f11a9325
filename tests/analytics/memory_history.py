"""A store in memory that keeps the `Store` contract, for tests that need many small stores."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa

from greendc.clock import NS_PER_HOUR, hour_of
from greendc.contracts import Arrivals, CounterSpan, Window
from greendc.model import Quality, Reading, SeriesKey
from greendc.quantities import Kind, quantity
from greendc.storage.tables import GAPS, in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greendc.model import Batch

_RAW_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(("device", "part", "quantity"), pa.string()),
    "time_ns": pa.int64(),
    "value": pa.float64(),
    "quality": pa.uint8(),
    "reason": pa.string(),
}
_STEP_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(("device", "part", "quantity"), pa.string()),
    **dict.fromkeys(("time_ns", "count", "known"), pa.int64()),
    **dict.fromkeys(("sum", "mean", "min", "max", "first", "last", "increase"), pa.float64()),
}
_RAW = pa.schema(_RAW_TYPES)
_STEPS = pa.schema(_STEP_TYPES)


class MemoryHistory:
    """Readings by series and time."""

    def __init__(self) -> None:
        """Start empty."""
        self._series: dict[SeriesKey, dict[int, Reading]] = {}
        self._arrivals: list[tuple[SeriesKey, int]] = []

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings."""
        for reading in readings:
            self._series.setdefault(reading.key, {})[reading.time_ns] = reading
            arrival = reading.key, hour_of(reading.time_ns)
            if not self._arrivals or self._arrivals[-1] != arrival:
                self._arrivals.append(arrival)

    def write_batch(self, batch: Batch) -> None:
        """Keep the readings of a batch."""
        self.write([batch.reading(row) for row in range(len(batch))])

    def compact(self) -> None:
        """Do nothing: nothing is kept twice."""

    def add(
        self,
        key: SeriesKey,
        times_ns: Sequence[int],
        values: Sequence[float | None],
        quality: Quality = Quality.GOOD,
    ) -> None:
        """Keep a series given in columns."""
        self.write(
            [
                Reading(
                    time_ns=int(time_ns),
                    site=key.site,
                    device=key.device,
                    part=key.part,
                    quantity=key.quantity,
                    value=None if value is None else float(value),
                    quality=Quality.BAD if value is None else quality,
                    reason="no_answer" if value is None else "",
                )
                for time_ns, value in zip(times_ns, values, strict=True)
            ],
        )

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> Sequence[SeriesKey]:
        """Return the series that exist, sorted."""
        return sorted(
            key
            for key in self._series
            if key.site == site and device in {None, key.device} and quantity in {None, key.quantity}
        )

    def readings(self, key: SeriesKey) -> Sequence[Reading]:
        """Return all that is known of a series, in time order."""
        return self._rows([key], 0, 2**63)

    def _rows(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> list[Reading]:
        return [
            self._series[key][time_ns]
            for key in sorted(set(keys))
            for time_ns in sorted(self._series.get(key, {}))
            if start_ns <= time_ns < end_ns
        ]

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Return readings as a table."""
        rows = self._rows(keys, start_ns, end_ns)
        columns = {name: [getattr(row, name) for row in rows] for name in _RAW.names}
        columns["quality"] = [int(row.quality) for row in rows]
        return pa.table(columns, schema=_RAW)

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return one row per series and non-empty step."""
        steps: dict[tuple[SeriesKey, int], list[Reading]] = {}
        for row in self._rows(keys, start_ns, end_ns):
            steps.setdefault((row.key, row.time_ns - row.time_ns % step_ns), []).append(row)
        return pa.Table.from_pylist([_step(key, at, rows) for (key, at), rows in steps.items()], schema=_STEPS)

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Return the newest reading of each series that has one."""
        return {key: self._series[key][max(self._series[key])] for key in keys if key in self._series}

    def counter(self, key: SeriesKey, start_ns: int, end_ns: int) -> CounterSpan | None:
        """Return the first and last known value in the window."""
        rows = [row for row in self._rows([key], start_ns, end_ns) if row.value is not None]
        if not rows:
            return None
        return CounterSpan(
            first_ns=rows[0].time_ns,
            first=rows[0].value or 0.0,
            last_ns=rows[-1].time_ns,
            last=rows[-1].value or 0.0,
            samples=len(rows),
        )

    def count(self, site: str, *, device: str | None = None, start_ns: int = 0, end_ns: int | None = None) -> int:
        """Return how many distinct readings are stored."""
        last_ns = 2**63 if end_ns is None else end_ns
        return len(self._rows(self.series(site, device=device), start_ns, last_ns))

    def gaps(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, longest_ns: int) -> pa.Table:
        """Return the stretches without a known value."""
        gaps = []
        for key in in_order(keys):
            known = [row.time_ns for row in self._rows([key], start_ns, end_ns) if row.value is not None]
            gaps += [
                {"device": key.device, "part": key.part, "quantity": key.quantity, "start_ns": one, "end_ns": two}
                for one, two in pairwise([start_ns, *known, end_ns])
                if two - one > longest_ns
            ]
        return pa.Table.from_pylist(gaps, schema=GAPS)

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Return which hours got readings since ``cursor``."""
        start = int(cursor or "0")
        told = self._arrivals[start : start + limit]
        windows = [
            Window(key=key, start_ns=at_ns, end_ns=at_ns + NS_PER_HOUR) for key, at_ns in told if key.site == site
        ]
        return Arrivals(cursor=str(start + len(told)) if told else cursor, windows=windows)

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def _step(key: SeriesKey, at_ns: int, rows: list[Reading]) -> dict[str, object]:
    known = [row.value for row in rows if row.value is not None]
    return {
        "device": key.device,
        "part": key.part,
        "quantity": key.quantity,
        "time_ns": at_ns,
        "count": len(rows),
        "known": len(known),
        "sum": sum(known) if known else None,
        "mean": sum(known) / len(known) if known else None,
        "min": min(known, default=None),
        "max": max(known, default=None),
        "first": known[0] if known else None,
        "last": known[-1] if known else None,
        "increase": _increase(rows[0].quantity, known),
    }


def _increase(name: str, known: Sequence[float]) -> float | None:
    if not known or quantity(name).kind is not Kind.COUNTER:
        return None
    return sum(max(after - before, 0.0) for before, after in pairwise(known))
