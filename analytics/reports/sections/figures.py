"""The figures of the period beside baseline and target, what is not given and why, and the limits of standards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.efficiency_view import wording
from analytics.kpis.calendar import days
from analytics.limits import profile_of
from analytics.reports.document import Cell, Figure, Tone, figure, plain
from analytics.reports.sections import measured
from analytics.reports.sections.verdict import TONES, Verdict, baseline_of, comparable, of_figure, promises
from analytics.reports.sections.writer import words
from greendc import display

if TYPE_CHECKING:
    import datetime as dt

    from analytics.reports.commitments import Target
    from analytics.reports.document import Block, Section
    from analytics.reports.sections.verdict import Promise
    from analytics.reports.sections.writer import Writer
    from analytics.result import KpiResult

COLUMNS = (
    "kpi",
    "value",
    "baseline",
    "target",
    "change",
    "coverage",
    "category",
    "uncertainty",
    "meters",
    "standard",
    "state",
)
WIDTHS = (1.9, 1.3, 1.1, 1.0, 0.9, 0.9, 0.8, 0.9, 0.7, 1.4, 1.6)
OPEN = frozenset((Verdict.PARTLY, Verdict.MISSED, Verdict.NOT_MEASURED))
NUMBERS = (1, 2, 3, 4, 5, 7, 8)


def figures(writer: Writer) -> Section:
    """Return the section."""
    return writer.section("figures", blocks(writer))


def blocks(writer: Writer) -> list[Block]:
    """Return the tables: figures, limits of standards, and what is not given."""
    return [kpi_table(writer), *limits(writer), *refused(writer)]


def kpi_table(writer: Writer) -> Block:
    """Return the figures that have a value or are metered in part, and every one that was promised."""
    promised = promises(writer.facts)
    wanted = {one.target.kpi for one in promised}
    shown = [one for one in writer.facts.figures if one.value is not None or one.inputs or one.kpi in wanted]
    rows = [row(writer, one, of_figure(promised, one)) for one in shown]
    return writer.table("kpi", COLUMNS, rows, widths=WIDTHS, numbers=NUMBERS, note=_note(writer, shown))


def row(writer: Writer, result: KpiResult, promised: Promise | None) -> tuple[Cell, ...]:
    """Return the line of a figure."""
    tone = measured.tone_of(result)
    return (
        words(wording.title(result, writer.lang)),
        plain(measured.value_of(result), tone=tone),
        baseline(writer, result),
        plain(bound(writer, promised.target)) if promised is not None else plain(display.UNKNOWN, tone=Tone.FAINT),
        change(writer, result),
        plain(measured.coverage_of(result)) if _covers(result) else plain(display.UNKNOWN, tone=Tone.FAINT),
        plain(str(result.category) if result.category else display.UNKNOWN),
        measured.error_of(result),
        plain(measured.points_of(result)) if result.inputs else plain(display.UNKNOWN, tone=Tone.FAINT),
        plain(result.standard or display.UNKNOWN),
        state(writer, result, promised),
    )


def state(writer: Writer, result: KpiResult, promised: Promise | None) -> Cell:
    """Return how a figure stands: its verdict where it was promised, else whether it is measured."""
    if measured.poor(result):
        return writer.cell("figures.required", tone=Tone.FAINT)
    if result.value is None:
        return plain(measured.reason_of(writer, result), tone=Tone.FAINT)
    if measured.declared(result):
        return writer.cell("figures.declared", tone=Tone.DECLARED)
    if measured.assumed(result):
        return writer.cell("figures.assumed", tone=Tone.FAINT)
    if promised is None:
        return writer.cell("figures.measured")
    return verdict_cell(writer, promised)


def verdict_cell(writer: Writer, promised: Promise) -> Cell:
    """Return the verdict on a promise, with its reason."""
    spans = list(writer.say(f"summary.verdict.{promised.verdict}"))
    if promised.why:
        why = writer.text(f"summary.why.{promised.why}")
        if promised.why == "no_value" and promised.result is not None:
            why = measured.reason_of(writer, promised.result)
        spans += [writer.text("document.because"), why]
    if promised.verdict in OPEN and promised.target.by > last_day(writer):
        spans.append(writer.text("summary.not_due"))
    return Cell(spans=tuple(spans), tone=TONES[promised.verdict])


def last_day(writer: Writer) -> dt.date:
    """Return the last day of the period."""
    request = writer.facts.request
    return days(writer.facts.site, request.start_ns, request.end_ns)[1]


def bound(writer: Writer, target: Target) -> str:
    """Return what was promised, in the figure's printed unit, and by when."""
    sides = [f"{sign} {value:g}" for sign, value in (("≥", target.least), ("≤", target.most)) if value is not None]
    result = writer.facts.figure(target.kpi, target.part)
    unit = measured.value_of(result).unit if result is not None else ""
    return f"{', '.join(sides) or display.UNKNOWN}{display.SPACE if unit and sides else ''}{unit if sides else ''}"


