"""Energy of the site's parts as figures of their own: EN 50600-4-1."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analytics.kpis.coverage import REPORTABLE
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import amount_of
from analytics.kpis.side import COOLING, FACILITY, IT, SUPPLY, WATER, Side

if TYPE_CHECKING:
    from analytics.result import KpiResult

STANDARD = "EN 50600-4-1"
WATER_STANDARD = "ISO/IEC 30134-9"


def _of(side: Side, key: str, unit: str, standard: str, period: Period) -> KpiResult:
    return amount_of(period, side, key=key, unit=unit, standard=standard)


def it(period: Period) -> KpiResult:
    """Return the IT energy at the most advanced metering point that covers enough of the period."""
    found = [_of(side, "it_energy", "J", STANDARD, period) for side in IT if side.metered(period)]
    if not found:
        return _of(IT[-1], "it_energy", "J", STANDARD, period)
    # A side whose meters are wrong has no coverage and gives way to any other.
    return next((one for one in found if one.coverage >= REPORTABLE), None) or max(found, key=lambda one: one.coverage)


def _energy(key: str, side: Side) -> Kpi:
    return Kpi(key=key, unit="J", standard=STANDARD, compute=partial(_of, side, key, "J", STANDARD))


FACILITY_ENERGY = _energy("facility_energy", SUPPLY)
CENTRE_ENERGY = _energy("centre_energy", FACILITY)
IT_ENERGY = Kpi(key="it_energy", unit="J", standard=STANDARD, compute=it)
COOLING_ENERGY = _energy("cooling_energy", COOLING)
WATER_VOLUME = Kpi(
    key="water_volume",
    unit="m3",
    standard=WATER_STANDARD,
    compute=partial(_of, WATER, "water_volume", "m3", WATER_STANDARD),
)
