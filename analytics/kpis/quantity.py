"""Figures that are one side's amount in a unit, and figures that there are none of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis.coverage import verdict
from analytics.kpis.kind import as_input
from analytics.result import KpiResult

if TYPE_CHECKING:
    from analytics.kpis.kind import Period
    from analytics.kpis.side import Side


def amount_of(period: Period, side: Side, *, key: str, unit: str, standard: str, per_unit: float = 1.0) -> KpiResult:
    """Return what a side counted, times ``per_unit`` (the figure's unit per J or m3 of the registers)."""
    if not side.metered(period):
        return refused(period, key, unit, standard, side.missing)
    energy = period.energy(side.curves(period))
    shown, provisional = verdict(energy.coverage)
    amount = side.amount(period, side.spans(period))
    known = energy.value_j is not None
    return KpiResult(
        kpi=key,
        label=key,
        value=amount.value * per_unit if shown and known else None,
        unit=unit,
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        category=side.category,
        coverage=energy.coverage,
        uncertainty=energy.uncertainty_ratio if shown else None,
        reason=energy.reason or ("" if shown else "coverage"),
        method=energy.method,
        provisional=provisional and known,
        standard=standard,
        inputs=(as_input(side.name, energy),),
    )


def refused(period: Period, key: str, unit: str, standard: str, reason: str, label: str = "") -> KpiResult:
    """Return a figure without a value and why."""
    return KpiResult(
        kpi=key,
        label=label or key,
        value=None,
        unit=unit,
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        reason=reason,
        standard=standard,
    )
