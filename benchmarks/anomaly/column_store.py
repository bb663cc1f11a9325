"""A store in memory for accelerated time: one sorted block an hour, answers as `greendc.contracts.Store` gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from greendc.clock import NS_PER_HOUR, hour_of
from greendc.contracts import Arrivals, CounterSpan
from greendc.model import Quality, Reading
from greendc.quantities import Kind, quantity
from greendc.storage.tables import GAPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from greendc.model import Batch, SeriesKey

DAY_NS = 24 * NS_PER_HOUR
KEEP_DAYS = 21.0


class _Block(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of one write: by number of series and time, with where each series begins."""

    series: np.ndarray
    time_ns: np.ndarray
    value: np.ndarray
    quality: np.ndarray
    low_ns: int
    high_ns: int


class ColumnStore:
    """Readings in blocks; a reading is written once and not changed. Those older than ``keep_days`` are let go."""

    def __init__(self, keep_days: float = KEEP_DAYS) -> None:
        """Begin empty."""
        self._keep_days = keep_days
        self._numbers: dict[SeriesKey, int] = {}
        self._keys: list[SeriesKey] = []
        self._blocks: list[_Block] = []
        self._latest_time = np.zeros(0, dtype=np.int64)
        self._latest_value = np.zeros(0)
        self._latest_quality = np.zeros(0, dtype=np.uint8)

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings."""
        raise NotImplementedError

    def write_batch(self, batch: Batch) -> None:
        """Keep a batch."""
        if not len(batch):
            return
        for key in batch.series:
            if key not in self._numbers:
                self._numbers[key] = len(self._keys)
                self._keys.append(key)
        number = np.array([self._numbers[key] for key in batch.series], dtype=np.int64)
        series = number[np.frombuffer(batch.index, np.uint32)]
        time_ns = np.frombuffer(batch.time_ns, np.int64)
        order = np.lexsort((time_ns, series))
        block = _Block(
            series=series[order],
            time_ns=time_ns[order],
            value=np.frombuffer(batch.value, np.float64)[order],
            quality=np.frombuffer(batch.quality, np.uint8)[order],
            low_ns=int(time_ns.min()),
            high_ns=int(time_ns.max()),
        )
        self._blocks.append(block)
        self._blocks = [kept for kept in self._blocks if kept.high_ns > block.high_ns - self._keep_days * DAY_NS]
        self._note_latest(block)

    def _note_latest(self, block: _Block) -> None:
        more = len(self._keys) - len(self._latest_time)
        self._latest_time = np.append(self._latest_time, np.zeros(more, dtype=np.int64))
        self._latest_value = np.append(self._latest_value, np.full(more, np.nan))
        self._latest_quality = np.append(self._latest_quality, np.zeros(more, dtype=np.uint8))
        newer = block.time_ns >= self._latest_time[block.series]
        rows = block.series[newer]
        self._latest_time[rows] = block.time_ns[newer]
        self._latest_value[rows] = block.value[newer]
        self._latest_quality[rows] = block.quality[newer]

    def copied(self) -> ColumnStore:
        """Return the same readings once more; what is written to one is not in the other."""
        twin = ColumnStore(self._keep_days)
        twin._numbers, twin._keys, twin._blocks = dict(self._numbers), list(self._keys), list(self._blocks)
        twin._latest_time, twin._latest_value = self._latest_time.copy(), self._latest_value.copy()
        twin._latest_quality = self._latest_quality.copy()
        return twin

    def compact(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> Sequence[SeriesKey]:
        """Return the series that exist, sorted."""
        return sorted(
            key
            for key in self._keys
            if key.site == site and device in {None, key.device} and quantity in {None, key.quantity}
        )

    def _rows(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> tuple[list[SeriesKey], _Block]:
        """Return the sorted keys, and the readings by their place among them."""
        ordered = sorted(set(keys))
        place = np.full(len(self._keys) + 1, -1, dtype=np.int64)
        for at, key in enumerate(ordered):
            place[self._numbers.get(key, -1)] = at
        place[-1] = -1
        found = []
        for block in self._blocks:
            if block.high_ns < start_ns or block.low_ns >= end_ns:
                continue
            own = place[block.series]
            kept = (own >= 0) & (block.time_ns >= start_ns) & (block.time_ns < end_ns)
            found.append((own[kept], block.time_ns[kept], block.value[kept], block.quality[kept]))
        series, time_ns, value, quality = (
            (np.concatenate([part[i] for part in found]) if found else np.zeros(0, dtype=np.int64)) for i in range(4)
        )
        order = np.lexsort((time_ns, series))
        return ordered, _Block(
            series=series[order],
            time_ns=time_ns[order],
            value=value[order],
            quality=quality[order],
            low_ns=start_ns,
            high_ns=end_ns,
        )

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Return readings as a table."""
        ordered, rows = self._rows(keys, start_ns, end_ns)
        return pa.table(
            {
                **_names(ordered, rows.series),
                "time_ns": pa.array(rows.time_ns.astype(np.int64)),
                "value": _known(rows.value),
                "quality": pa.array(rows.quality.astype(np.uint8)),
                "reason": pa.array([""] * len(rows.series), pa.string()),
            }
        )

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return one row per series and non-empty step."""
        ordered, rows = self._rows(keys, start_ns, end_ns)
        step = rows.time_ns // step_ns
        begins = np.ones(len(step), dtype=np.bool_)
        begins[1:] = (step[1:] != step[:-1]) | (rows.series[1:] != rows.series[:-1])
        at = np.flatnonzero(begins)
        known = np.isfinite(rows.value)
        count = np.diff(np.append(at, len(step)))
        number = _reduced(np.add, known.astype(np.int64), at)
        total = _reduced(np.add, np.where(known, rows.value, 0.0), at)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(number > 0, total / number, np.nan)
        cell = np.cumsum(begins) - 1
        first, last = np.full(len(at), np.nan), np.full(len(at), np.nan)
        last[cell[known]] = rows.value[known]
        first[cell[known][::-1]] = rows.value[known][::-1]
        return pa.table(
            {
                **_names(ordered, rows.series[at]),
                "time_ns": pa.array(step[at] * step_ns),
                "count": pa.array(count),
                "known": pa.array(number.astype(np.int64)),
                "sum": _known(np.where(number > 0, total, np.nan)),
                "mean": _known(mean),
                "min": _known(_finite(_reduced(np.minimum, np.where(known, rows.value, np.inf), at))),
                "max": _known(_finite(_reduced(np.maximum, np.where(known, rows.value, -np.inf), at))),
                "first": _known(first),
                "last": _known(last),
                "increase": _known(self._increase(ordered, rows, known, cell, len(at))),
            }
        )

    def _increase(
        self,
        ordered: Sequence[SeriesKey],
        rows: _Block,
        known: NDArray[np.bool_],
        cell: NDArray[np.int64],
        cells: int,
    ) -> NDArray[np.float64]:
        counts = np.array([quantity(key.quantity).kind is Kind.COUNTER for key in ordered], dtype=np.bool_)
        found = np.full(cells, np.nan)
        own = cell[known]
        found[np.unique(own)] = 0.0
        rise, same = np.diff(rows.value[known]), own[1:] == own[:-1]
        np.add.at(found, own[1:][same], np.maximum(rise[same], 0.0))
        of_cell = np.zeros(cells, dtype=np.int64)
        of_cell[cell] = rows.series
        return np.where(counts[of_cell] if len(counts) else False, found, np.nan)

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Return the newest reading of each series that has one."""
        found = {}
        for key in keys:
            number = self._numbers.get(key)
            if number is None or not self._latest_time[number]:
                continue
            value = float(self._latest_value[number])
            known = np.isfinite(value)
            found[key] = Reading(
                time_ns=int(self._latest_time[number]),
                site=key.site,
                device=key.device,
                part=key.part,
                quantity=key.quantity,
                value=value if known else None,
                quality=Quality(int(self._latest_quality[number])) if known else Quality.BAD,
                reason="" if known else "not_available",
            )
        return found

    def counter(self, key: SeriesKey, start_ns: int, end_ns: int) -> CounterSpan | None:
        """Return the first and last known value in the window."""
        _, rows = self._rows([key], start_ns, end_ns)
        known = np.flatnonzero(np.isfinite(rows.value))
        if not len(known):
            return None
        return CounterSpan(
            first_ns=int(rows.time_ns[known[0]]),
            first=float(rows.value[known[0]]),
            last_ns=int(rows.time_ns[known[-1]]),
            last=float(rows.value[known[-1]]),
            samples=len(known),
        )

    def count(self, site: str, *, device: str | None = None, start_ns: int = 0, end_ns: int | None = None) -> int:
        """Return how many readings are stored."""
        return len(
            self._rows(self.series(site, device=device), start_ns, 2**62 if end_ns is None else end_ns)[1].series
        )

    def gaps(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, longest_ns: int) -> pa.Table:
        """Return the stretches without a known value."""
        ordered, rows = self._rows(keys, start_ns, end_ns)
        found = []
        for place, key in enumerate(ordered):
            times = rows.time_ns[(rows.series == place) & np.isfinite(rows.value)]
            edges = np.concatenate(([start_ns], times, [end_ns]))
            for at in np.flatnonzero(np.diff(edges) > longest_ns):
                names = {"device": key.device, "part": key.part, "quantity": key.quantity}
                found.append({**names, "start_ns": int(edges[at]), "end_ns": int(edges[at + 1])})
        return pa.Table.from_pylist(found, schema=GAPS)

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Return nothing: who needs arrivals is not in these runs."""
        del site, limit
        return Arrivals(cursor=cursor or str(hour_of(0)), windows=())


def _names(ordered: Sequence[SeriesKey], rows: NDArray[np.int64]) -> dict[str, pa.Array[pa.StringScalar]]:
    take = rows.astype(np.int64)
    return {
        name: pa.array([getattr(key, name) for key in ordered], pa.string()).take(take)
        for name in ("device", "part", "quantity")
    }


def _known(values: NDArray[np.float64]) -> pa.Array[pa.DoubleScalar]:
    known: pa.Array[pa.DoubleScalar] = pa.array(values.astype(np.float64), pa.float64(), mask=~np.isfinite(values))
    return known


def _reduced(how: np.ufunc, values: NDArray[np.generic], at: NDArray[np.int64]) -> NDArray[np.float64]:
    return how.reduceat(values, at) if len(at) else np.zeros(0)


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)