def baseline(writer: Writer, result: KpiResult) -> Cell:
    """Return a figure in the baseline period: as measured, else as declared, else a dash."""
    known = writer.facts.baseline
    if known is None or result.part:
        return plain(display.UNKNOWN, tone=Tone.FAINT)
    before = baseline_of(writer.facts, result.kpi)
    if before is not None and before.value is not None:
        return plain(measured.value_of(before, measured.BASELINE), tone=measured.tone_of(before))
    stated = known.declared.get(result.kpi)
    if stated is None:
        return plain(display.UNKNOWN, tone=Tone.FAINT)
    return plain(_declared(result, stated), tone=Tone.DECLARED)


def change(writer: Writer, result: KpiResult) -> Cell:
    """Return by how much a figure changed, relative to a baseline that was measured as well as the period was."""
    before = baseline_of(writer.facts, result.kpi) if not result.part else None
    if before is None or not before.value or not (measured.proven(before) and measured.proven(result)):
        return plain(display.UNKNOWN, tone=Tone.FAINT)
    if not comparable(before, result):
        return writer.cell("figures.not_comparable", tone=Tone.FAINT)
    ratio = (result.value or 0.0) / before.value - 1.0
    return plain(measured.share(f"change.{result.kpi}", ratio))


def limits(writer: Writer) -> list[Block]:
    """Return the figures beside the limits of the site's standards."""
    rows = []
    for result in writer.facts.figures:
        if result.value is None:
            continue
        for one in wording.judged(result, writer.lang):
            verdict = plain(f"{one.mark} {one.verdict}")
            if measured.short(result):
                verdict = writer.cell("figures.required", tone=Tone.FAINT)
            value = plain(measured.value_of(result), tone=measured.tone_of(result))
            rows.append((words(wording.title(result, writer.lang)), value, plain(one.limit), verdict))
    note = writer.text("figures.profile", name=profile_of(writer.facts.site))
    if not rows:
        return [writer.line("figures.no_limit", tone=Tone.FAINT)]
    columns = ("kpi", "value", "limit", "verdict")
    return [writer.table("limits", columns, rows, widths=(2.0, 1.0, 2.5, 2.0), numbers=(1,), note=note)]


def refused(writer: Writer) -> list[Block]:
    """Return the figures that are not given, each with its reason; parts that lack the same stand together."""
    parts: dict[tuple[str, str], list[KpiResult]] = {}
    for one in writer.facts.figures:
        if one.value is None:
            parts.setdefault((one.kpi, one.reason if one.part else ""), []).append(one)
    rows = [(_named(writer, ones), Cell(spans=measured.why_none(writer, ones[0]))) for ones in parts.values()]
    return [writer.table("refused", ("kpi", "reason"), rows, widths=(1.0, 2.0))] if rows else []


def _named(writer: Writer, ones: list[KpiResult]) -> Cell:
    title = wording.title(msgspec.structs.replace(ones[0], part=""), writer.lang)
    names = writer.names(one.part for one in ones if one.part)
    return words(f"{title} · {names}" if names else title)


def _covers(result: KpiResult) -> bool:
    return bool(result.value is not None or result.inputs)


def _declared(result: KpiResult, stated: float) -> Figure:
    unit = measured.value_of(result).unit
    return figure(f"{measured.BASELINE}.{result.kpi}", stated, unit, _digits(stated), Tone.DECLARED)


def _digits(value: float) -> int:
    return len(f"{value:g}".partition(".")[2]) if "e" not in f"{value:g}" else 0


def _note(writer: Writer, shown: list[KpiResult]) -> str:
    notes = [writer.text("figures.note")]
    if writer.facts.baseline is not None:
        span = writer.facts.baseline.start.isoformat(), writer.facts.baseline.end.isoformat()
        notes.append(writer.text("figures.baseline_note", start=span[0], end=span[1]))
    if any(measured.short(one) for one in shown):
        notes.append(writer.text("figures.required_note"))
    return " ".join(notes)
