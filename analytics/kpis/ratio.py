"""Figures that are a ratio of two sides over the windows that both share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from analytics.kpis.coverage import REPORTABLE, verdict
from analytics.kpis.faults import fault_between, fault_of
from analytics.kpis.kind import Kpi, Period, as_input
from analytics.kpis.quantity import carrier_remarks, refused
from analytics.kpis.side import Amount, Side
from analytics.result import KpiResult
from analytics.spans import Span, intersection, total_ns
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from analytics.result import Input, Remark

YEAR_NS = 365 * 24 * NS_PER_HOUR
_NUDGE = 1e-6


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """What a ratio is made of.

    ``below`` lists sides to choose from, the best first: the first that covers enough together with ``above`` is taken.
    ``formula`` turns both amounts into the figure, or into None where it does not exist, which is then reason
    ``invalid``. ``label`` names it for the length of a period [ns].
    """

    key: str
    unit: str
    standard: str
    above: Side
    below: tuple[Side, ...]
    formula: Callable[[float, float], float | None]
    invalid: str = "not_a_ratio"
    label: Callable[[int], str] | None = None
    least_ns: int = 0
    also: tuple[Side, ...] = ()
    """Sides that must be metered too, although they only qualify ``above``."""


def kpi(ratio: Ratio) -> Kpi:
    """Return the figure that computes a ratio."""
    return Kpi(key=ratio.key, unit=ratio.unit, standard=ratio.standard, compute=lambda period: compute(ratio, period))


def compute(ratio: Ratio, period: Period) -> KpiResult:
    """Return the ratio of a period, or why there is none."""
    for side in (ratio.above, *ratio.also):
        if not side.metered(period):
            return _without(ratio, period, side.missing)
        fault = fault_of(period, side)
        if fault is not None:
            return _without(ratio, period, fault.reason, fault.remark)
    both = ratio.above.spans(period)
    for side in ratio.also:
        both = intersection(both, side.spans(period))
    metered = [side for side in ratio.below if side.metered(period)]
    if not metered:
        return _without(ratio, period, _why_no_below(ratio, period))
    faults = {side.name: fault_of(period, side) or fault_between(period, ratio.above, side) for side in metered}
    wrong = [fault for fault in faults.values() if fault is not None]
    candidates = [(side, intersection(both, side.spans(period))) for side in metered if faults[side.name] is None]
    if not candidates:
        return _without(ratio, period, wrong[0].reason, wrong[0].remark)
    length = period.end_ns - period.start_ns
    full = next((entry for entry in candidates if total_ns(entry[1]) >= REPORTABLE * length), None)
    result = _result(ratio, period, *(full or max(candidates, key=lambda entry: total_ns(entry[1]))))
    remarks = carrier_remarks(period, ratio.above, *ratio.also) + tuple(fault.remark for fault in wrong)
    return msgspec.structs.replace(result, remarks=remarks)


def _why_no_below(ratio: Ratio, period: Period) -> str:
    if any(side.category for side in ratio.below) and period.has_ups_input():
        return "ups_input_is_not_it"
    return ratio.below[0].missing


def _result(ratio: Ratio, period: Period, below: Side, spans: list[Span]) -> KpiResult:
    length = period.end_ns - period.start_ns
    coverage = total_ns(spans) / length
    top, bottom = ratio.above.amount(period, spans), below.amount(period, spans)
    shown, provisional = verdict(coverage)
    value, reason = None, ""
    if not shown:
        reason = "coverage" if coverage > 0 else "no_readings"
    elif length < ratio.least_ns:
        reason = "not_a_year"
    else:
        value = ratio.formula(top.value, bottom.value)
        if value is None:
            reason = ("no_it_energy" if below.category else "nothing_below") if bottom.value <= 0 else ratio.invalid
    inputs = (_input(ratio.above, period, top, spans), _input(below, period, bottom, spans))
    methods = {entry.method for entry in inputs if entry.method}
    return KpiResult(
        kpi=ratio.key,
        label=_label(ratio, period),
        value=value,
        unit=ratio.unit,
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        category=below.category,
        coverage=coverage,
        uncertainty=None if value is None else _uncertainty(ratio.formula, value, top, bottom),
        reason=reason,
        method=methods.pop() if len(methods) == 1 else "mixed" if methods else "",
        provisional=provisional and value is not None,
        standard=ratio.standard,
        inputs=inputs,
    )


def _input(side: Side, period: Period, amount: Amount, spans: list[Span]) -> Input:
    """Return one side with what counts of it; without a shared window, with all that is known of it."""
    whole = period.energy(side.curves(period))
    if not spans:
        return as_input(side.name, whole)
    error = abs(amount.error / amount.value) if amount.value else whole.uncertainty_ratio
    return as_input(side.name, msgspec.structs.replace(whole, value_j=amount.value, uncertainty_ratio=error))


def _uncertainty(formula: Callable[[float, float], float | None], value: float, top: Amount, bottom: Amount) -> float:
    """Return the relative uncertainty of a figure of two independent amounts, by its slope in each."""

    def slope(top_by: float, bottom_by: float) -> float:
        moved = formula(top.value + top_by, bottom.value + bottom_by)
        return 0.0 if moved is None else moved - value

    top_step, bottom_step = abs(top.value) * _NUDGE, abs(bottom.value) * _NUDGE
    parts = (
        slope(top_step, 0.0) / top_step * top.error if top_step else 0.0,
        slope(0.0, bottom_step) / bottom_step * bottom.error if bottom_step else 0.0,
    )
    return abs(math.hypot(*parts) / value) if value else 0.0


def _label(ratio: Ratio, period: Period) -> str:
    return ratio.key if ratio.label is None else ratio.label(period.end_ns - period.start_ns)


def _without(ratio: Ratio, period: Period, reason: str, *remarks: Remark) -> KpiResult:
    return refused(period, ratio.key, ratio.unit, ratio.standard, reason, _label(ratio, period), remarks)
