"""The remarks of the mid-term evaluation, each with the centre's answer; one without an answer says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.reports.document import Tone, plain
from analytics.reports.sections import measured
from analytics.reports.sections.writer import words
from greendc import display

if TYPE_CHECKING:
    from analytics.reports.commitments import RemarkAnswer
    from analytics.reports.document import Block, Cell, Section
    from analytics.reports.sections.writer import Writer


def remarks(writer: Writer) -> Section:
    """Return the section."""
    known = writer.facts.commitments.remarks if writer.facts.commitments is not None else []
    if not known:
        return writer.section("remarks", [writer.line("remarks.none", tone=Tone.FAINT)])
    rows = [_row(writer, one) for one in known]
    answered = measured.count("remarks.answered", sum(bool(one.answer) for one in known))
    number = measured.count("remarks.all", len(known))
    blocks: list[Block] = [
        writer.line("remarks.counts", n=number, answered=answered),
        writer.table("answers", ("remark", "day", "answer", "answered"), rows, widths=(2.4, 0.9, 2.4, 1.2)),
        writer.line("remarks.declared", tone=Tone.DECLARED),
    ]
    return writer.section("remarks", blocks)


def _row(writer: Writer, one: RemarkAnswer) -> tuple[Cell, ...]:
    if not one.answer:
        answer, by = writer.cell("remarks.open", tone=Tone.WARNING), plain(display.UNKNOWN, tone=Tone.FAINT)
    else:
        answer = plain(display.one_line(one.answer, 2000), tone=Tone.DECLARED)
        day = one.answered_on.isoformat() if one.answered_on is not None else ""
        by = words(" ".join(part for part in (one.answered_by, day) if part), Tone.DECLARED)
    return (plain(display.one_line(one.remark, 2000), tone=Tone.DECLARED), plain(one.date.isoformat()), answer, by)
