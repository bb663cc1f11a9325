"""The months of the period beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.reports.document import Tone, plain
from analytics.reports.sections import measured
from greendc import display

if TYPE_CHECKING:
    from analytics.reports.document import Cell, Section
    from analytics.reports.facts import Month
    from analytics.reports.sections.writer import Writer
    from analytics.result import KpiResult

KPIS = ("pue", "facility_energy", "it_energy", "cooling_energy", "wue", "water_volume", "emissions", "ref")


def monthly(writer: Writer) -> Section:
    """Return the annex."""
    months = writer.facts.months
    if not months:
        return writer.section("monthly", [writer.line("charts.none", tone=Tone.FAINT)])
    keys = [key for key in KPIS if any(_found(month, key) is not None for month in months)]
    rows = [_row(month, keys) for month in months]
    columns = ("month", *keys, "coverage")
    note = writer.text("monthly.note")
    return writer.section(
        "monthly", [writer.table("months", columns, rows, numbers=tuple(range(1, len(columns))), note=note)]
    )


def _row(month: Month, keys: list[str]) -> tuple[Cell, ...]:
    cells = [plain(month.name)]
    prefix = f"month.{month.name}"
    for key in keys:
        result = _found(month, key)
        if result is None:
            cells.append(plain(display.UNKNOWN, tone=Tone.FAINT))
        else:
            cells.append(plain(measured.value_of(result, prefix), tone=measured.tone_of(result)))
    pue = _found(month, "pue")
    unknown = plain(display.UNKNOWN, tone=Tone.FAINT)
    return (*cells, plain(measured.coverage_of(pue, prefix)) if pue is not None else unknown)


def _found(month: Month, kpi: str) -> KpiResult | None:
    return next((one for one in month.figures if one.kpi == kpi and not one.part), None)
