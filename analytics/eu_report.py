"""What Regulation (EU) 2024/1364 asks of a data centre: its quantities and indicators for a period, by its codes.

A quantity that is neither metered nor declared is None with the reason; nothing is estimated.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from analytics import data
from analytics.energy import midnight_ns
from analytics.formulas.energy_ratios import pue
from analytics.kpis import KPIS
from analytics.kpis.coverage import verdict
from analytics.kpis.kind import Period
from analytics.kpis.pue import STANDARD as PUE_STANDARD
from analytics.kpis.quantity import amount_of
from analytics.kpis.ratio import Ratio, compute
from analytics.kpis.renewable import declared_energy_j
from analytics.kpis.side import FACILITY, GENERATION, IT, REUSE, WATER
from analytics.kpis.water import wue
from analytics.result import KpiResult, Remark
from greendc.errors import ConfigError
from greendc.site import Role
from greendc.units import J_PER_KWH

if TYPE_CHECKING:
    from analytics.kpis.side import Side
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site

_BY_METER_KIND = {
    "backup": (GENERATION, "backup", "no_backup_meter"),
    "potable": (WATER, "potable", "no_potable_meter"),
}
_BY_ROLE = {"centre": FACILITY, "reuse": REUSE, "water": WATER}
OWN = "own"
TOTAL = "total"


class EuQuantity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One quantity of the regulation and where it comes from; ``id`` is ours and unique, ``code`` is not."""

    id: str
    code: str
    unit: str
    scale: float = 1.0
    declared: bool = False
    energy: str = ""
    figure: str = ""
    mean_of: str = ""
    at: str = ""
    renewable: str = ""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    source: str
    confidence: str
    valid_from: dt.date
    quantities: list[EuQuantity]


