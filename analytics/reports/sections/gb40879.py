"""The site beside GB 40879-2021: which ratio, which grade, and when the standard is not meant for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.limits import YEAR_NS, Verdict
from analytics.reports.document import Tone, plain
from analytics.reports.sections import measured
from greendc import display

if TYPE_CHECKING:
    from analytics.limits import Judgement
    from analytics.reports.document import Block, Cell, Section
    from analytics.reports.sections.writer import Writer
    from analytics.result import KpiResult

KPIS = ("gb40879_rm1", "gb40879_rm2")
STANDARD = "GB 40879"
RACKS_ABOVE = 100


def gb40879(writer: Writer) -> Section:
    """Return the annex."""
    facts = writer.facts
    racks = len(facts.site.racks)
    blocks: list[Block] = [writer.line("gb40879.lead")]
    if racks <= RACKS_ABOVE:
        blocks.append(writer.line("gb40879.edge", tone=Tone.WARNING, racks=str(racks), above=str(RACKS_ABOVE)))
    elif facts.request.end_ns - facts.request.start_ns < YEAR_NS:
        blocks.append(writer.line("gb40879.short", tone=Tone.WARNING))
    rows = [_row(writer, one) for key in KPIS if (one := facts.figure(key)) is not None]
    if rows:
        blocks.append(writer.table("gb40879", ("kpi", "value", "limit", "grade"), rows, widths=(2, 1.5, 1.5, 2)))
    blocks.append(writer.line("gb40879.unconfirmed", tone=Tone.FAINT))
    return writer.section("gb40879", blocks)


def _row(writer: Writer, result: KpiResult) -> tuple[Cell, ...]:
    judged = next((one for one in result.judgements if one.limit.standard.startswith(STANDARD)), None)
    limits = " / ".join(f"{bound:.2f}" for bound in judged.limit.grades) if judged is not None else display.UNKNOWN
    return (
        plain(wording.title(result, writer.lang)),
        measured.value_cell(writer, result),
        plain(limits),
        _grade(writer, result, judged),
    )


def _grade(writer: Writer, result: KpiResult, judged: Judgement | None) -> Cell:
    """Return the grade; none is given below the coverage that is needed, within the error, or to a small site."""
    if not measured.proven(result) or judged is None:
        return writer.cell("gb40879.no_grade", tone=Tone.FAINT)
    if judged.verdict not in {Verdict.MET, Verdict.MISSED}:
        return writer.cell(f"gb40879.{judged.verdict}", tone=Tone.FAINT)
    if not judged.grade:
        return writer.cell("gb40879.beyond", tone=Tone.STRONG)
    return writer.cell("gb40879.grade", grade=str(judged.grade))
