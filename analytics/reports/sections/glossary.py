"""Terms of the report in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis import KPIS
from analytics.reports.document import plain
from greendc.texts import catalogue

if TYPE_CHECKING:
    from analytics.reports.document import Section
    from analytics.reports.sections.writer import Writer

TERMS = "report_glossary."


def glossary(writer: Writer) -> Section:
    """Return the annex: the terms of its own list, then the figures."""
    known = catalogue()
    keys = [key for key in known if key.startswith(TERMS)] + [f"kpis.{kpi.key}.title" for kpi in KPIS]
    rows = [(plain(known[key]["zh"]), plain(known[key]["en"])) for key in keys]
    return writer.section("glossary", [writer.table("glossary", ("chinese", "english"), rows, widths=(1, 1))])
