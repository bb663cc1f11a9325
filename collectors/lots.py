"""The unit of ingest: numbered readings of one spool, on their way into the store. Sorting them is a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from collectors.quarantine import Held
from greendc import wire
from greendc.clock import iso
from greendc.receipts import QUARANTINED, STORED, Outcome
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from greendc.model import Reading

FUTURE_NS = 300 * NS_PER_SECOND
"""Readings from further ahead are held back: a clock is wrong, and a store would show them as the latest for years."""


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of one epoch of one node that are settled together."""

    node: str
    epoch: str
    rows: Sequence[wire.Numbered]
    refused: Sequence[wire.Refused] = ()


def sorted_lot(lot: Lot, now_ns: int) -> Lot:
    """Return the lot with readings from the future among the refused."""
    limit_ns = now_ns + FUTURE_NS
    late = [row for row in lot.rows if row.reading.time_ns > limit_ns]
    if not late:
        return lot
    return msgspec.structs.replace(
        lot,
        rows=[row for row in lot.rows if row.reading.time_ns <= limit_ns],
        refused=[*lot.refused, *(_refused(row, "future", now_ns) for row in late)],
    )


def without_foreign(lot: Lot, owners: Mapping[str, str]) -> Lot:
    """Return the lot with readings of devices that belong to another node among the refused.

    A node that could speak for any device could overwrite the facility's meter. Devices nobody lists are let through:
    a list that is behind shall not cost data.
    """
    foreign = [row for row in lot.rows if owners.get(row.reading.device, lot.node) != lot.node]
    if not foreign:
        return lot
    return msgspec.structs.replace(
        lot,
        rows=[row for row in lot.rows if owners.get(row.reading.device, lot.node) == lot.node],
        refused=[*lot.refused, *(_refused(row, "foreign_device", 0) for row in foreign)],
    )


def without_points(lots: Sequence[Lot], indices: Collection[int]) -> list[Lot]:
    """Return the lots with the readings at ``indices`` of their concatenation among the refused."""
    bad = set(indices)
    left: list[Lot] = []
    start = 0
    for lot in lots:
        here = {index - start for index in bad if start <= index < start + len(lot.rows)}
        start += len(lot.rows)
        kept = [row for i, row in enumerate(lot.rows) if i not in here]
        turned = [_refused(lot.rows[i], "store_refused", 0) for i in sorted(here)]
        left.append(msgspec.structs.replace(lot, rows=kept, refused=[*lot.refused, *turned]))
    return left


def readings_of(lots: Sequence[Lot]) -> list[Reading]:
    """Return all readings in one list."""
    return [row.reading for lot in lots for row in lot.rows]


def outcomes_of(lot: Lot) -> list[Outcome]:
    """Return the receipt of every number in the lot."""
    return [
        *(Outcome(row.seq, row.reading.time_ns, row.reading.device, STORED) for row in lot.rows),
        *(Outcome(refused.seq, refused.time_ns, "", QUARANTINED) for refused in lot.refused),
    ]


def held_of(lot: Lot, now_ns: int) -> list[Held]:
    """Return what goes into the quarantine file."""
    return [
        Held(
            time=iso(now_ns),
            node=lot.node,
            epoch=lot.epoch,
            seq=refused.seq,
            reason=refused.reason,
            detail=refused.detail,
        )
        for refused in lot.refused
    ]


def _refused(row: wire.Numbered, reason: str, now_ns: int) -> wire.Refused:
    reading = row.reading
    ahead = f" at {iso(now_ns)}" if now_ns else ""
    detail = f"{reading.key.label()} = {reading.value} of {reading.time_ns} ns{ahead}"
    return wire.Refused(seq=row.seq, time_ns=reading.time_ns, reason=reason, detail=detail)
