"""Renewable energy factor: ISO/IEC 30134-3. Only energy whose attributes the site owns and has retired counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from analytics.energy import midnight_ns
from analytics.formulas.energy_ratios import renewable_factor
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.ratio import Ratio, compute
from analytics.kpis.side import FACILITY
from analytics.result import KpiResult, Remark
from analytics.spans import Span, intersection, total_ns
from greendc.site import Role
from greendc.units import J_PER_KWH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.energy import MeterCurve
    from greendc.site import Renewable, Site

STANDARD = "ISO/IEC 30134-3, EN 50600-4-3"


def ref(period: Period) -> KpiResult:
    """Return the share of facility energy that is renewable, 0..1.

    On-site generation counts where its meter is marked renewable; bought energy counts evenly over its validity.
    """
    claims = period.site.renewables
    declared_j = declared_energy_j(claims, period.site, FACILITY.spans(period)) if FACILITY.metered(period) else 0.0
    own = [curve for curve in period.curves(Role.GENERATION) if curve.meter.renewable]

    def share(facility_j: float, _again_j: float) -> float | None:
        return renewable_factor(_own_j(own, FACILITY.spans(period)) + declared_j, facility_j)

    ratio = Ratio(key="ref", unit="1", standard=STANDARD, above=FACILITY, below=(FACILITY,), formula=share)
    result = compute(ratio, period)
    remarks = () if claims or own else (Remark(code="nothing_renewable_declared"),)
    return msgspec.structs.replace(
        result,
        inputs=result.inputs[:1],
        remarks=result.remarks + remarks,
        uncertainty=_with_own_error(result.uncertainty, own, FACILITY.spans(period), declared_j),
    )


def _with_own_error(
    facility: float | None, own: Sequence[MeterCurve], spans: list[Span], declared_j: float
) -> float | None:
    """Return the relative uncertainty of the share: of the facility's meters, and of those of own generation."""
    counted = [curve.over(spans) for curve in own]
    renewable_j = sum(counted) + declared_j
    if facility is None or renewable_j <= 0:
        return facility
    errors = (curve.uncertainty_ratio * part for curve, part in zip(own, counted, strict=True))
    return math.hypot(facility, math.hypot(*errors) / renewable_j)


def _own_j(curves: Sequence[MeterCurve], spans: list[Span]) -> float:
    return sum(curve.over(spans) for curve in curves)


def declared_energy_j(claims: Sequence[Renewable], site: Site, spans: list[Span]) -> float:
    """Return the bought renewable energy [J] that falls into stretches of time, spread evenly over its validity."""
    total = 0.0
    for claim in claims:
        validity = (midnight_ns(claim.valid_from, site), midnight_ns(claim.valid_to, site))
        length = validity[1] - validity[0]
        if length > 0:
            total += claim.kwh * J_PER_KWH * total_ns(intersection(spans, [validity])) / length
    return total


REF = Kpi(key="ref", unit="1", standard=STANDARD, compute=ref)
