"""A report as a workbook: its figures with formulas for the ratios, its months, hours, sources, and printed numbers."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import TYPE_CHECKING

from xlsxwriter import Workbook

from analytics.reports.rendering.characters import legible
from analytics.reports.rendering.data_sheets import eu_sheet, hourly_sheet, quality_sheet
from analytics.reports.rendering.kpi_sheets import heading, kpi_sheet, monthly_sheet
from analytics.reports.rendering.printed import printed_figures
from analytics.reports.rendering.sheet import OPTIONS, Sheet, Style, Styles, both
from greendc import display
from greendc.texts import LANGUAGES
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.reports.document import Document
    from analytics.reports.facts import Facts

README, KPIS, MONTHLY, HOURLY = "Readme", "KPIs", "Monthly", "Hourly"
QUALITY, EU, FIGURES, MANIFEST = "Data quality", "EU 2024-1364", "Figures", "Manifest"
_CONTENT = {
    KPIS: "kpis",
    MONTHLY: "monthly",
    HOURLY: "hourly",
    QUALITY: "quality",
    EU: "eu",
    FIGURES: "figures",
    MANIFEST: "manifest",
}


def workbook(facts: Facts, documents: Mapping[str, Document], manifest_rows: Sequence[Sequence[str]]) -> bytes:
    """Return a report as XLSX, the same bytes for the same report; its heading are in both languages.

    ``manifest_rows`` are lines of texts, such as a file or an input and its hash. A workbook cannot hold its own hash.

    Raises:
        ValueError: the documents do not print the same numbers.
    """
    file = BytesIO()
    book = Workbook(file, OPTIONS)
    # The period's end stands for the time of writing, which would differ each time.
    made = dt.datetime.fromtimestamp(facts.request.end_ns // NS_PER_SECOND, tz=dt.UTC)
    title = legible(f"{facts.request.kind} · {facts.site.info.name}")
    book.set_properties({"title": title, "author": f"greendc {facts.software}", "created": made})
    styles, notice = Styles(book), _notice(documents)
    sheets = {name: Sheet(book, styles, name, notice) for name in (README, *_CONTENT)}
    _readme(sheets[README], facts, documents)
    kpi_sheet(sheets[KPIS], facts)
    monthly_sheet(sheets[MONTHLY], facts)
    hourly_sheet(sheets[HOURLY], facts)
    quality_sheet(sheets[QUALITY], facts)
    eu_sheet(sheets[EU], facts.eu)
    _figures(sheets[FIGURES], documents)
    _manifest(sheets[MANIFEST], manifest_rows)
    for sheet in sheets.values():
        sheet.close()
    book.close()
    return file.getvalue()


def _notice(documents: Mapping[str, Document]) -> str:
    return " / ".join(dict.fromkeys(one.watermark for one in documents.values() if one.watermark))


def _readme(sheet: Sheet, facts: Facts, documents: Mapping[str, Document]) -> None:
    info, zone, request = facts.site.info, facts.site.zone(), facts.request
    for document in documents.values():
        sheet.line(document.title, style=Style(bold=True), wide=False)
    sheet.row += 1
    period = f"{display.moment(request.start_ns, zone)} \u2013 {display.moment(request.end_ns, zone)}"
    rows = {
        "site": " / ".join(dict.fromkeys((info.name, *(info.title(lang) for lang in LANGUAGES)))),
        "kind": str(request.kind),
        "period": period,
        "zone": display.zone_label(zone, request.end_ns),
        "status": both(f"report_sheets.{'final' if request.final else 'draft'}"),
        "version": str(facts.version),
        "data": both(f"report_sheets.{'simulated' if facts.simulated else 'measured'}"),
        "software": f"greendc {facts.software}",
        "command": facts.command,
        "configuration": facts.configuration.sha256,
    }
    for name, text in rows.items():
        sheet.text(0, both(f"report_sheets.readme.{name}"))
        sheet.text(1, text)
        sheet.row += 1
    sheet.row += 1
    sheet.line(both("report_sheets.readme.sheets"), style=Style(bold=True), wide=False)
    for name, key in _CONTENT.items():
        sheet.text(0, name)
        sheet.text(1, both(f"report_sheets.readme.{key}"), wide=False)
        sheet.row += 1
    sheet.row += 1
    for key in ("unknown", "formula"):
        sheet.line(both(f"report_sheets.readme.{key}"), wide=False)


def _figures(sheet: Sheet, documents: Mapping[str, Document]) -> None:
    """Write every number that the report prints."""
    langs = list(documents)
    names = [heading("id"), heading("value"), heading("unit")]
    names += [f"{heading(name)} ({lang})" for name in ("shown", "where") for lang in langs]
    sheet.head(names, freeze=1)
    for one in printed_figures(documents):
        sheet.text(0, one.id)
        sheet.number(1, one.value)
        sheet.text(2, one.unit)
        for place, text in enumerate([one.shown[lang] for lang in langs] + [one.label[lang] for lang in langs]):
            sheet.text(3 + place, text)
        sheet.row += 1


def _manifest(sheet: Sheet, rows: Sequence[Sequence[str]]) -> None:
    columns = max((len(row) for row in rows), default=1)
    sheet.head([heading("item"), *("" for _ in range(columns - 1))], freeze=0)
    for row in rows:
        sheet.line(*row)
