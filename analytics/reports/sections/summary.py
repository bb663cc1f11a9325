"""The summary on one page: what was promised and measured, what is strongest and weakest, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.limits import Verdict as LimitVerdict
from analytics.reports.document import Bullets, Cell, Paragraph, Tone, plain
from analytics.reports.request import ReportKind
from analytics.reports.sections import changes, measured
from analytics.reports.sections.figures import bound, verdict_cell
from analytics.reports.sections.technologies import Seen, technologies_of
from analytics.reports.sections.verdict import Verdict, promises
from analytics.reports.sections.writer import words
from greendc import display

if TYPE_CHECKING:
    from analytics.limits import Judgement
    from analytics.reports.document import Block, Section, Span
    from analytics.reports.sections.verdict import Promise
    from analytics.reports.sections.writer import Writer
    from analytics.result import KpiResult

SHOWN = 3
LEADING = ("pue", "facility_energy", "it_energy", "cooling_energy", "wue", "emissions")
_KINDS_WITH_PROMISES = frozenset((ReportKind.MID_TERM, ReportKind.ACCEPTANCE))

Rated = tuple[float, Cell]


def summary(writer: Writer) -> Section:
    """Return the section."""
    promised = promises(writer.facts)
    blocks: list[Block] = [*_warnings(writer), _leading(writer)]
    if promised or writer.facts.request.kind in _KINDS_WITH_PROMISES:
        blocks += _promises(writer, promised)
    strong, weak = _rated(writer, promised)
    blocks += _list(writer, "strongest", strong)
    blocks += _list(writer, "weakest", weak)
    blocks += [Paragraph(spans=(writer.text("summary.changed"),), tone=Tone.STRONG), *changes.in_short(writer)]
    return writer.section("summary", blocks)


def _warnings(writer: Writer) -> list[Block]:
    """Return what a reader must know first: a period still open, simulated data, a PUE that too little proves."""
    found: list[Block] = []
    if writer.facts.open_ns is not None:
        until = writer.moment(writer.facts.open_ns)
        found.append(writer.line("summary.not_over", tone=Tone.WARNING, until=until))
    if writer.facts.simulated:
        found.append(writer.line("summary.simulated", tone=Tone.WARNING))
    pue = writer.facts.figure("pue")
    if pue is None or pue.value is None:
        why = measured.why_none(writer, pue) if pue is not None else (writer.text("figures.no_reason"),)
        found.append(Paragraph(spans=(*writer.say("summary.no_pue"), *why), tone=Tone.WARNING))
    elif measured.short(pue):
        found.append(writer.line("summary.short_pue", tone=Tone.WARNING, coverage=measured.coverage_of(pue)))
    unproven = [one for one in writer.facts.figures if measured.poor(one)]
    if unproven:
        names = writer.names(wording.title(one, writer.lang) for one in unproven)
        found.append(writer.line("summary.short_figures", tone=Tone.WARNING, names=names))
    return found


def _leading(writer: Writer) -> Block:
    found = [one for key in LEADING if (one := writer.facts.figure(key)) is not None]
    rows = [
        (words(wording.title(one, writer.lang)), measured.value_cell(writer, one), measured.error_of(one))
        for one in found
    ]
    return writer.table("leading", ("kpi", "value", "uncertainty"), rows, widths=(2.0, 3.0, 1.0))


def _promises(writer: Writer, promised: tuple[Promise, ...]) -> list[Block]:
    if not promised:
        return [writer.line("summary.nothing_promised", tone=Tone.FAINT)]
    rows = [_promise(writer, one) for one in promised]
    counts = {
        verdict.value: measured.count(f"promises.{verdict}", sum(one.verdict is verdict for one in promised))
        for verdict in Verdict
    }
    columns = ("promise", "due", "measured", "verdict")
    return [
        writer.table("promises", columns, rows, widths=(2.2, 1.0, 1.6, 2.2)),
        Paragraph(spans=writer.say("summary.counts", **counts)),
    ]


def _promise(writer: Writer, one: Promise) -> tuple[Cell, ...]:
    name = one.target.kpi if one.result is None else wording.title(one.result, writer.lang)
    value = plain(display.UNKNOWN, tone=Tone.FAINT)
    if one.result is not None:
        value = plain(measured.value_of(one.result), tone=measured.tone_of(one.result))
    planned = one.target.planned
    plan = "" if planned is one.target else writer.text("summary.plan", bound=bound(writer, planned))
    return (
        plain(f"{name} {bound(writer, one.target)}{plan}"),
        plain(one.target.by.isoformat()),
        value,
        verdict_cell(writer, one),
    )


def _rated(writer: Writer, promised: tuple[Promise, ...]) -> tuple[list[Cell], list[Cell]]:
    """Return the strongest and the weakest points: promises first, then limits of standards, then what is not metered.

    Only what is proven is a strength.
    """
    strong: list[Rated] = []
    weak: list[Rated] = []
    for one in promised:
        _rate_promise(writer, one, strong, weak)
    known = {one.target.kpi for one in promised}
    for result in writer.facts.figures:
        if result.kpi not in known and measured.proven(result):
            _rate_limits(writer, result, strong, weak)
    pue = writer.facts.figure("pue")
    if pue is not None and not measured.proven(pue) and "pue" not in known:
        weak.append((4.0, Cell(spans=_named(writer, pue, ": ", *measured.value_cell(writer, pue).spans))))
    unmetered = [line for line in technologies_of(writer) if line.seen is Seen.NOT_METERED]
    weak += [(1.0, writer.cell("summary.weak.not_metered", name=line.title(writer))) for line in unmetered]
    return _best(strong), _best(weak)


def _rate_promise(writer: Writer, one: Promise, strong: list[Rated], weak: list[Rated]) -> None:
    if one.result is None:
        weak.append((2.0, writer.cell("summary.weak.unknown", name=one.target.kpi)))
        return
    name = wording.title(one.result, writer.lang)
    value, limit = measured.value_of(one.result), bound(writer, one.target)
    if one.verdict is Verdict.MET:
        strong.append(
            (2.0 + (one.margin or 0.0), writer.cell("summary.strong.met", name=name, value=value, bound=limit))
        )
    elif one.verdict is Verdict.MISSED:
        rate = 3.0 - (one.margin or 0.0)
        weak.append((rate, writer.cell("summary.weak.missed", name=name, value=value, bound=limit)))
    elif one.verdict is Verdict.NOT_MEASURED:
        why = _why(writer, one)
        weak.append((2.5, writer.cell("summary.weak.not_measured", name=name, bound=limit, why=why)))


def _why(writer: Writer, one: Promise) -> str:
    if one.why == "no_value" and one.result is not None:
        return measured.reason_of(writer, one.result)
    return writer.text(f"summary.why.{one.why}")


def _rate_limits(writer: Writer, result: KpiResult, strong: list[Rated], weak: list[Rated]) -> None:
    """Rate a figure by the limits of standards, once at most on each side."""
    name, value = wording.title(result, writer.lang), measured.value_of(result)
    rated: dict[LimitVerdict, Cell] = {}
    for judgement, said in zip(_known(result), wording.judged(result, writer.lang), strict=True):
        said_of_it = writer.cell("summary.by_limit", name=name, value=value, bound=said.limit, verdict=said.verdict)
        rated.setdefault(judgement.verdict, said_of_it)
    strong += [(1.0, rated[LimitVerdict.MET])] if LimitVerdict.MET in rated else []
    weak += [(1.5, rated[LimitVerdict.MISSED])] if LimitVerdict.MISSED in rated else []


def _known(result: KpiResult) -> list[Judgement]:
    return [one for one in result.judgements if one.verdict is not LimitVerdict.UNKNOWN]


def _named(writer: Writer, result: KpiResult, *spans: Span) -> tuple[Span, ...]:
    return (wording.title(result, writer.lang), *spans)


def _best(rated: list[Rated]) -> list[Cell]:
    return [cell for _, cell in sorted(rated, key=lambda one: -one[0])[:SHOWN]]


def _list(writer: Writer, key: str, points: list[Cell]) -> list[Block]:
    head = Paragraph(spans=(writer.text(f"summary.{key}"),), tone=Tone.STRONG)
    if not points:
        return [head, writer.line(f"summary.no_{key}", tone=Tone.FAINT)]
    return [head, Bullets(points=tuple(points))]
