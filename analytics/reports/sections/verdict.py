"""A target of the plan beside what was measured: met, partly, not, or not measured, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from analytics.limits import YEAR_NS
from analytics.reports.commitments import Target
from analytics.reports.document import Tone
from analytics.reports.sections import measured
from analytics.result import KpiResult

if TYPE_CHECKING:
    from analytics.reports.facts import Facts

WHOLE_YEAR = frozenset(
    (
        "pue",
        "ppue_cooling",
        "ppue_power",
        "pue_module",
        "eeue",
        "wue",
        "cue",
        "ref",
        "erf",
        "ere",
        "cer",
        "free_cooling_share",
    )
)
"""Figures that depend on the season: less than twelve months show the way and prove no target."""


LENGTHS_DIFFER = 0.02
"""A leap year may stand beside another one, a month not beside a year."""


class Verdict(StrEnum):
    """How a promise stands."""

    MET = "met"
    PARTLY = "partly"
    MISSED = "missed"
    NOT_MEASURED = "not_measured"


TONES = {
    Verdict.MET: Tone.PLAIN,
    Verdict.PARTLY: Tone.PLAIN,
    Verdict.MISSED: Tone.STRONG,
    Verdict.NOT_MEASURED: Tone.FAINT,
}


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A target, what was measured for it, the verdict, and the code of its reason (`report_summary.why.*`).

    ``margin`` is how far the value lies on the good side of the target, relative to it; negative on the bad side.
    """

    target: Target
    result: KpiResult | None
    verdict: Verdict
    why: str = ""
    margin: float | None = None


def promises(facts: Facts) -> tuple[Promise, ...]:
    """Return every target of the commitments in their order, with its verdict."""
    targets = facts.commitments.targets if facts.commitments is not None else []
    return tuple(promise(target, facts) for target in targets)


def promise(target: Target, facts: Facts) -> Promise:
    """Return a target with its verdict; the unrounded value decides.

    Only what lies wholly on the good side, with its error and over a whole year where the season matters, is met.
    """
    result = facts.figure(target.kpi, target.part)
    if result is None or not measured.proven(result):
        why = "unknown" if result is None else _why_not(result)
        return Promise(target=target, result=result, verdict=Verdict.NOT_MEASURED, why=why)
    value = measured.value_of(result).value or 0.0
    error = abs(value) * (result.uncertainty or 0.0)
    margin = _margin(target, value)
    reached = _reaches(target, value)
    if any(_reaches(target, edge) != reached for edge in (value - error, value + error)):
        verdict, why = Verdict.PARTLY, "within_error"
    elif not reached:
        verdict, why = (Verdict.PARTLY, "on_the_way") if _nearer(target, result, facts) else (Verdict.MISSED, "")
    elif target.kpi in WHOLE_YEAR and result.end_ns - result.start_ns < YEAR_NS:
        verdict, why = Verdict.PARTLY, "short_period"
    else:
        verdict, why = Verdict.MET, ""
    return Promise(target=target, result=result, verdict=verdict, why=why, margin=margin)


def of_figure(promised: tuple[Promise, ...], result: KpiResult) -> Promise | None:
    """Return the promise about a figure; of several the one with the latest date."""
    found = [one for one in promised if (one.target.kpi, one.target.part) == (result.kpi, result.part)]
    return max(found, key=lambda one: one.target.by, default=None)


def baseline_of(facts: Facts, kpi: str) -> KpiResult | None:
    """Return a figure as it was measured in the baseline period."""
    figures = facts.baseline.figures if facts.baseline is not None else ()
    return next((one for one in figures if one.kpi == kpi and not one.part), None)


def comparable(before: KpiResult, now: KpiResult) -> bool:
    """Tell whether two figures may stand beside each other: both proven, of one category, of periods as long."""
    lengths = sorted((before.end_ns - before.start_ns, now.end_ns - now.start_ns))
    alike = lengths[1] - lengths[0] <= LENGTHS_DIFFER * lengths[1]
    return measured.proven(before) and measured.proven(now) and before.category == now.category and alike


def _why_not(result: KpiResult) -> str:
    if measured.declared(result):
        return "declared"
    if measured.assumed(result):
        return "assumed"
    return "coverage" if result.value is not None else "no_value"


def _reaches(target: Target, value: float) -> bool:
    return (target.most is None or value <= target.most) and (target.least is None or value >= target.least)


def _margin(target: Target, value: float) -> float | None:
    sides = []
    if target.most:
        sides.append((target.most - value) / abs(target.most))
    if target.least:
        sides.append((value - target.least) / abs(target.least))
    return min(sides, default=None)


def _nearer(target: Target, result: KpiResult, facts: Facts) -> bool:
    """Tell whether a figure came nearer to its target since a measured baseline, by more than both errors."""
    before = baseline_of(facts, target.kpi) if not target.part else None
    if before is None or before.value is None or result.value is None or not comparable(before, result):
        return False
    moved = result.value - before.value
    error = abs(result.value) * (result.uncertainty or 0.0) + abs(before.value) * (before.uncertainty or 0.0)
    printed = measured.value_of(result).value or 0.0
    down = target.most is not None and printed > target.most
    return abs(moved) > error and (moved < 0) == down
