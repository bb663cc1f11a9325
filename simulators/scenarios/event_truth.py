"""The ground truth of one event as a row, and the file that holds the rows."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING

import msgspec

from greendc.clock import iso
from greendc.quantities import quantity
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulators.scenarios.event import Event

ALL_EVENTS = "all"


class EventTruth(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ground truth. Times are ISO 8601 in UTC, empty when they have not come.

    ``energy_impact_kwh`` is the utility's energy with the event less that without it, and the columns after it are the
    same for each part of it; ``peak_inlet_k`` is the largest change of a rack's inlet temperature, with its sign.
    Number 0 is what all events of a plant did together. ``complete`` tells that the effect was over by the end.
    """

    number: int
    kind: str
    event_class: str
    target: str
    onset: str
    end: str
    first_visible: str = ""
    visible_in: str = ""
    severity: float | None = None
    severity_unit: str = ""
    energy_impact_kwh: float = 0.0
    it_kwh: float = 0.0
    cooling_kwh: float = 0.0
    loss_kwh: float = 0.0
    other_kwh: float = 0.0
    generation_kwh: float = 0.0
    peak_inlet_k: float = 0.0
    complete: bool = True


COLUMNS = tuple(field.name for field in msgspec.structs.fields(EventTruth))


def row_of(event: Event) -> EventTruth:
    """Return the row of an event that has had no effect yet."""
    severity = event.kind.severity
    return EventTruth(
        number=event.number,
        kind=event.kind_name,
        event_class=event.kind.event_class.value,
        target=" ".join(piece for piece in (event.target, event.part, event.quantity) if piece),
        onset=moment(event.span.onset_s),
        end=moment(event.span.end_s),
        severity=event.severity if severity else None,
        severity_unit=_unit(event),
    )


def _unit(event: Event) -> str:
    """Return the severity's unit; where it depends on the quantity, that of the event's own."""
    if event.kind.severity is None:
        return ""
    kelvin, _, other = event.kind.severity.unit.partition(" | ")
    if not other or not event.quantity:
        return event.kind.severity.unit
    return kelvin if quantity(event.quantity).unit == "Cel" else other


def moment(time_s: float) -> str:
    """Return a time [s since 1970] as ISO 8601, nothing for one that never comes."""
    return iso(round(time_s * NS_PER_SECOND)) if math.isfinite(time_s) else ""


def events_path(truth: Path) -> Path:
    """Return where the events' ground truth stands beside a truth file: ``truth.events.csv`` for ``truth.csv``."""
    return truth.with_name(f"{truth.stem}.events{truth.suffix}")


def write_rows(rows: Sequence[EventTruth], path: Path) -> None:
    """Write the rows as CSV or Parquet by the path's ending; a file that is there is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    if path.suffix == ".csv":
        with fresh.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows([getattr(row, name) for name in COLUMNS] for row in rows)
    else:
        import pyarrow as pa  # noqa: PLC0415 (Arrow is large; only Parquet needs it)
        import pyarrow.parquet as pq  # noqa: PLC0415 (as above)

        table = pa.table({name: [getattr(row, name) for row in rows] for name in COLUMNS})
        pq.write_table(table, fresh)
    fresh.replace(path)
