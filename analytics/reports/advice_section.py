"""The report's section on advice: what is open, what was taken on, and what was measured of it, each with its basis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.advice_view.wording import drift_text, progress_text, reasons_of, saved_amounts
from greendc import display
from greendc.texts import t

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from analytics.advice.evidence import Evidence
    from analytics.advice.life import Case
    from analytics.advice.recommendation import Recommendation, Spread
    from analytics.advice_view import AdviceStanding, Line

EN_DASH = " \u2013 "
LIST_MARK = " \u00b7 "


class AdviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """An open advice; ``state`` is empty as long as nobody decided."""

    title: str
    state: str
    proposal: str
    savings: list[str]
    checks: list[str]
    carbon: str


class MeasureRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was carried out: when and by whom, what was measured, on which basis, and why no more is claimed."""

    title: str
    state: str
    proposal: str
    course: str
    savings: list[str]
    basis: list[str]
    notes: list[str]


class AdviceSection(msgspec.Struct, frozen=True, kw_only=True):
    """The section, already worded."""

    open: list[AdviceRow]
    together: str
    measures: list[MeasureRow]
    verified: str
    rejected: list[str]


def advice_section(standing: AdviceStanding, zone: dt.tzinfo, lang: str) -> AdviceSection:
    """Return the section in a language."""
    together, verified = standing.together, standing.verified
    kwh = "{} kWh".format
    return AdviceSection(
        open=[_open(line.case, lang) for line in standing.open],
        together="" if together is None or len(standing.open) < 2 else _spread(together, _shown(kwh)),  # noqa: PLR2004 (one is its own sum)
        measures=[_measure(line, zone, lang) for line in (*standing.proved, *standing.measuring)],
        verified=""
        if verified is None
        else _between(*(kwh(display.significant(v)) for v in (verified.value, verified.low, verified.high))),
        rejected=[_rejected(line, lang) for line in standing.past if line.case.state.code == "rejected"],
    )


def _open(case: Case, lang: str) -> AdviceRow:
    advice = case.advice
    state = "" if advice.state == "proposed" else t(f"advice.life.state.{case.state.code}", lang)
    return AdviceRow(
        title=display.one_line(advice.title(lang)),
        state=state,
        proposal=display.one_line(advice.proposal(lang), 2000),
        savings=_savings(advice),
        checks=advice.checks(lang),
        carbon=advice.carbon_source,
    )


def _savings(advice: Recommendation) -> list[str]:
    found = [_spread(advice.energy_kwh, lambda value: f"{display.significant(value)} kWh")]
    if advice.money is not None:
        found.append(_spread(advice.money, lambda value: str(display.money(value, advice.currency))))
    if advice.carbon_kg is not None:
        found.append(_spread(advice.carbon_kg, lambda value: f"{display.mass(value)} CO₂"))
    if advice.water_m3 is not None:
        found.append(_spread(advice.water_m3, lambda value: f"{display.significant(value)} m³"))
    return found


def _measure(line: Line, zone: dt.tzinfo, lang: str) -> MeasureRow:
    case, evidence = line.case, line.case.evidence
    steps = [
        f"{display.moment(step.time_ns, zone)} {t(f'advice.life.state.{step.state.code}', lang)} "
        f"({display.one_line(step.name)})"
        for step in case.steps
    ]
    notes = reasons_of(evidence, lang) if evidence is not None else []
    if case.drift is not None:
        notes.insert(0, drift_text(case.drift, lang))
    return MeasureRow(
        title=display.one_line(case.advice.title(lang)),
        state=t(f"advice.life.state.{case.state.code}", lang),
        proposal=display.one_line(case.advice.proposal(lang), 2000),
        course=LIST_MARK.join(steps),
        savings=[one.sentence() for one in saved_amounts(evidence)] if evidence is not None else [],
        basis=_basis(evidence, zone, lang) if evidence is not None else [],
        notes=notes,
    )


def _basis(evidence: Evidence, zone: dt.tzinfo, lang: str) -> list[str]:
    """Return option, model and errors of a measurement, and the times that were compared."""
    start, end = (display.moment(at_ns, zone) for at_ns in (evidence.from_ns, evidence.to_ns))
    found = [
        t("report.measure_option", lang, option=evidence.option, target=t(f"advice.target.{evidence.target}", lang)),
        t("report.measure_time", lang, start=start, end=end),
        progress_text(evidence, zone, lang),
    ]
    report = evidence.report
    if report is None or report.saving is None:
        return found
    found.append(t("report.measure_model", lang, method=t(f"savings.method.{report.method}", lang), model=report.model))
    for name, value in (
        ("ratio", report.saving_ratio),
        ("cv_rmse", report.cv_rmse),
        ("uncertainty", report.uncertainty_ratio),
        ("coverage", report.coverage),
    ):
        if value is not None:
            found.append(t(f"report.measure_{name}", lang, value=str(display.percent(value))))
    return found


def _rejected(line: Line, lang: str) -> str:
    step = line.case.steps[-1]
    title, who, why = (display.one_line(text, 400) for text in (line.case.advice.title(lang), step.name, step.reason))
    return t("report.advice_rejected_line", lang, title=title, who=who, why=why)


def _shown(form: Callable[[str], str]) -> Callable[[float], str]:
    return lambda value: form(display.significant(value))


def _spread(spread: Spread, show: Callable[[float], str]) -> str:
    return _between(show(spread.p50), show(spread.p10), show(spread.p90))


def _between(middle: str, low: str, high: str) -> str:
    return f"{middle} ({low}{EN_DASH}{high})"
