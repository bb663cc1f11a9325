"""The comparison as files: a page for each language, and a workbook with numbers that can be reckoned with."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import TYPE_CHECKING

from xlsxwriter import Workbook

from analytics.efficiency_view import wording
from analytics.reports.evaluation.differences import differences
from analytics.reports.evaluation.rows import CATEGORIES, by_category, figure_names, result_in
from analytics.reports.evaluation.side_by_side import REASON_LENGTH, document
from analytics.reports.rendering.sheet import AMOUNT, EXACT, OPTIONS, PERCENT, Sheet, Style, Styles, both
from analytics.reports.rendering.web import page
from analytics.reports.sections import measured
from greendc import display
from greendc.display import one_line
from greendc.texts import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.reports.evaluation.centre import Centre

WORKBOOK = "evaluation.xlsx"
_FIXED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The time within the workbook, so that the same packages give the same bytes."""
_PER_CENTRE = ("value", "unit", "uncertainty", "coverage")


def files_of(centres: Sequence[Centre]) -> dict[str, bytes]:
    """Return the pages and the workbook, the same bytes for the same packages."""
    pages = {f"evaluation.{lang}.html": page(document(centres, lang)) for lang in LANGUAGES}
    return {**pages, WORKBOOK: workbook(centres)}


def workbook(centres: Sequence[Centre]) -> bytes:
    """Return the comparison as XLSX, in both languages at once."""
    file = BytesIO()
    book = Workbook(file, OPTIONS)
    book.set_properties({"title": both("evaluation.title"), "author": "greendc", "created": _FIXED})
    styles = Styles(book)
    sound = [one for one in centres if one.stated is not None]
    sheets = {name: Sheet(book, styles, name, "") for name in ("Packages", "Figures", "Commitments", "Findings")}
    _packages(sheets["Packages"], centres)
    _figures(sheets["Figures"], sound)
    _commitments(sheets["Commitments"], sound)
    _findings(sheets["Findings"], centres)
    for sheet in sheets.values():
        sheet.close()
    book.close()
    return file.getvalue()


def _heads(*keys: str) -> list[str]:
    return [both(f"evaluation.column.{key}") for key in keys]


def _name(centre: Centre) -> str:
    return " / ".join(dict.fromkeys(centre.name(lang) for lang in LANGUAGES))


def _packages(sheet: Sheet, centres: Sequence[Centre]) -> None:
    sheet.head(_heads("number", "centre", "folder", "kind", "period", "status", "result"), freeze=1)
    for centre in centres:
        manifest = centre.manifest if centre.stated is not None else None
        said = [display.UNKNOWN] * 3
        if manifest is not None:
            said = [manifest.kind, f"{manifest.start} / {manifest.end}", f"{manifest.status} {manifest.version}"]
        key = "failed" if manifest is None else "sound" if centre.recomputed else "not_recomputed"
        sheet.line(
            str(centre.number),
            _name(centre),
            centre.folder,
            *said,
            both(f"evaluation.result.{key}"),
            style=Style(warning=manifest is None),
        )
    sheet.row += 1
    for one in differences(centres):
        sheet.line(" / ".join(one.sentence(lang) for lang in LANGUAGES), wide=False)


def _figures(sheet: Sheet, sound: Sequence[Centre]) -> None:
    """Write each centre's figures in columns of its own, grouped by category, in the order in which they were given."""
    groups = by_category(sound)
    column = 1
    for category, some in groups.items():
        key = f"kpis.category.{category}" if category in CATEGORIES else "evaluation.no_category"
        sheet.span(column, len(_PER_CENTRE) * len(some), both(key))
        column += len(_PER_CENTRE) * len(some)
    sheet.row += 1
    ordered = [centre for some in groups.values() for centre in some]
    for place, centre in enumerate(ordered):
        sheet.span(1 + len(_PER_CENTRE) * place, len(_PER_CENTRE), _name(centre))
    sheet.row += 1
    sheet.head(_heads("figure", *(_PER_CENTRE * len(ordered))), freeze=1)
    for name in figure_names(sound):
        found = [result_in(centre, *name) for centre in ordered]
        known = next((one for one in found if one is not None), None)
        if known is None:
            continue
        sheet.text(0, " / ".join(dict.fromkeys(wording.title(known, lang) for lang in LANGUAGES)))
        for place, result in enumerate(found):
            first = 1 + len(_PER_CENTRE) * place
            if result is None:
                sheet.text(first, display.UNKNOWN, Style(faint=True))
                continue
            value = measured.value_of(result)
            faint = not measured.proven(result)
            sheet.number(first, value.value, EXACT, faint=faint)
            sheet.text(first + 1, value.unit)
            sheet.number(first + 2, result.uncertainty if value.value is not None else None, PERCENT, faint=faint)
            sheet.number(first + 3, result.coverage, PERCENT, faint=faint)
        sheet.row += 1


def _commitments(sheet: Sheet, sound: Sequence[Centre]) -> None:
    sheet.head(_heads("centre", "figure", "most", "least", "by", "measured", "unit", "verdict", "changed"), freeze=1)
    for centre in sound:
        for one in () if centre.stated is None else centre.stated.promises:
            value = None if one.result is None else measured.value_of(one.result)
            sheet.text(0, _name(centre))
            sheet.text(1, f"{one.target.kpi} {one.target.part}".strip())
            sheet.number(2, one.target.most, AMOUNT if value is None else EXACT)
            sheet.number(3, one.target.least, AMOUNT if value is None else EXACT)
            sheet.text(4, one.target.by.isoformat())
            sheet.number(5, None if value is None else value.value, EXACT)
            sheet.text(6, "" if value is None else value.unit)
            sheet.text(7, both(f"evaluation.verdict.{one.verdict.value}"))
            sheet.text(8, one_line(one.target.changed, REASON_LENGTH))
            sheet.row += 1


def _findings(sheet: Sheet, centres: Sequence[Centre]) -> None:
    sheet.head(_heads("centre", "finding"), freeze=1)
    for centre in centres:
        for one in centre.findings:
            style = Style(warning=one.level == "error")
            sheet.line(_name(centre), " / ".join(one.sentence(lang) for lang in LANGUAGES), style=style, wide=False)
