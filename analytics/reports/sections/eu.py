"""The sheet of Regulation (EU) 2024/1364: its codes and units; the two quantities that it calls TIN are kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis.coverage import REPORTABLE
from analytics.reports.document import Figure, Tone, plain
from analytics.reports.sections import measured
from greendc import display
from greendc.texts import catalogue, t

if TYPE_CHECKING:
    from analytics.eu_report import EuValue
    from analytics.reports.document import Block, Cell, Section
    from analytics.reports.sections.writer import Writer

COLUMNS = ("code", "quantity", "value", "origin", "coverage", "note")
WIDTHS = (0.9, 2.2, 1.3, 0.9, 0.9, 2.4)
METERED = "metered"


def eu(writer: Writer) -> Section:
    """Return the section."""
    report = writer.facts.eu
    blocks: list[Block] = [writer.line("eu.lead", source=report.source, period=writer.period)]
    missing = sum(one.value is None for one in (*report.quantities, *report.indicators))
    if missing:
        blocks.append(writer.line("eu.missing", tone=Tone.WARNING, n=measured.count("eu.missing", missing)))
    for name, values in (("eu_quantities", report.quantities), ("eu_indicators", report.indicators)):
        rows = [_row(writer, one) for one in values]
        blocks.append(writer.table(name, COLUMNS, rows, widths=WIDTHS, numbers=(2, 4)))
    blocks.append(writer.line("eu.tin"))
    return writer.section("eu", blocks)


def _row(writer: Writer, one: EuValue) -> tuple[Cell, ...]:
    tone = _tone(one)
    unknown = plain(display.UNKNOWN, tone=Tone.FAINT)
    covered = one.value is not None and one.origin == METERED
    ratio = Tone.PLAIN if one.coverage >= REPORTABLE else Tone.FAINT
    return (
        plain(one.code),
        plain(writer.text(f"eu.name.{one.id}")),
        plain(_value(one, tone), tone=tone),
        writer.cell(f"eu.origin.{one.origin}", tone=tone) if one.value is not None else unknown,
        plain(measured.share(f"eu.{one.id}.coverage", one.coverage, ratio)) if covered else unknown,
        plain(_note(writer, one) or display.UNKNOWN, tone=tone),
    )


def _tone(one: EuValue) -> Tone:
    if one.value is not None and one.origin != METERED:
        return Tone.DECLARED
    return Tone.PLAIN if one.value is not None and one.coverage >= REPORTABLE else Tone.FAINT


def _value(one: EuValue, tone: Tone) -> Figure:
    return Figure(
        id=f"eu.{one.id}",
        value=one.value,
        unit="" if one.unit == "1" else one.unit,
        shown=display.significant(one.value),
        tone=tone,
    )


def _note(writer: Writer, one: EuValue) -> str:
    """Return why there is no value, how much more would be needed, the category, and what else a reader must know."""
    said = []
    if one.value is None:
        said.append(t(f"kpis.reason.{one.reason}", writer.lang) if one.reason else writer.text("figures.no_reason"))
    elif one.origin == METERED and one.coverage < REPORTABLE:
        said.append(writer.text("figures.required"))
    if one.category:
        said.append(writer.text("eu.category", category=str(one.category)))
    said += [
        t(f"kpis.remark.{remark.code}", writer.lang, **remark.params)
        for remark in one.remarks
        if f"kpis.remark.{remark.code}" in catalogue()
    ]
    return " ".join(said)
