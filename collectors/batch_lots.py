"""History on its way into the store: what becomes of each row of a batch. Sorting is a pure function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from collectors.lots import FUTURE_NS
from collectors.quarantine import Held
from greendc import spans
from greendc.batch_spool import numbers_of
from greendc.clock import iso
from greendc.model import Batch
from greendc.receipts import QUARANTINED, STORED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from greendc.batch_spool import PackedLot
    from greendc.spans import Span

FUTURE = "future"
FOREIGN = "foreign_site"
REFUSED = "store_refused"
DAMAGED = "damaged_lot"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a batch that are held back, and why."""

    reason: str
    rows: list[int]


def refusals(batch: Batch, site: str, now_ns: int) -> list[Refusal]:
    """Return the rows that no store is asked to keep: of another site, or from further ahead than a clock may be."""
    foreign = np.array([key.site != site for key in batch.series], dtype=bool)[np.frombuffer(batch.index, np.uint32)]
    future = (np.frombuffer(batch.time_ns, np.int64) > now_ns + FUTURE_NS) & ~foreign
    found = {FOREIGN: np.flatnonzero(foreign), FUTURE: np.flatnonzero(future)}
    return [Refusal(reason=reason, rows=rows.tolist()) for reason, rows in found.items() if len(rows)]


def kept_rows(batch: Batch, refused: Sequence[Refusal]) -> NDArray[np.int64]:
    """Return the rows that are not refused, in order."""
    keep = np.ones(len(batch), dtype=bool)
    for refusal in refused:
        keep[refusal.rows] = False
    return np.flatnonzero(keep)


def taken(batch: Batch, rows: NDArray[np.int64]) -> Batch:
    """Return some rows of a batch as a batch; its series stay listed."""
    if len(rows) == len(batch):
        return batch
    some = Batch()
    for key in batch.series:
        some.position(key)
    some.reasons[:] = batch.reasons
    some.index.frombytes(np.frombuffer(batch.index, np.uint32)[rows].tobytes())
    some.time_ns.frombytes(np.frombuffer(batch.time_ns, np.int64)[rows].tobytes())
    some.value.frombytes(np.frombuffer(batch.value, np.float64)[rows].tobytes())
    some.quality.frombytes(np.frombuffer(batch.quality, np.uint8)[rows].tobytes())
    some.reason.frombytes(np.frombuffer(batch.reason, np.uint16)[rows].tobytes())
    return some


def ranges_of(lot: PackedLot, batch: Batch | None, refused: Sequence[Refusal]) -> dict[tuple[int, str], list[Span]]:
    """Return the receipts of a lot: its numbers by UTC hour and kind. Without a batch all is quarantined."""
    whole = {hour.hour_ns: (hour.first, hour.last) for hour in lot.hours}
    if batch is None:
        return {(hour_ns, QUARANTINED): [span] for hour_ns, span in whole.items()}
    bad: list[Span] = []
    if refused:
        numbers = numbers_of(batch, lot.first)
        bad = spans.of_numbers(int(numbers[row]) for refusal in refused for row in refusal.rows)
    found: dict[tuple[int, str], list[Span]] = {}
    for hour_ns, span in whole.items():
        good = spans.without([span], bad)
        if good:
            found[hour_ns, STORED] = good
        if held := spans.without([span], good):
            found[hour_ns, QUARANTINED] = held
    return found


def held_of(lot: PackedLot, batch: Batch, refused: Sequence[Refusal], node: str, now_ns: int) -> list[Held]:
    """Return what goes into the quarantine file: one line for each series and reason, not for each reading."""
    return [
        Held(time=iso(now_ns), node=node, seq=lot.first, reason=refusal.reason, detail=detail)
        for refusal in refused
        for detail in _details(batch, np.array(refusal.rows, dtype=np.int64))
    ]


def unreadable(lot: PackedLot, node: str, why: str, now_ns: int) -> Held:
    """Return the line that tells of a lot that cannot be read any more."""
    detail = f"{lot.count} readings from number {lot.first} on: {why}"
    return Held(time=iso(now_ns), node=node, seq=lot.first, reason=DAMAGED, detail=detail)


def _details(batch: Batch, rows: NDArray[np.int64]) -> list[str]:
    series, times = np.frombuffer(batch.index, np.uint32)[rows], np.frombuffer(batch.time_ns, np.int64)[rows]
    return [
        f"{batch.series[i].label()}: {len(own)} readings of {own.min()} to {own.max()} ns"
        for i in np.unique(series)
        for own in (times[series == i],)
    ]