class EuValue(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity or an indicator of a period: a value in the regulation's unit, or None with the reason.

    ``origin`` is ``metered`` or ``declared``; ``category`` is that of IT energy or of water input.
    """

    id: str
    code: str
    unit: str
    value: float | None
    origin: str = "metered"
    reason: str = ""
    coverage: float = 0.0
    category: int = 0
    remarks: tuple[Remark, ...] = ()


class EuReport(msgspec.Struct, frozen=True, kw_only=True):
    """All of it for [start_ns, end_ns); whole calendar years are what the regulation asks."""

    start_ns: int
    end_ns: int
    source: str
    quantities: list[EuValue]
    indicators: list[EuValue]

    def value(self, name: str) -> EuValue:
        """Return a quantity or an indicator by its id.

        Raises:
            KeyError: there is none.
        """
        found = next((one for one in (*self.quantities, *self.indicators) if one.id == name), None)
        if found is None:
            raise KeyError(name)
        return found


@cache
def _file() -> _File:
    return data.read("eu_2024_1364", _File)


def declarable() -> set[str]:
    """Return the ids of the quantities that a site may declare."""
    return {row.id for row in _file().quantities if row.declared}


def calendar_year(site: Site, year: int) -> tuple[int, int]:
    """Return the start and the end [ns] of a calendar year in the site's zone."""
    return midnight_ns(dt.date(year, 1, 1), site), midnight_ns(dt.date(year + 1, 1, 1), site)


def eu_report(history: History, site: Site, start_ns: int, end_ns: int) -> EuReport:
    """Return the regulation's quantities and indicators of a period.

    Raises:
        ConfigError: the site declares a quantity that the regulation does not have, or that is metered.
        StoreAway, StoreRefused: the store cannot be read.
    """
    return eu_report_of(Period(history, site, start_ns, end_ns))


def eu_report_of(period: Period) -> EuReport:
    """Return the regulation's quantities and indicators of a period whose meters may have been read before.

    Raises:
        ConfigError, StoreAway, StoreRefused: as `eu_report`.
    """
    known = _file()
    unknown = sorted(period.site.declared.keys() - declarable())
    if unknown:
        raise ConfigError.single("kpis.unknown_declared", name=unknown[0], known=", ".join(sorted(declarable())))
    return EuReport(
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        source=known.source,
        quantities=[_quantity(period, row) for row in known.quantities],
        indicators=_indicators(period),
    )


def _quantity(period: Period, row: EuQuantity) -> EuValue:
    if row.declared:
        value = period.site.declared.get(row.id)
        reason = "" if value is not None else "not_declared"
        return EuValue(id=row.id, code=row.code, unit=row.unit, value=value, origin="declared", reason=reason)
    if row.renewable:
        return _renewable(period, row)
    if row.mean_of:
        return _mean(period, row)
    if row.figure:
        kpi = next(kpi for kpi in KPIS if kpi.key == row.figure)
        return _of_result(row, kpi.results(period)[0])
    return _energy(period, row)


def _energy(period: Period, row: EuQuantity) -> EuValue:
    if row.energy in _BY_METER_KIND:
        side, kind, missing = _BY_METER_KIND[row.energy]
        meters = [meter for meter in period.site.meters if meter.kind == kind]
        only = period.of(meters)
        found = _of_result(row, _amount(only, side, row))
        return found if side.metered(only) else msgspec.structs.replace(found, reason=missing)
    side = _it(period) if row.energy == "it" else _BY_ROLE[row.energy]
    found = _of_result(row, _amount(period, side, row))
    if row.energy == "water" and found.value is not None:
        # Other sources than the potable supply make it the wider category.
        kinds = {curve.meter.kind for curve in period.curves(Role.WATER_INPUT)}
        return msgspec.structs.replace(found, category=2 if kinds - {"potable", ""} else 1)
    return found


def _amount(period: Period, side: Side, row: EuQuantity) -> KpiResult:
    return amount_of(period, side, key=row.id, unit=row.unit, standard=_file().source, per_unit=row.scale)


def _it(period: Period) -> Side:
    """Return the metering point that the regulation wants: the UPS, the PDUs where there is none, else the servers."""
    by_category = sorted(IT, key=lambda side: side.category)
    return next((side for side in by_category if side.metered(period)), by_category[0])


def _of_result(row: EuQuantity, result: KpiResult) -> EuValue:
    return EuValue(
        id=row.id,
        code=row.code,
        unit=row.unit,
        value=result.value,
        reason=result.reason,
        coverage=result.coverage,
        category=result.category,
        remarks=result.remarks,
    )


def _renewable(period: Period, row: EuQuantity) -> EuValue:
    """Return renewable energy [kWh] by its kind: certificates, contracts, own generation, or all of them."""
    window = [(period.start_ns, period.end_ns)]
    kinds = ("goo", "ppa") if row.renewable == TOTAL else (row.renewable,)
    claims = [claim for claim in period.site.renewables if claim.kind in kinds]
    meters = [meter for meter in period.site.meters if meter.renewable and meter.role is Role.GENERATION]
    own = bool(meters) and row.renewable in {TOTAL, OWN}
    if not claims and not own:
        return EuValue(id=row.id, code=row.code, unit=row.unit, value=None, reason="nothing_renewable_declared")
    total_j, coverage, reason = declared_energy_j(claims, period.site, window), 1.0, ""
    if own:
        made = _amount(period.of(meters), GENERATION, row)
        total_j, coverage, reason = total_j + (made.value or 0.0), made.coverage, made.reason
    value = None if reason else total_j / J_PER_KWH
    return EuValue(id=row.id, code=row.code, unit=row.unit, value=value, reason=reason, coverage=coverage)


def _mean(period: Period, row: EuQuantity) -> EuValue:
    """Return the mean of readings over points and time."""
    keys: list[SeriesKey] = list(period.history.series(period.site.name, quantity=row.mean_of))
    if row.at:
        devices = {meter.device for meter in period.site.meters if meter.role == row.at}
        keys = [key for key in keys if key.device in devices]
    if not keys:
        return EuValue(id=row.id, code=row.code, unit=row.unit, value=None, reason="not_measured")
    rows = period.means(keys).mean(axis=1)
    coverage = float(rows.notna().mean())
    shown, _ = verdict(coverage)
    value = float(rows.mean()) if shown else None
    reason = "" if shown else "coverage"
    return EuValue(id=row.id, code=row.code, unit=row.unit, value=value, reason=reason, coverage=coverage)


def _indicators(period: Period) -> list[EuValue]:
    """Return PUE, WUE, ERF and REF over windows that both sides share."""
    it = _it(period)
    ratio = Ratio(
        key="pue", unit="1", standard=PUE_STANDARD, above=FACILITY, below=(it,), formula=pue, invalid="not_above_one"
    )
    water = Ratio(key="wue", unit="m3/MWh", standard="ISO/IEC 30134-9", above=WATER, below=(it,), formula=wue)
    results = {"PUE": compute(ratio, period), "WUE": compute(water, period)}
    for name in ("erf", "ref"):
        kpi = next(kpi for kpi in KPIS if kpi.key == name)
        results[name.upper()] = kpi.results(period)[0]
    rows = {name: EuQuantity(id=name, code=name, unit=result.unit) for name, result in results.items()}
    return [_of_result(rows[name], result) for name, result in results.items()]
