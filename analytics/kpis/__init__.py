"""The efficiency figures: one file and one line here for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis.air import RCI_HIGH, RCI_LOW
from analytics.kpis.air_management import RHI, RTI, SHI
from analytics.kpis.carbon import COAL, CUE, EMISSIONS
from analytics.kpis.declared import DESIGN_PUE, SERVER_EFFICIENCY
from analytics.kpis.energies import CENTRE_ENERGY, COOLING_ENERGY, FACILITY_ENERGY, IT_ENERGY, WATER_VOLUME
from analytics.kpis.envelope_share import (
    DEW_POINT_MAX,
    GB_ALLOWABLE,
    GB_RECOMMENDED,
    INLET_ALLOWABLE,
    INLET_CHANGE,
    INLET_RECOMMENDED,
)
from analytics.kpis.gb40879 import RM1, RM2
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.modules import PUE_MODULE
from analytics.kpis.occupancy import LOAD_RATE, RACK_OCCUPANCY, SERVER_UTILISATION
from analytics.kpis.pue import COOLING_PPUE, EEUE, POWER_PPUE, PUE
from analytics.kpis.renewable import REF
from analytics.kpis.reuse import CER, ERE, ERF
from analytics.kpis.water import WUE
from analytics.kpis.weather import DEGREE_DAYS, FREE_COOLING_HOURS, FREE_COOLING_POSSIBLE, FREE_COOLING_SHARE
from greendc.model import SeriesKey
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Collection

    from analytics.result import KpiResult
    from greendc.contracts import History
    from greendc.site import Site

KPIS: tuple[Kpi, ...] = (
    PUE,
    FACILITY_ENERGY,
    CENTRE_ENERGY,
    IT_ENERGY,
    COOLING_ENERGY,
    COOLING_PPUE,
    POWER_PPUE,
    PUE_MODULE,
    DESIGN_PUE,
    EEUE,
    RM1,
    RM2,
    ERF,
    ERE,
    CER,
    WUE,
    REF,
    CUE,
    EMISSIONS,
    COAL,
    WATER_VOLUME,
    RCI_HIGH,
    RCI_LOW,
    RTI,
    SHI,
    RHI,
    INLET_RECOMMENDED,
    INLET_ALLOWABLE,
    GB_RECOMMENDED,
    GB_ALLOWABLE,
    DEW_POINT_MAX,
    INLET_CHANGE,
    DEGREE_DAYS,
    FREE_COOLING_HOURS,
    FREE_COOLING_POSSIBLE,
    FREE_COOLING_SHARE,
    LOAD_RATE,
    RACK_OCCUPANCY,
    SERVER_UTILISATION,
    SERVER_EFFICIENCY,
)


def compute(
    history: History, site: Site, start_ns: int, end_ns: int, keys: Collection[str] | None = None
) -> list[KpiResult]:
    """Return the figures of a period in the order of `KPIS`; ``keys`` picks some of them.

    Raises:
        ValueError: the period is empty.
        ConfigError: the site names a standards profile that does not exist.
        StoreAway, StoreRefused: the store cannot be read.
    """
    if start_ns >= end_ns:
        message = "a period ends after it starts"
        raise ValueError(message)
    period = Period(history, site, start_ns, end_ns)
    return [result for kpi in KPIS if keys is None or kpi.key in keys for result in kpi.results(period)]


def first_metered_ns(history: History, site: Site, start_ns: int, end_ns: int) -> int | None:
    """Return when the first facility meter is first known within a window, or None."""
    found = []
    for meter in site.meters:
        if meter.role is not Role.FACILITY_INPUT:
            continue
        for quantity in (meter.energy, meter.power):
            key = SeriesKey(site.name, meter.device, meter.part, quantity)
            span = history.counter(key, start_ns, end_ns) if quantity else None
            if span is not None:
                found.append(span.first_ns)
    return min(found, default=None)


def since_start(history: History, site: Site, now_ns: int, at_most_ns: int) -> list[KpiResult]:
    """Return the figures of the time since metering began, of the last ``at_most_ns`` when that is shorter.

    With no reading at all, the figures of the whole window: refusals with their reason.
    """
    start_ns = now_ns - at_most_ns
    first_ns = first_metered_ns(history, site, start_ns, now_ns)
    return compute(history, site, start_ns if first_ns is None or first_ns >= now_ns else first_ns, now_ns)
