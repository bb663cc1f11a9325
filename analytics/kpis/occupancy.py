"""How full a centre is, and how busy its servers are: ISO/IEC 30134-5 and the indicators for green data centres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis.coverage import verdict
from analytics.kpis.energies import it as it_energy
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import mean_of, refused
from analytics.result import KpiResult, Remark
from greendc.clock import NS_PER_HOUR
from greendc.site import Role
from greendc.units import J_PER_KWH, NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.model import SeriesKey

RATE_STANDARD = "Indicator system for green data centres"
UTILISATION_STANDARD = "ISO/IEC 30134-5"
LEAST_RACK_W = 50.0
"""A rack that takes less holds no running equipment."""
CPU = "cpu_utilisation_ratio"


def load_rate(period: Period) -> KpiResult:
    """Return mean IT power over the nominal power of all racks."""
    ratings = [rack.nominal_kw for rack in period.site.racks]
    nominal_kw = sum(rating for rating in ratings if rating is not None)
    if not ratings or None in ratings or nominal_kw <= 0:
        return refused(period, "it_load_rate", "1", RATE_STANDARD, "no_rack_rating")
    energy = it_energy(period)
    hours = (period.end_ns - period.start_ns) / NS_PER_HOUR * energy.coverage
    value = None if energy.value is None else energy.value / J_PER_KWH / hours / nominal_kw
    return _like(energy, "it_load_rate", value)


def _like(energy: KpiResult, key: str, value: float | None) -> KpiResult:
    return KpiResult(
        kpi=key,
        label=key,
        value=value,
        unit="1",
        start_ns=energy.start_ns,
        end_ns=energy.end_ns,
        category=energy.category,
        coverage=energy.coverage,
        uncertainty=energy.uncertainty if value is not None else None,
        reason=energy.reason,
        method=energy.method,
        provisional=energy.provisional,
        standard=RATE_STANDARD,
        inputs=energy.inputs,
    )


def rack_occupancy(period: Period) -> KpiResult:
    """Return the share of racks whose metered distribution delivers power, averaged over the period."""
    racks = {rack.name for rack in period.site.racks}
    at = {device.name: device.rack for device in period.site.devices if device.rack in racks}
    by_rack: dict[str, list[float]] = {}
    coverage = 1.0
    for curve in period.curves(Role.PDU_OUTPUT):
        rack = at.get(curve.meter.device)
        if rack is None:
            continue
        spans = curve.spans()
        known_ns = sum(end - start for start, end in spans)
        coverage = min(coverage, known_ns / (period.end_ns - period.start_ns))
        power_w = curve.over(spans) / known_ns * NS_PER_SECOND if known_ns else 0.0
        by_rack.setdefault(rack, []).append(power_w)
    if len(by_rack) < len(racks) or not racks:
        return refused(period, "rack_occupancy", "1", RATE_STANDARD, "racks_not_metered")
    used = sum(sum(feeds) > LEAST_RACK_W for feeds in by_rack.values())
    shown, provisional = verdict(coverage)
    return KpiResult(
        kpi="rack_occupancy",
        label="rack_occupancy",
        value=used / len(racks) if shown else None,
        unit="1",
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        coverage=coverage,
        reason="" if shown else "coverage" if coverage > 0 else "no_readings",
        provisional=provisional,
        standard=RATE_STANDARD,
        remarks=(Remark(code="racks_counted", params={"used": str(used), "all": str(len(racks))}),),
    )


def utilisation(period: Period) -> KpiResult:
    """Return ITEUsv: the mean over servers of their mean CPU utilisation."""
    keys: list[SeriesKey] = [key for key in period.history.series(period.site.name, quantity=CPU) if not key.part]
    if not keys:
        return refused(period, "iteu_sv", "1", UTILISATION_STANDARD, "no_server")
    frame = period.means(keys)
    complete = frame.dropna()
    remarks = (Remark(code="servers_counted", params={"n": str(len(keys))}),)
    return mean_of(
        period,
        complete.mean(axis=1).to_numpy(dtype=float),
        len(frame),
        key="iteu_sv",
        standard=UTILISATION_STANDARD,
        remarks=remarks,
    )


LOAD_RATE = Kpi(key="it_load_rate", unit="1", standard=RATE_STANDARD, compute=load_rate)
RACK_OCCUPANCY = Kpi(key="rack_occupancy", unit="1", standard=RATE_STANDARD, compute=rack_occupancy)
SERVER_UTILISATION = Kpi(key="iteu_sv", unit="1", standard=UTILISATION_STANDARD, compute=utilisation)
