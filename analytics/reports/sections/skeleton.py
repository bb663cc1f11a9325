"""Which sections each kind of report has, in which order, and how they become a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.reports.document import Document, Section
from analytics.reports.request import ReportKind
from analytics.reports.sections import cover
from analytics.reports.sections.alarms import alarms
from analytics.reports.sections.aspects import aspects
from analytics.reports.sections.changes import changes
from analytics.reports.sections.charts import charts
from analytics.reports.sections.edge import edge
from analytics.reports.sections.eu import eu
from analytics.reports.sections.figures import figures
from analytics.reports.sections.gb40879 import gb40879
from analytics.reports.sections.glossary import glossary
from analytics.reports.sections.measures import measures
from analytics.reports.sections.methodology import methodology
from analytics.reports.sections.monthly import monthly
from analytics.reports.sections.quality import quality
from analytics.reports.sections.remarks import remarks
from analytics.reports.sections.reproducibility import reproducibility
from analytics.reports.sections.site import register, site
from analytics.reports.sections.summary import summary
from analytics.reports.sections.technologies import technologies
from analytics.reports.sections.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.reports.facts import Facts

    Builder = Callable[[Writer], Section]

__all__ = ["document"]

_BODY = (site, aspects, technologies, measures, edge, quality, methodology)
_ANNEXED = (monthly, register, alarms, eu, gb40879, changes, glossary, reproducibility)
_SECTIONS: dict[ReportKind, tuple[Builder, ...]] = {
    ReportKind.MID_TERM: (summary, *_BODY),
    ReportKind.ACCEPTANCE: (summary, remarks, *_BODY),
    ReportKind.MONTHLY: (summary, figures, charts, alarms, measures, quality, methodology, reproducibility),
    ReportKind.EU: (eu, quality, methodology, reproducibility),
}
_ANNEXES: dict[ReportKind, tuple[Builder, ...]] = {
    ReportKind.MID_TERM: _ANNEXED,
    ReportKind.ACCEPTANCE: _ANNEXED,
}


def document(facts: Facts, lang: str) -> Document:
    """Return a report in a language."""
    writer = Writer(facts, lang)
    kind = facts.request.kind
    sections = [_numbered(build(writer), str(i)) for i, build in enumerate(_SECTIONS[kind], start=1)]
    annexes = [_numbered(build(writer), chr(ord("A") + i)) for i, build in enumerate(_ANNEXES.get(kind, ()))]
    return Document(
        kind=kind.value,
        lang=lang,
        title=cover.title(writer),
        subtitle=f"{cover.kind(writer)} {writer.period}",
        status=cover.status(writer),
        watermark=cover.watermark(writer),
        running=cover.running(writer),
        code=cover.code(facts),
        cover=cover.cover(writer),
        sections=(*sections, *annexes),
    )


def _numbered(section: Section, number: str) -> Section:
    """Return a section with its number, and those within it with theirs."""
    blocks = []
    inner = 0
    for block in section.blocks:
        if isinstance(block, Section):
            inner += 1
            block = _numbered(block, f"{number}.{inner}")  # noqa: PLW2901 (the numbered one takes its place)
        blocks.append(block)
    return msgspec.structs.replace(section, number=number, blocks=tuple(blocks))
