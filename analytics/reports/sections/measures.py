"""Advice that was carried out: from the proposal to the verdict, what was saved with its interval, on which basis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.advice_view.wording import drift_text, progress_text, reasons_of
from analytics.reports.document import Bullets, Cell, Chart, KeyValues, Paragraph, Section, Tone, plain
from analytics.reports.sections import measured
from analytics.reports.sections.writer import EN_DASH, words
from analytics.verification import Verdict
from greendc import display, plots
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.advice.evidence import Evidence, Saved
    from analytics.advice.life import Case
    from analytics.advice.recommendation import Spread
    from analytics.advice_view import Line
    from analytics.reports.document import Block, Figure, Span
    from analytics.reports.sections.writer import Writer

COLUMNS = ("advice", "state", "proposal", "saving_year", "carbon", "checks")


def measures(writer: Writer) -> Section:
    """Return the section."""
    standing = writer.facts.advice
    carried = [*standing.proved, *standing.measuring]
    blocks: list[Block] = [*_verified(writer)]
    blocks += [_measure(writer, i, line.case) for i, line in enumerate(carried, start=1)]
    if not carried:
        blocks.append(writer.line("measures.none", tone=Tone.FAINT))
    blocks += [*savings_chart(writer), *_open(writer), *_rejected(writer)]
    return writer.section("measures", blocks)


def savings_chart(writer: Writer) -> list[Block]:
    """Return a bar for each measure that was verified, with its interval."""
    bars = []
    for i, line in enumerate((*writer.facts.advice.proved, *writer.facts.advice.measuring), start=1):
        report = line.case.evidence.report if line.case.evidence is not None else None
        if report is None or report.verdict is not Verdict.VERIFIED or report.saving is None:
            continue
        shown = display.significant(report.saving)
        bars.append(plots.Bar(name=str(i), value=report.saving, low=report.low, high=report.high, label=shown))
    if not bars:
        return []
    title, desc = writer.text("measures.chart"), writer.text("measures.chart_desc")
    svg = plots.bars(bars, unit="kWh", title=title, desc=desc)
    return [Chart(id="savings", title=title, desc=desc, svg=svg)]


def interval(name: str, value: float, low: float, high: float, unit: str) -> tuple[Span, ...]:
    """Return an amount with the interval that holds it."""
    ends = [measured.amount(f"{name}.{end}", one, unit) for end, one in (("low", low), ("high", high))]
    return (measured.amount(name, value, unit), " (", ends[0], EN_DASH, ends[1], ")")


def _verified(writer: Writer) -> list[Block]:
    saved = writer.facts.advice.verified
    if saved is None:
        return [writer.line("measures.nothing_verified", tone=Tone.FAINT)]
    spans = interval("savings.energy", saved.value, saved.low, saved.high, "kWh")
    return [Paragraph(spans=(*writer.say("measures.verified"), *spans), tone=Tone.STRONG)]


def _measure(writer: Writer, number: int, case: Case) -> Block:
    rows: dict[str, Cell] = {
        "state": plain(t(f"advice.life.state.{case.state.code}", writer.lang)),
        "proposal": words(case.advice.proposal(writer.lang)),
        "course": plain(_course(writer, case)),
    }
    name = f"measure.{number}"
    if case.evidence is not None:
        rows |= _found(writer, name, case.evidence)
    notes = reasons_of(case.evidence, writer.lang) if case.evidence is not None else []
    if case.drift is not None:
        notes.insert(0, drift_text(case.drift, writer.lang))
    pairs: list[Block] = [writer.pairs(rows)]
    if notes:
        pairs.append(Bullets(points=tuple(plain(note) for note in notes)))
    title = display.one_line(case.advice.title(writer.lang), 200)
    return Section(id=name, number="", title=title, blocks=tuple(pairs))


def _course(writer: Writer, case: Case) -> str:
    return " → ".join(
        f"{writer.moment(step.time_ns)} {t(f'advice.life.state.{step.state.code}', writer.lang)} "
        f"({display.one_line(step.name, 80)})"
        for step in case.steps
    )


def _found(writer: Writer, name: str, evidence: Evidence) -> dict[str, Cell]:
    """Return what was measured: nothing is called saved that is not verified."""
    rows = {
        "option": writer.cell(
            "measures.option", option=evidence.option, target=t(f"advice.target.{evidence.target}", writer.lang)
        ),
        "baseline_period": plain(writer.span(evidence.baseline_from_ns, evidence.baseline_to_ns)),
        "reporting_period": plain(writer.span(evidence.from_ns, evidence.to_ns)),
    }
    if not writer.coarse:
        rows["progress"] = plain(progress_text(evidence, writer.zone, writer.lang))
    report = evidence.report
    if report is None:
        return rows
    rows["model"] = plain(f"{t(f'savings.method.{report.method}', writer.lang)}, {report.model}")
    if report.saving is not None and report.low is not None and report.high is not None:
        spans = interval(f"{name}.saving", report.saving, report.low, report.high, report.unit)
        verified = report.verdict is Verdict.VERIFIED
        tail = () if verified else (" ", writer.text("measures.not_verified"))
        rows["saving"] = Cell(spans=(*spans, *tail), tone=Tone.STRONG if verified else Tone.FAINT)
    for key, ratio in (
        ("saving_ratio", report.saving_ratio),
        ("cv_rmse", report.cv_rmse),
        ("uncertainty_68", report.uncertainty_ratio),
        ("known_conditions", report.coverage),
    ):
        if ratio is not None:
            rows[key] = plain(measured.share(f"{name}.{key}", ratio))
    if "r2" in report.scores:
        rows["r2"] = plain(_ratio(f"{name}.r2", report.scores["r2"]))
    return rows | _worth(name, evidence)


def _worth(name: str, evidence: Evidence) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for key, saved, unit in (
        ("money", evidence.money, evidence.currency),
        ("carbon", evidence.carbon_kg, "kg CO₂"),
    ):
        if saved is not None:
            found[key] = Cell(spans=_saved(f"{name}.{key}", saved, unit))
    return found


def _saved(name: str, saved: Saved, unit: str) -> tuple[Span, ...]:
    return interval(name, saved.value, saved.low, saved.high, unit)


def _ratio(name: str, value: float) -> Figure:
    return measured.amount(name, value, "")


def _open(writer: Writer) -> list[Block]:
    """Return what waits for a person: estimates, called so."""
    lines = writer.facts.advice.open
    if not lines:
        return []
    rows = [_waiting(writer, i, line) for i, line in enumerate(lines, start=1)]
    return [
        writer.table(
            "open_advice", COLUMNS, rows, widths=(1.4, 0.8, 2.0, 1.6, 1.2, 2.0), note=writer.text("measures.note")
        )
    ]


def _waiting(writer: Writer, number: int, line: Line) -> tuple[Cell, ...]:
    advice = line.case.advice
    name = f"advice.{number}"
    carbon = plain(display.UNKNOWN)
    if advice.carbon_kg is not None:
        carbon = Cell(spans=_spread(f"{name}.carbon", advice.carbon_kg, "kg CO₂"))
    return (
        words(advice.title(writer.lang)),
        plain(t(f"advice.life.state.{line.case.state.code}", writer.lang)),
        words(advice.proposal(writer.lang)),
        Cell(spans=_spread(f"{name}.energy", advice.energy_kwh, "kWh")),
        carbon,
        words(" ".join(advice.checks(writer.lang))),
    )


def _spread(name: str, spread: Spread, unit: str) -> tuple[Span, ...]:
    return interval(name, spread.p50, spread.p10, spread.p90, unit)


def _rejected(writer: Writer) -> list[Block]:
    lines = [line for line in writer.facts.advice.past if line.case.state.code == "rejected"]
    if not lines:
        return []
    rows = tuple((display.one_line(line.case.advice.title(writer.lang), 200), _why(line.case)) for line in lines)
    return [writer.line("measures.rejected"), KeyValues(rows=rows)]


def _why(case: Case) -> Cell:
    step = case.steps[-1]
    return words(": ".join(part for part in (step.name, step.reason) if part), Tone.DECLARED)
