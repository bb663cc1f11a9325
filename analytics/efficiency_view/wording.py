"""A figure in words, for page and report alike: its value, its name, its judgements, what limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.kpis import KPIS
from analytics.limits import Verdict
from greendc import display
from greendc.display import Shown
from greendc.origins import origin
from greendc.texts import catalogue, t

if TYPE_CHECKING:
    from analytics.limits import Judgement, Limit
    from analytics.result import KpiResult

SHARES = frozenset(
    {
        "it_load_rate",
        "rack_occupancy",
        "iteu_sv",
        "free_cooling_share",
        "rci_high",
        "rci_low",
        "rti",
        "inlet_recommended",
        "inlet_allowable",
        "gb50174_recommended",
        "gb50174_allowable",
    }
)
"""Ratios that people read in per cent."""
UNITS = {"m3": "m³", "K.d": "K·d", "1/kW": "1/kW"}
MARKS = {
    Verdict.MET: "✓",
    Verdict.MISSED: "✗",
    Verdict.WITHIN_ERROR: "≈",
    Verdict.OUTLOOK: "○",
    Verdict.NOT_APPLICABLE: "\u2013",
    Verdict.UNKNOWN: "?",
}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One judgement in words: a mark that does without colour, the verdict, and whose limit it is."""

    mark: str
    verdict: str
    limit: str
    applicable: bool


def title(result: KpiResult, lang: str) -> str:
    """Return a figure's name, as its standard calls it for this period, and the part it is about."""
    known = next((kpi for kpi in KPIS if kpi.key == result.kpi), None)
    name = result.kpi if known is None else known.title(lang)
    if result.label not in {result.kpi, "PUE"} and result.kpi == "pue":
        name = name.replace("PUE", result.label)
    return f"{name} · {result.part}" if result.part else name


def shown(value: float | None, result: KpiResult) -> Shown:
    """Return a value of a figure with its unit."""
    if result.unit != "1":
        words = display.stored(value, result.unit)
        return Shown(words.number, UNITS.get(words.unit, words.unit))
    return display.percent(value) if result.kpi in SHARES else display.effectiveness(value)


def reason(result: KpiResult, lang: str) -> str:
    """Return why there is no value, empty where there is one."""
    return t(f"kpis.reason.{result.reason}", lang) if result.reason else ""


def category(result: KpiResult, lang: str) -> str:
    """Return where IT energy was metered, empty where it has no meaning."""
    return t(f"kpis.category.{result.category}", lang) if result.category else ""


def method(result: KpiResult, lang: str) -> str:
    """Return how energy was counted, empty where it has no meaning."""
    return t(f"kpis.method.{result.method}", lang) if result.method else ""


def remarks(result: KpiResult, lang: str) -> list[str]:
    """Return what else a reader must know."""
    return [
        t(f"kpis.remark.{remark.code}", lang, **_in_words(remark.params, lang))
        for remark in result.remarks
        if f"kpis.remark.{remark.code}" in catalogue()
    ]


def _in_words(params: dict[str, str], lang: str) -> dict[str, str]:
    return params | {"source": origin(params["source"], lang)} if "source" in params else params


def judged(result: KpiResult, lang: str) -> list[Judged]:
    """Return the judgements of a figure; a figure without a value has none."""
    return [_judged(one, lang) for one in result.judgements if one.verdict is not Verdict.UNKNOWN]


def _judged(judgement: Judgement, lang: str) -> Judged:
    words = [t(f"kpis.verdict.{judgement.verdict}", lang)]
    if judgement.limit.grades and judgement.met is not None:
        no_grade = t("kpis.verdict.no_grade", lang)
        words.insert(0, t("kpis.verdict.grade", lang, grade=judgement.grade) if judgement.grade else no_grade)
    if judgement.limit.confidence != "confirmed":
        words.append(t("kpis.verdict.unconfirmed", lang))
    own = f"kpis.limit.{judgement.limit.key}"
    standard = t(own, lang) if own in catalogue() else judgement.limit.standard
    return Judged(
        mark=MARKS[judgement.verdict],
        verdict=" · ".join(words),
        limit=f"{standard} ({_bounds(judgement.limit)})",
        applicable=judgement.verdict is not Verdict.NOT_APPLICABLE,
    )


def _bounds(limit: Limit) -> str:
    bounds = [f"≤ {bound:g}" for bound in (*limit.grades, limit.most) if bound is not None]
    bounds += [f"≥ {limit.least:g}"] if limit.least is not None else []
    return ", ".join(bounds)
