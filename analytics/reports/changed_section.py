"""What a report says of itself: the figures that late data changed since the version before, and what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from analytics.efficiency_view import wording
from analytics.reports.document import Document, Figure, Paragraph, Table, Tone, plain, said, shown_figure
from greendc import display
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.reports.document import Block, Cell
    from analytics.reports.facts import ChangedFigure, Facts

PLACES = ("changes", "reproducibility")
"""The sections that may tell it; the first that a kind of report has does."""
_FIRST = 1


def with_additions(document: Document, facts: Facts, *, recomputable: bool) -> Document:
    """Return a report that says what differs from its version before, and where it cannot be computed again, that."""
    blocks = [] if facts.version == _FIRST else _blocks(facts, document.lang)
    if not recomputable:
        blocks.append(Paragraph(spans=said("report_build.coarse", document.lang), tone=Tone.WARNING))
    if not blocks:
        return document
    known = {section.id for section in document.sections}
    place = next((name for name in PLACES if name in known), document.sections[-1].id)
    sections = [
        replace(section, blocks=(*section.blocks, *blocks)) if section.id == place else section
        for section in document.sections
    ]
    return replace(document, sections=tuple(sections))


def _blocks(facts: Facts, lang: str) -> list[Block]:
    version = str(facts.version)
    if not facts.changed:
        return [Paragraph(spans=said("report_build.changed.other", lang, version=version))]
    columns = tuple(t(f"report_build.changed.column.{name}", lang) for name in ("kpi", "before", "after"))
    return [
        Paragraph(spans=said("report_build.changed.lead", lang, version=version), tone=Tone.STRONG),
        Table(
            id="versions",
            title=t("report_build.changed.title", lang),
            columns=columns,
            rows=tuple(_row(one, facts, lang) for one in facts.changed),
            widths=(2.0, 1.0, 1.0),
            numbers=(1, 2),
        ),
    ]


def _row(one: ChangedFigure, facts: Facts, lang: str) -> tuple[Cell, ...]:
    result = facts.figure(one.kpi, one.part)
    if result is None:
        return plain(one.kpi), plain(display.UNKNOWN), plain(display.UNKNOWN)

    def cell(when: str, value: float | None) -> Figure:
        name = ".".join(filter(None, ("version", when, one.kpi, one.part)))
        return shown_figure(name, value, result.unit, wording.shown(value, result))

    return plain(wording.title(result, lang)), plain(cell("before", one.before)), plain(cell("after", one.after))
