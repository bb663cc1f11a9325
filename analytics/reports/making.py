"""The files of a report from its facts: each format by its own part, as far as what it needs is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.changed_section import with_additions
from analytics.reports.rendering.values import figures_csv, figures_json, schema
from analytics.reports.sections import document

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from analytics.reports.document import Document
    from analytics.reports.facts import Facts

PDF, HTML, XLSX = "pdf", "html", "xlsx"
FORMATS = (PDF, HTML, XLSX)
"""Formats besides JSON and CSV, which need nothing that may be missing."""
SCHEMA_FILE = "report.schema.json"
NEEDS = {PDF: ("typst", "fontTools", "segno"), HTML: ("jinja2",), XLSX: ("xlsxwriter",)}


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """A format that cannot be made here, and the packages of the extra ``report`` that are not installed."""

    format: str
    packages: tuple[str, ...]


def lacking(formats: Collection[str]) -> tuple[Lacking, ...]:
    """Return which of the formats cannot be made with what is installed."""
    found = {name: tuple(package for package in NEEDS[name] if find_spec(package) is None) for name in formats}
    return tuple(Lacking(format=name, packages=packages) for name, packages in found.items() if packages)


def worded(facts: Facts, told: Callable[[str], None], *, recomputable: bool) -> dict[str, Document]:
    """Return the report in each of its languages."""
    told("words")
    return {
        lang: with_additions(document(facts, lang), facts, recomputable=recomputable) for lang in facts.request.langs
    }


def rendered(
    facts: Facts,
    documents: Mapping[str, Document],
    formats: Collection[str],
    rows: Sequence[tuple[str, str]],
    told: Callable[[str], None],
) -> dict[str, bytes]:
    """Return the report's files of all formats; ``rows`` are names and values of the workbook's last sheet.

    Raises:
        ConfigError: a letter stands in no font.
    """
    told("data")
    data = figures_json(facts, documents)
    files = {"figures.json": data, "figures.csv": figures_csv(facts, documents), SCHEMA_FILE: schema()}
    if XLSX in formats:
        from analytics.reports.rendering.workbook import workbook  # noqa: PLC0415 (may not be installed)

        told("workbook")
        files["report.xlsx"] = workbook(facts, documents, rows)
    if HTML in formats:
        from analytics.reports.rendering.web import page  # noqa: PLC0415 (may not be installed)

        told("pages")
        files |= {f"report.{lang}.html": page(one) for lang, one in documents.items()}
    if PDF in formats:
        from analytics.reports.rendering.pdf import pdf  # noqa: PLC0415 (may not be installed)

        told("pdf")
        attached = {"figures.json": data}
        files |= {f"report.{lang}.pdf": pdf(one, attached, facts.request.end_ns) for lang, one in documents.items()}
    return files
