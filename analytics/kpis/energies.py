"""Energy of the site's parts as figures of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis.coverage import REPORTABLE, verdict
from analytics.kpis.kind import Kpi, Period, as_input
from analytics.kpis.side import CATEGORIES
from analytics.result import KpiResult
from greendc.site import Role

if TYPE_CHECKING:
    from analytics.energy import EnergyResult

STANDARD = "EN 50600-4-1"


def _result(period: Period, key: str, role: str, energy: EnergyResult, category: int = 0) -> KpiResult:
    shown, provisional = verdict(energy.coverage)
    reason = energy.reason or ("" if shown else "coverage")
    return KpiResult(
        kpi=key,
        label=key,
        value=energy.value_j if shown else None,
        unit="J",
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        category=category,
        coverage=energy.coverage,
        uncertainty=energy.uncertainty_ratio if shown else None,
        reason=reason,
        method=energy.method,
        provisional=provisional and energy.value_j is not None,
        standard=STANDARD,
        inputs=(as_input(role, energy),),
    )


def facility(period: Period) -> KpiResult:
    """Return the energy that the site took from its supplies."""
    return _result(period, "facility_energy", "facility", period.energy(period.curves(Role.FACILITY_INPUT)))


def cooling(period: Period) -> KpiResult:
    """Return the energy of cooling."""
    return _result(period, "cooling_energy", "cooling", period.energy(period.curves(Role.COOLING)))


def it(period: Period) -> KpiResult:
    """Return the IT energy at the most advanced metering point that covers enough of the period."""
    found = [(category, role, period.energy(period.curves(role))) for category, role in CATEGORIES]
    metered = [entry for entry in found if entry[2].reason != "no_meter"] or found[-1:]
    best = next((e for e in metered if e[2].coverage >= REPORTABLE), None) or max(metered, key=lambda e: e[2].coverage)
    return _result(period, "it_energy", best[1].value, best[2], best[0] if best[2].meters else 0)


FACILITY_ENERGY = Kpi(key="facility_energy", unit="J", standard=STANDARD, compute=facility)
IT_ENERGY = Kpi(key="it_energy", unit="J", standard=STANDARD, compute=it)
COOLING_ENERGY = Kpi(key="cooling_energy", unit="J", standard=STANDARD, compute=cooling)
