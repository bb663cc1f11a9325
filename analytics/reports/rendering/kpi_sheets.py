"""The sheets of the figures: of the whole period, and of each month. Ratios are formulas over their amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from xlsxwriter.utility import xl_rowcol_to_cell

from analytics.efficiency_view import wording
from analytics.reports.rendering.formula import amount, live
from analytics.reports.rendering.sheet import AMOUNT, PERCENT, RATIO, Sheet, Style, both
from greendc import display
from greendc.texts import LANGUAGES, catalogue
from greendc.units import kwh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.reports.facts import Facts
    from analytics.result import KpiResult

_COLUMNS = (
    *("key", "figure", "part", "label", "value", "unit", "error", "coverage", "category", "method", "state"),
    *("reason", "a_role", "a", "a_unit", "b_role", "b", "b_unit", "standard", "verdict", "hash"),
)
_AT = {name: place for place, name in enumerate(_COLUMNS)}
_AMOUNTS = (("a_role", "a", "a_unit"), ("b_role", "b", "b_unit"))
_FAINT = Style(faint=True)


def heading(name: str) -> str:
    """Return the heading of a column in both languages, one below the other."""
    return both(f"report_sheets.column.{name}").replace(" / ", "\n")


def role(name: str) -> str:
    """Return a role or a side of a figure in both languages, as it is called where it has no text."""
    key = f"report_sheets.role.{name}"
    return both(key) if key in catalogue() else name


def why(reason: str) -> str:
    """Return why there is no value, in both languages."""
    return both(f"kpis.reason.{reason}") if f"kpis.reason.{reason}" in catalogue() else reason


def printed_unit(result: KpiResult) -> str:
    """Return the unit in which the workbook gives a figure."""
    return "kWh" if result.unit == "J" else "" if result.unit == "1" else wording.UNITS.get(result.unit, result.unit)


def value_of(result: KpiResult) -> float | None:
    """Return a figure in its `printed_unit`."""
    return kwh(result.value) if result.unit == "J" and result.value is not None else result.value


def number_format(result: KpiResult) -> str:
    """Return how a spreadsheet shows a figure."""
    if result.unit != "1":
        return AMOUNT if result.unit in {"J", "m3", "kg", "kgce"} else RATIO
    return PERCENT if result.kpi in wording.SHARES else RATIO


def kpi_sheet(sheet: Sheet, facts: Facts) -> None:
    """Write the figures of the whole period."""
    sheet.head([heading(name) for name in _COLUMNS], freeze=2)
    for result in facts.figures:
        _kpi(sheet, result)
        sheet.row += 1


def _kpi(sheet: Sheet, result: KpiResult) -> None:
    titles = dict.fromkeys(wording.title(result, lang) for lang in LANGUAGES)
    verdicts = [" / ".join(dict.fromkeys(pair)) for pair in zip(*map(_verdicts, [result] * 2, LANGUAGES), strict=True)]
    state = "unknown" if result.value is None else "provisional" if result.provisional else "sound"
    texts = {
        "key": result.kpi,
        "figure": " / ".join(titles),
        "part": result.part,
        "label": result.label,
        "unit": printed_unit(result),
        "category": both(f"kpis.category.{result.category}") if result.category else "",
        "method": both(f"kpis.method.{result.method}") if result.method else "",
        "state": both(f"report_sheets.{state}"),
        "reason": why(result.reason) if result.reason else "",
        "standard": result.standard,
        "verdict": "; ".join(verdicts),
        "hash": "" if result.lineage is None else result.lineage.data_sha256,
    }
    for name, text in texts.items():
        sheet.text(_AT[name], text, _FAINT if result.provisional else Style())
    for side, names in zip(result.inputs, _AMOUNTS, strict=False):
        counted, unit = amount(side)
        sheet.text(_AT[names[0]], role(side.role))
        sheet.number(_AT[names[1]], counted, AMOUNT)
        sheet.text(_AT[names[2]], unit)
    _value(sheet, result, _AT["value"], (_AT["a"], _AT["b"]))
    if result.uncertainty is not None:
        sheet.number(_AT["error"], result.uncertainty, "0.00%")
    sheet.number(_AT["coverage"], result.coverage if result.inputs or result.value is not None else None, PERCENT)


def _verdicts(result: KpiResult, lang: str) -> list[str]:
    if result.value is None:
        return []
    return [f"{one.mark} {one.verdict}: {one.limit}" for one in wording.judged(result, lang)]


def _value(sheet: Sheet, result: KpiResult, column: int, amounts: tuple[int, int]) -> None:
    """Write a figure as the formula over the cells of its amounts where there is one, else as a number."""
    formula, shape = live(result), number_format(result)
    if formula is None:
        sheet.number(column, value_of(result), shape, faint=result.provisional)
        return
    cells = [xl_rowcol_to_cell(sheet.row, place) for place in amounts]
    sheet.formula(column, formula.over(cells[0], cells[1]), formula.value, shape, faint=result.provisional)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A figure in the sheet of months: from which column on, and how the amounts before its value are headed."""

    kpi: str
    part: str
    column: int
    sides: tuple[str, ...]

    @property
    def value_column(self) -> int:
        """Return the column of the value; that of its coverage follows."""
        return self.column + len(self.sides)

    @property
    def width(self) -> int:
        """Return how many columns it has."""
        return len(self.sides) + 2


