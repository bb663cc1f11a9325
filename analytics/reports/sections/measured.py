"""A figure of the site as numbers of the report: value, error, coverage, number of meters; and whether it is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.kpis.coverage import REPORTABLE
from analytics.kpis.declared import METHOD as DECLARED
from analytics.reports.document import Cell, Figure, Tone, figure, plain, shown_figure
from greendc import display

if TYPE_CHECKING:
    from analytics.reports.sections.writer import Writer
    from analytics.result import KpiResult

KPI, BASELINE = "kpi", "baseline"
COVERAGE, NOTHING_DECLARED = "coverage", "nothing_renewable_declared"


def id_of(result: KpiResult, prefix: str = KPI) -> str:
    """Return the name of a figure within the report, such as ``kpi.pue``."""
    return f"{prefix}.{result.kpi}.{result.part}" if result.part else f"{prefix}.{result.kpi}"


def declared(result: KpiResult) -> bool:
    """Tell whether nobody measured it."""
    return result.method == DECLARED


def assumed(result: KpiResult) -> bool:
    """Tell whether a value only says that nobody declared anything: a share of 0 that nothing shows."""
    return any(remark.code == NOTHING_DECLARED for remark in result.remarks)


def proven(result: KpiResult | None) -> bool:
    """Tell whether a figure was measured over enough of its period to claim something with it."""
    return (
        result is not None
        and result.value is not None
        and not result.provisional
        and result.coverage >= REPORTABLE
        and not declared(result)
        and not assumed(result)
    )


def short(result: KpiResult) -> bool:
    """Tell whether there is a value that covers too little of its period."""
    too_little = result.provisional or result.coverage < REPORTABLE
    return result.value is not None and not declared(result) and too_little


def poor(result: KpiResult) -> bool:
    """Tell whether a figure suffers from coverage: it has a value that proves nothing, or none for that reason."""
    return short(result) or (result.value is None and result.reason == COVERAGE)


def tone_of(result: KpiResult) -> Tone:
    """Return how a figure is printed: what is not proven is grey, what is declared looks declared."""
    if declared(result):
        return Tone.DECLARED
    return Tone.PLAIN if proven(result) else Tone.FAINT


def value_of(result: KpiResult, prefix: str = KPI) -> Figure:
    """Return the value."""
    shown = wording.shown(result.value, result)
    return shown_figure(id_of(result, prefix), result.value, result.unit, shown, tone_of(result))


def coverage_of(result: KpiResult, prefix: str = KPI) -> Figure:
    """Return which share of the period is known."""
    tone = Tone.PLAIN if result.coverage >= REPORTABLE else Tone.FAINT
    return share(f"{id_of(result, prefix)}.coverage", result.coverage, tone)


def error_of(result: KpiResult, prefix: str = KPI) -> Cell:
    """Return the relative uncertainty, a dash without one."""
    if result.uncertainty is None or result.value is None:
        return plain(display.UNKNOWN, tone=Tone.FAINT)
    return plain("± ", share(f"{id_of(result, prefix)}.uncertainty", result.uncertainty))


def points_of(result: KpiResult) -> Figure:
    """Return how many meters a figure rests on."""
    return count(f"{id_of(result)}.meters", len({meter for side in result.inputs for meter in side.meters}))


def share(name: str, ratio: float | None, tone: Tone = Tone.PLAIN) -> Figure:
    """Return a ratio 0..1 in per cent."""
    return shown_figure(name, ratio, "1", display.percent(ratio), tone)


def count(name: str, value: float | None, tone: Tone = Tone.PLAIN) -> Figure:
    """Return a number of things."""
    return figure(name, value, "", 0, tone)


def amount(name: str, value: float | None, unit: str, tone: Tone = Tone.PLAIN) -> Figure:
    """Return an amount in the unit in which it is printed, with about three digits."""
    return Figure(id=name, value=value, unit=unit, shown=display.significant(value), tone=tone)


def value_cell(writer: Writer, result: KpiResult, prefix: str = KPI) -> Cell:
    """Return the value, with the demand on coverage beside one that misses it, and the reason where there is none."""
    value = value_of(result, prefix)
    if result.value is None:
        return Cell(spans=(value, " ", *why_none(writer, result)), tone=Tone.FAINT)
    if short(result):
        return Cell(spans=(value, " ", *too_little(writer, result, prefix)), tone=Tone.FAINT)
    return Cell(spans=(value,), tone=tone_of(result))


def reason_of(writer: Writer, result: KpiResult) -> str:
    """Return why there is no value."""
    return wording.reason(result, writer.lang) or writer.text("figures.no_reason")


def why_none(writer: Writer, result: KpiResult) -> tuple[str | Figure, ...]:
    """Return why there is no value, with the coverage where that is the reason."""
    why = reason_of(writer, result)
    return (why, " ", *too_little(writer, result)) if poor(result) else (why,)


def too_little(writer: Writer, result: KpiResult, prefix: str = KPI) -> tuple[str | Figure, ...]:
    """Return that a figure covers too little, and what would be enough."""
    return writer.say("figures.too_little", coverage=coverage_of(result, prefix))
