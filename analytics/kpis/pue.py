"""Power usage effectiveness: ISO/IEC 30134-2 and EN 50600-4-2."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from analytics.energy import MeterCurve, common_spans, known_spans
from analytics.formulas.energy_ratios import pue, ratio_uncertainty
from analytics.kpis.coverage import REPORTABLE, verdict
from analytics.kpis.kind import Kpi, Period, as_input
from analytics.result import KpiResult
from analytics.spans import intersection, total_ns
from greendc.clock import NS_PER_HOUR
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.energy import EnergyResult
    from analytics.spans import Span

STANDARD = "ISO/IEC 30134-2, EN 50600-4-2"
CATEGORIES = ((3, Role.IT_INPUT), (2, Role.PDU_OUTPUT), (1, Role.UPS_OUTPUT))
"""Where IT energy is metered, the most advanced first."""
YEAR_NS = 365 * 24 * NS_PER_HOUR
SIGNS = {Role.FACILITY_INPUT: 1.0, Role.GENERATION: 1.0, Role.EXPORT: -1.0, Role.NON_DC: -1.0}
"""E_DC = supply + on-site generation - export - what is sub-metered and no part of the data centre."""


class _Side(msgspec.Struct, frozen=True, kw_only=True):
    """Energy [J] of one side over the shared windows, with its absolute uncertainty [J]."""

    energy_j: float
    error_j: float


def compute(period: Period) -> KpiResult:
    """Return the PUE of the highest category whose meters, and the facility's, cover enough of the period."""
    window = period.start_ns, period.end_ns
    supply = period.curves(Role.FACILITY_INPUT)
    if not supply:
        return _refused(period, "no_facility_meter")
    facility = [curve for role in SIGNS for curve in period.curves(role)]
    both = intersection(common_spans(supply, *window), known_spans(facility, *window))
    candidates = []
    for category, role in CATEGORIES:
        it = period.curves(role)
        if it:
            candidates.append((category, it, intersection(both, common_spans(it, *window))))
    if not candidates:
        return _refused(period, "ups_input_is_not_it" if period.curves(Role.UPS_INPUT) else "no_it_meter")
    length = period.end_ns - period.start_ns
    full = next((c for c in candidates if total_ns(c[2]) >= REPORTABLE * length), None)
    best = full or max(candidates, key=lambda c: total_ns(c[2]))
    return _result(period, best[0], facility, best[1], best[2])


def _result(
    period: Period, category: int, facility: Sequence[MeterCurve], it: Sequence[MeterCurve], spans: list[Span]
) -> KpiResult:
    coverage = total_ns(spans) / (period.end_ns - period.start_ns)
    below, above = _side(it, spans), _side(facility, spans)
    role = dict(CATEGORIES)[category]
    energies = _boundary(period, facility, above if spans else None), period.energy(it)
    shown, provisional = verdict(coverage)
    value = pue(above.energy_j, below.energy_j) if shown else None
    reason = ""
    if not shown:
        reason = "coverage" if coverage > 0 else "no_readings"
    elif value is None:
        reason = "no_it_energy" if below.energy_j <= 0 else "not_above_one"
    methods = {energy.method for energy in energies if energy.method}
    return KpiResult(
        kpi="pue",
        label=label(period.end_ns - period.start_ns),
        value=value,
        unit="1",
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        category=category,
        coverage=coverage,
        uncertainty=None
        if value is None
        else ratio_uncertainty(above.error_j / above.energy_j, below.error_j / below.energy_j),
        reason=reason,
        method=methods.pop() if len(methods) == 1 else "mixed" if methods else "",
        provisional=provisional,
        standard=STANDARD,
        inputs=(
            as_input("facility", energies[0]),
            as_input(role.value, energies[1], below.energy_j if spans else None),
        ),
    )


def _boundary(period: Period, facility: Sequence[MeterCurve], side: _Side | None) -> EnergyResult:
    """Return what is known of all meters that make E_DC; without shared windows the energy is that of the supplies."""
    whole = period.energy(facility)
    if side is None or side.energy_j <= 0:
        return msgspec.structs.replace(whole, value_j=period.energy(period.curves(Role.FACILITY_INPUT)).value_j)
    return msgspec.structs.replace(whole, value_j=side.energy_j, uncertainty_ratio=side.error_j / side.energy_j)


def label(length_ns: int) -> str:
    """Return PUE for a year or more, iPUE for less."""
    return "PUE" if length_ns >= YEAR_NS else "iPUE"


def _side(curves: Sequence[MeterCurve], spans: list[Span]) -> _Side:
    energies = [SIGNS.get(curve.meter.role, 1.0) * curve.over(spans) for curve in curves]
    errors = [curve.uncertainty_ratio * j for curve, j in zip(curves, energies, strict=True)]
    return _Side(energy_j=sum(energies), error_j=math.hypot(*errors))


def _refused(period: Period, reason: str) -> KpiResult:
    return KpiResult(
        kpi="pue",
        label=label(period.end_ns - period.start_ns),
        value=None,
        unit="1",
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        reason=reason,
        standard=STANDARD,
    )


PUE = Kpi(key="pue", unit="1", standard=STANDARD, compute=compute)
