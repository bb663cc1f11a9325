"""The sheets of what lies behind the figures: hours, data quality, and the quantities of the regulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_rowcol_to_cell

from analytics.quality import Dimension
from analytics.reports.rendering.formula import PER_LITRE, RATIO_OF, fitting
from analytics.reports.rendering.kpi_sheets import heading, role, why
from analytics.reports.rendering.sheet import AMOUNT, PERCENT, RATIO, WHOLE, Sheet, Style, both
from greendc.clock import iso
from greendc.units import kwh

if TYPE_CHECKING:
    from analytics.eu_report import EuReport, EuValue
    from analytics.lineage import Source
    from analytics.reports.facts import Facts

_RATIOS = {
    "PUE": ("EDC", "EIT", RATIO_OF),
    "WUE": ("WIN", "EIT", PER_LITRE),
    "ERF": ("EREUSE", "EDC", RATIO_OF),
    "REF": ("ERES_TOT", "EDC", RATIO_OF),
}
"""Which quantities make the regulation's indicators, where both were known all the time."""
_SOURCE_COLUMNS = (
    *("role", "meter", "quantity", "method", "factor", "accuracy", "start", "end", "coverage", "readings", "hash"),
)
_EU_COLUMNS = ("id", "code", "value", "unit", "origin", "coverage", "category", "reason")


def hourly_sheet(sheet: Sheet, facts: Facts) -> None:
    """Write the energies of each hour, and its PUE as a formula where both sides are known."""
    zone = facts.site.zone()
    names = list(dict.fromkeys(name for hour in facts.hours for name in hour.energies_j))
    columns = {name: place + 2 for place, name in enumerate(names)}
    ratio = len(names) + 2 if {"facility", "it"} <= columns.keys() else 0
    heads = [f"{role(name)} [kWh]" for name in names] + (["PUE"] if ratio else [])
    sheet.head([heading("local"), heading("utc"), *heads], freeze=1)
    for hour in facts.hours:
        sheet.moment(0, hour.start_ns, zone)
        sheet.text(1, iso(hour.start_ns))
        energies = {name: None if known is None else kwh(known) for name, known in hour.energies_j.items()}
        for name, column in columns.items():
            sheet.number(column, energies.get(name), AMOUNT)
        if ratio:
            cells = [xl_rowcol_to_cell(sheet.row, columns[name]) for name in ("facility", "it")]
            _hour_ratio(sheet, ratio, energies.get("facility"), energies.get("it"), cells)
        sheet.row += 1


def _hour_ratio(sheet: Sheet, column: int, facility: float | None, it: float | None, cells: list[str]) -> None:
    if facility is None or it is None or not 0 < it < facility:
        sheet.number(column, None)
        return
    sheet.formula(column, f"={cells[0]}/{cells[1]}", facility / it, RATIO)


def quality_sheet(sheet: Sheet, facts: Facts) -> None:
    """Write where each meter's share came from, and how each day was judged."""
    sheet.line(both("report_sheets.meters"), style=Style(bold=True), wide=False)
    sheet.head([heading(name) for name in _SOURCE_COLUMNS])
    for source in _sources(facts):
        _source(sheet, source, facts)
        sheet.row += 1
    sheet.row += 1
    sheet.line(both("report_sheets.days"), style=Style(bold=True), wide=False)
    titles = ["\n".join(dict.fromkeys((one.title("zh"), one.title("en")))) for one in Dimension]
    sheet.head([*(heading(name) for name in ("day", "over", "series", "found")), *titles])
    for note in facts.quality:
        sheet.text(0, note.date)
        sheet.text(1, both("report_sheets.yes" if note.over else "report_sheets.no"))
        sheet.number(2, note.series, WHOLE)
        sheet.number(3, note.found, WHOLE)
        scores = {score.dimension: score.mean for score in note.site_scores}
        for place, dimension in enumerate(Dimension):
            sheet.number(4 + place, scores.get(dimension), PERCENT)
        sheet.row += 1


def _sources(facts: Facts) -> list[Source]:
    """Return what each meter gave in each of its roles, once."""
    found: dict[tuple[str, str, str, int], Source] = {}
    for result in facts.figures:
        for side in result.inputs:
            for one in side.sources:
                found.setdefault((one.role, one.meter, one.quantity, one.start_ns), one)
    return [found[key] for key in sorted(found)]


def _source(sheet: Sheet, source: Source, facts: Facts) -> None:
    zone = facts.site.zone()
    for column, text in enumerate((role(source.role), source.meter, source.quantity)):
        sheet.text(column, text)
    sheet.text(3, both(f"kpis.method.{source.method}") if source.method else "")
    sheet.number(4, source.factor)
    sheet.number(5, source.accuracy_ratio, "0.0##%")
    sheet.moment(6, source.start_ns, zone)
    sheet.moment(7, source.end_ns, zone)
    sheet.number(8, source.coverage, PERCENT)
    sheet.number(9, source.values, WHOLE)
    sheet.text(10, source.sha256)


def eu_sheet(sheet: Sheet, eu: EuReport) -> None:
    """Write the quantities and the indicators by the regulation's codes and in its units."""
    sheet.line(eu.source, wide=False)
    sheet.head([heading(name) for name in _EU_COLUMNS], freeze=2)
    rows: dict[str, int] = {}
    for one in (*eu.quantities, *eu.indicators):
        rows[one.id] = sheet.row
        _eu(sheet, one, eu, rows)
        sheet.row += 1


def _eu(sheet: Sheet, one: EuValue, eu: EuReport, rows: dict[str, int]) -> None:
    sheet.text(0, one.id)
    sheet.text(1, one.code)
    _eu_value(sheet, one, eu, rows)
    sheet.text(3, one.unit)
    sheet.text(4, both("report_sheets.metered" if one.origin == "metered" else "report_sheets.origin_declared"))
    if one.origin == "metered":
        sheet.number(5, one.coverage, PERCENT)
    if one.category:
        sheet.number(6, one.category, WHOLE)
    sheet.text(7, why(one.reason) if one.reason else "")


def _eu_value(sheet: Sheet, one: EuValue, eu: EuReport, rows: dict[str, int]) -> None:
    shape = RATIO if one.id in _RATIOS else AMOUNT
    above, below, form = _RATIOS.get(one.id, ("", "", ""))
    if one.value is not None and above in rows and below in rows:
        a, b = eu.value(above).value, eu.value(below).value
        formula = None if a is None or b is None else fitting((form,), a, b, one.value)
        if formula is not None:
            cells = [xl_rowcol_to_cell(rows[name], 2) for name in (above, below)]
            sheet.formula(2, formula.over(cells[0], cells[1]), formula.value, shape)
            return
    sheet.number(2, one.value, shape)