def monthly_sheet(sheet: Sheet, facts: Facts) -> None:
    """Write a row for each month and one for the whole period."""
    zone = facts.site.zone()
    rows = [(month.name, month.start_ns, month.end_ns, month.figures) for month in facts.months]
    whole = both("report_sheets.whole_period"), facts.request.start_ns, facts.request.end_ns, facts.figures
    groups = _groups([figures for *_, figures in (whole, *rows)])
    known = {(one.kpi, one.part): one for one in facts.figures}
    for month in reversed(facts.months):
        known |= {(one.kpi, one.part): one for one in month.figures if (one.kpi, one.part) not in known}
    for group in groups:
        titles = dict.fromkeys(wording.title(known[group.kpi, group.part], lang) for lang in LANGUAGES)
        sheet.span(group.column, group.width, " / ".join(titles))
    sheet.row += 1
    names = [heading(name) for name in ("month", "start", "end")]
    for group in groups:
        names += group.sides
        unit = printed_unit(known[group.kpi, group.part])
        names += [f"{heading('value')}{f' [{unit}]' if unit else ''}", heading("coverage")]
    sheet.head(names, freeze=1)
    for name, start_ns, end_ns, figures in (*rows, whole):
        sheet.text(0, name, Style(bold=figures is facts.figures))
        sheet.moment(1, start_ns, zone)
        sheet.moment(2, end_ns, zone)
        found = {(one.kpi, one.part): one for one in figures}
        for group in groups:
            _month(sheet, group, found.get((group.kpi, group.part)))
        sheet.row += 1


def _groups(columns: Sequence[Sequence[KpiResult]]) -> list[Group]:
    """Return which figures any month knows, in the order of the figures."""
    sides: dict[tuple[str, str], list[dict[str, None]]] = {}
    for one in (one for figures in columns for one in figures if one.value is not None):
        # One month may count IT at another point than the next: the heading then names both.
        heads = sides.setdefault((one.kpi, one.part), [{} for _ in (one.inputs if live(one) is not None else ())])
        for head, side in zip(heads, one.inputs, strict=False):
            head[f"{role(side.role)} [{amount(side)[1]}]"] = None
    groups, column = [], 3
    for (kpi, part), heads in sides.items():
        names = tuple("\n".join(head) for head in heads)
        groups.append(Group(kpi=kpi, part=part, column=column, sides=names))
        column += groups[-1].width
    return groups


def _month(sheet: Sheet, group: Group, result: KpiResult | None) -> None:
    if result is None:
        sheet.number(group.value_column, None)
        return
    followed = bool(group.sides) and len(result.inputs) == len(group.sides)
    if followed:
        for place, side in enumerate(result.inputs):
            sheet.number(group.column + place, amount(side)[0], AMOUNT, faint=result.provisional)
    if result.value is None:
        said = why(result.reason)
        sheet.text(group.value_column, f"{display.UNKNOWN} {said}".strip(), _FAINT, wide=False)
    elif followed:
        _value(sheet, result, group.value_column, (group.column, group.column + 1))
    else:
        sheet.number(group.value_column, value_of(result), number_format(result), faint=result.provisional)
    sheet.number(group.value_column + 1, result.coverage, PERCENT, faint=result.provisional)
