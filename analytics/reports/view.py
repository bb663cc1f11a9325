"""What the page of a report says, already worded and formatted: the template only places it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.advice_view import AdviceStanding, standing_of
from analytics.alarm_view import Performance, performance_of
from analytics.alarms import Alarm, open_alarms
from analytics.alarms.transition import CLEARED, RAISED
from analytics.efficiency_view import wording
from analytics.envelope import inlet_limits
from analytics.frame import power_frame
from analytics.kpis import compute
from analytics.kpis.side import CATEGORIES
from analytics.limits import profile_of
from analytics.quality import STANDARD, Dimension, QualityNote, Severity
from analytics.quality.power_tree import SITE_GROUP
from analytics.reports.account import AccountLine
from analytics.reports.advice_section import AdviceSection, advice_section
from analytics.reports.alarm_section import AlarmSection, alarm_section
from analytics.reports.gathering.record import events_within, noted_quality
from analytics.result import KpiResult
from greendc import display, drawing
from greendc.clock import NS_PER_HOUR
from greendc.site import Role, Site
from greendc.texts import catalogue, t
from greendc.units import NS_PER_SECOND, kw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greendc.contracts import History, Ledger

__all__ = ["AccountLine", "Facts", "gather", "page"]

CHART_STEPS = 96
WORST_SHOWN = 5
LIST_MARK = " · "
EN_DASH = " \u2013 "


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a report states, before it is worded. ``power`` is (time [ns], facility [W], IT [W]) by step."""

    site: Site
    start_ns: int
    end_ns: int
    software: str
    figures: list[KpiResult]
    alarms: list[Alarm]
    raised: int
    cleared: int
    performance: Performance
    advice: AdviceStanding
    account: tuple[AccountLine, ...]
    power: list[tuple[int, float | None, float | None]]
    quality: list[QualityNote]


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a figure table."""

    title: str
    value: str
    error: str
    coverage: str
    category: str
    method: str
    standard: str
    note: str
    meters: str


class JudgementRow(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside a limit of the site's standards profile."""

    title: str
    value: str
    error: str
    limit: str
    verdict: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One report page in one language; ``say`` holds its fixed texts."""

    lang: str
    say: dict[str, str]
    site: str
    simulated: bool
    draft_why: str
    period: str
    software: str
    pue: FigureRow
    figures: list[FigureRow]
    refused: list[str]
    judgements: list[JudgementRow]
    profile: str
    chart: str
    alarms: AlarmSection
    advice: AdviceSection
    account: tuple[AccountLine, ...]
    quality: list[str]
    methodology: list[str]


def gather(
    site: Site,
    history: History,
    ledger: Ledger,
    start_ns: int,
    end_ns: int,
    account: Sequence[AccountLine],
    software: str,
    told: Callable[[str], None],
) -> Facts:
    """Return the facts of a period. What the ledger says later than its end is left out.

    ``told`` is called with ``figures`` and ``record`` as these parts begin.
    """
    told("figures")
    figures = compute(history, site, start_ns, end_ns)
    told("record")
    return Facts(
        site=site,
        start_ns=start_ns,
        end_ns=end_ns,
        software=software,
        figures=figures,
        alarms=open_alarms(ledger, end_ns),
        raised=events_within(ledger, RAISED, start_ns, end_ns),
        cleared=events_within(ledger, CLEARED, start_ns, end_ns),
        performance=performance_of(ledger, start_ns, end_ns),
        advice=standing_of(ledger, site, end_ns, until_ns=end_ns),
        account=tuple(account),
        power=_power(history, site, start_ns, end_ns),
        quality=list(noted_quality(ledger, site, start_ns, end_ns)),
    )


def _power(history: History, site: Site, start_ns: int, end_ns: int) -> list[tuple[int, float | None, float | None]]:

    it = next((role for _, role in CATEGORIES if any(m.role is role for m in site.meters)), Role.IT_INPUT)
    groups = {
        name: [meter for meter in site.meters if meter.role is role]
        for name, role in (("facility", Role.FACILITY_INPUT), ("it", it))
    }
    step_ns = max(10 * NS_PER_SECOND, (end_ns - start_ns) // CHART_STEPS // NS_PER_SECOND * NS_PER_SECOND)
    frame = power_frame(history, site, groups, start_ns, end_ns, step_ns)
    known = frame.astype(object).where(frame.notna(), None)
    rows = zip(known.index.tolist(), known["facility"].tolist(), known["it"].tolist(), strict=True)
    return list(rows)


def page(facts: Facts, lang: str) -> Page:
    """Return the page in one language."""
    site, zone = facts.site, facts.site.zone()
    pue, *others = facts.figures
    given = [figure for figure in others if figure.inputs or figure.value is not None]
    rows = [_figure(pue, lang), *(_figure(figure, lang) for figure in given)]
    last = f"{display.moment(facts.start_ns, zone)}{EN_DASH}{display.moment(facts.end_ns, zone)}"
    return Page(
        lang=lang,
        say={
            key.removeprefix("report."): t(key, lang)
            for key in catalogue()
            if key.startswith("report.") and "{" not in catalogue()[key][lang]
        },
        site=site.info.title(lang),
        simulated=site.info.simulated,
        draft_why=t("report.draft_why" if site.info.simulated else "report.draft_open", lang),
        period=f"{last} ({display.zone_label(zone, facts.end_ns)}, {_hours(facts)})",
        software=f"greendc {facts.software}",
        pue=rows[0],
        figures=rows[1:],
        refused=[
            f"{wording.title(one, lang)}: {wording.reason(one, lang)}"
            for one in others
            if one.value is None and not one.inputs
        ],
        judgements=[row for figure in facts.figures for row in _judgements(figure, lang)],
        profile=t("report.profile", lang, name=profile_of(site)),
        chart=_chart(facts, lang),
        alarms=alarm_section(facts.alarms, facts.performance, (facts.raised, facts.cleared), zone, lang),
        advice=advice_section(facts.advice, zone, lang),
        account=facts.account,
        quality=_quality(facts, lang),
        methodology=_methodology(facts, lang),
    )


def _hours(facts: Facts) -> str:
    return f"{display.significant((facts.end_ns - facts.start_ns) / NS_PER_HOUR)} h"


def _figure(result: KpiResult, lang: str) -> FigureRow:
    return FigureRow(
        title=wording.title(result, lang),
        value=t("report.not_known", lang) if result.value is None else str(wording.shown(result.value, result)),
        error="" if result.uncertainty is None else f"± {display.percent(result.uncertainty)}",
        coverage=str(display.percent(result.coverage)),
        category=t(f"kpis.category.{result.category}", lang) if result.category else "",
        method=t(f"kpis.method.{result.method}", lang) if result.method else "",
        standard=result.standard,
        note=_note(result, lang),
        meters="; ".join(", ".join(side.meters) for side in result.inputs if side.meters),
    )


def _note(result: KpiResult, lang: str) -> str:
    said = wording.reason(result, lang)
    if not said and result.provisional:
        said = t("report.provisional", lang)
    return " ".join(part for part in (said, *wording.remarks(result, lang)) if part)


def _judgements(result: KpiResult, lang: str) -> list[JudgementRow]:
    return [
        JudgementRow(
            title=wording.title(result, lang),
            value=str(wording.shown(result.value, result)),
            error="" if result.uncertainty is None else f"± {display.percent(result.uncertainty)}",
            limit=one.limit,
            verdict=f"{one.mark} {one.verdict}",
        )
        for one in wording.judged(result, lang)
        if result.value is not None
    ]


def _chart(facts: Facts, lang: str) -> str:
    times = [at for at, _, _ in facts.power]
    lines = [
        drawing.Line(name=t(f"report.{name}", lang), values=[None if v is None else kw(v) for v in values])
        for name, values in (
            ("facility", [facility for _, facility, _ in facts.power]),
            ("it", [it for _, _, it in facts.power]),
        )
    ]
    return drawing.trend(
        times,
        lines,
        zone=facts.site.zone(),
        unit="kW",
        title=t("report.power_chart", lang),
        desc=t("report.power_chart_desc", lang),
        height=150,
    )


def _quality(facts: Facts, lang: str) -> list[str]:
    sides = {side.role: side for result in facts.figures if result.value is not None for side in result.inputs}
    sides.update((side.role, side) for side in facts.figures[0].inputs)
    lines = [
        t(
            "report.quality_line",
            lang,
            role=t(f"report.role.{role}", lang),
            coverage=str(display.percent(side.coverage)),
            gaps=str(side.gaps),
            resets=str(side.resets),
            meters=str(len(side.meters)),
        )
        for role, side in sorted(sides.items())
    ]
    return [*lines, t("report.quality_rule", lang), *_quality_days(facts, lang)]


def _quality_days(facts: Facts, lang: str) -> list[str]:
    """Return what the ledger says of the quality of the days of the period, each dimension over all of them."""
    notes = facts.quality
    if not notes:
        return [t("report.quality_not_judged", lang)]
    scores = []
    for i, dimension in enumerate(Dimension):
        known = [note.site_scores[i].mean for note in notes]
        means = [mean for mean in known if mean is not None]
        shown = display.percent(min(means)) if means else display.UNKNOWN
        scores.append(f"{dimension.title(lang)} {shown}")
    found = [one for note in notes for one in note.findings if one.severity is not Severity.NOTE]
    counts = [sum(one.severity is severity for one in found) for severity in (Severity.FAULT, Severity.GAP)]
    lines = [
        t("report.quality_days", lang, days=str(len(notes)), standard=STANDARD, scores=LIST_MARK.join(scores)),
        t("report.quality_found", lang, faults=str(counts[0]), gaps=str(counts[1])),
    ]
    rests = [balance for note in notes for balance in note.balances if balance.name == SITE_GROUP]
    known_rests = [(one.remainder_j, one.parents_j) for one in rests]
    rest = sum(rest for rest, whole in known_rests if rest is not None and whole is not None)
    whole = sum(whole for rest, whole in known_rests if rest is not None and whole is not None)
    if whole > 0:
        share = str(display.percent(rest / whole))
        lines.append(t("report.quality_untracked", lang, energy=str(display.energy(rest)), share=share))
    worst = sorted(found, key=lambda one: tuple(Severity).index(one.severity))[:WORST_SHOWN]
    return [*lines, *(f"{one.text(lang)} {one.evidence(lang)}" for one in worst)]


def _methodology(facts: Facts, lang: str) -> list[str]:
    limits = inlet_limits(facts.site.info.altitude_m, facts.site.info.equipment_class)
    limit_line = t(
        "report.methodology_limits",
        lang,
        source=f"{limits.source}, {limits.equipment_class}",
        altitude=display.number(facts.site.info.altitude_m),
        derating=display.number(limits.derating_k, 1),
        confidence=limits.confidence,
    )
    lines = [t(f"report.methodology_{name}", lang) for name in ("pue", "energy", "error")]
    return [*lines, limit_line, t("report.methodology_verify", lang)]
