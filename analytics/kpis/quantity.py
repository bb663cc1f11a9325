"""Figures that are one side's amount in a unit, and figures that there are none of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.carriers import CARRIED, carrier_set
from analytics.kpis.coverage import verdict
from analytics.kpis.faults import fault_of
from analytics.kpis.kind import as_input
from analytics.result import KpiResult, Remark

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.kpis.kind import Period
    from analytics.kpis.side import Side
    from greendc.physics.kinds import FloatArray


def amount_of(period: Period, side: Side, *, key: str, unit: str, standard: str, per_unit: float = 1.0) -> KpiResult:
    """Return what a side counted, times ``per_unit`` (the figure's unit per J or m3 of the registers)."""
    if not side.metered(period):
        return refused(period, key, unit, standard, side.missing)
    fault = fault_of(period, side)
    if fault is not None:
        return refused(period, key, unit, standard, fault.reason, remarks=(fault.remark,))
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
        uncertainty=amount.relative if shown and known else None,
        reason=energy.reason or ("" if shown else "coverage"),
        method=energy.method,
        provisional=provisional and known,
        standard=standard,
        inputs=(as_input(side.name, energy, amount.value if known else None),),
        remarks=carrier_remarks(period, side),
    )


def known_mean(rows: FloatArray) -> FloatArray:
    """Return the mean of each row's known values, NaN without any."""
    known = ~np.isnan(rows)
    count = known.sum(axis=1)
    total = np.where(known, rows, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def mean_of(
    period: Period,
    values: FloatArray,
    steps: int,
    *,
    key: str,
    standard: str,
    unit: str = "1",
    remarks: tuple[Remark, ...] = (),
    combine: Callable[[FloatArray], float] = np.mean,
) -> KpiResult:
    """Return the mean of a figure's ``values`` in the known ones of a period's ``steps``, or what ``combine`` makes."""
    coverage = len(values) / steps if steps else 0.0
    shown, provisional = verdict(coverage)
    return KpiResult(
        kpi=key,
        label=key,
        value=float(combine(values)) if shown else None,
        unit=unit,
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        coverage=coverage,
        reason="" if shown else "coverage" if coverage > 0 else "no_readings",
        provisional=provisional,
        standard=standard,
        remarks=remarks,
    )


def carrier_remarks(period: Period, *sides: Side) -> tuple[Remark, ...]:
    """Return which set of factors turned fuels and bought cooling of some sides into energy, if any did."""
    carried = [role for side in sides for role in side.signs if role in CARRIED]
    chosen = carrier_set(period.site)
    if chosen is None or not any(period.curves(role) for role in carried):
        return ()
    known = Remark(code="carrier_factors", params={"set": chosen.title})
    return (known,) if chosen.confidence == "confirmed" else (known, Remark(code="carrier_factors_unconfirmed"))


def refused(
    period: Period,
    key: str,
    unit: str,
    standard: str,
    reason: str,
    label: str = "",
    remarks: tuple[Remark, ...] = (),
) -> KpiResult:
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
        remarks=remarks,
    )
