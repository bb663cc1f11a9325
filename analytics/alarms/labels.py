"""The verdicts of people as labels: one row for each judged episode, to learn from and to take elsewhere."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.replay import Replay
from greendc.clock import iso
from greendc.storage.csv_rows import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import Ledger


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One judged episode. Times are ISO 8601 in UTC; ``cleared`` is empty while it stands, ``value`` is in ``unit``."""

    alarm: str
    rule: str
    kind: str
    priority: str
    advisory: bool
    node: str
    device: str
    part: str
    quantity: str
    value: float | None
    unit: str
    since: str
    raised: str
    cleared: str
    verdict: str
    note: str
    by: str
    judged: str


def labels(ledger: Ledger, start_ns: int, end_ns: int) -> list[Row]:
    """Return the episodes that were raised in [start_ns, end_ns) and that a person has judged by its end.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    return [
        Row(
            alarm=label.alarm.id,
            rule=label.alarm.rule,
            kind=label.alarm.kind,
            priority=label.alarm.priority,
            advisory=label.alarm.advisory,
            node=label.alarm.node,
            device=label.alarm.device,
            part=label.alarm.part,
            quantity=label.alarm.quantity,
            value=label.alarm.value,
            unit=label.alarm.unit,
            since=iso(label.alarm.since_ns),
            raised=iso(label.raised_ns),
            cleared=iso(label.cleared_ns) if label.cleared_ns else "",
            verdict=label.verdict,
            note=label.note,
            by=label.by,
            judged=iso(label.time_ns),
        )
        for label in Replay(ledger, end_ns).labels
        if start_ns <= label.raised_ns < end_ns
    ]


def as_csv(rows: Sequence[Row]) -> str:
    """Return labels as CSV with a heading; what a spreadsheet would run as a formula is kept as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Row.__struct_fields__)
    writer.writerows([_cell(value) for value in msgspec.structs.astuple(row)] for row in rows)
    return out.getvalue()


def _cell(value: object) -> str:
    return guarded(value) if isinstance(value, str) else "" if value is None else str(value)
