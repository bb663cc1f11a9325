"""Carbon and standard coal: ISO/IEC 30134-8, GB/T 2589-2020. Location-based, by the grid factor of each year."""

from __future__ import annotations

import msgspec

from analytics.carbon import grid_factor, has_region
from analytics.formulas.climate import standard_coal_kg
from analytics.formulas.energy_ratios import carbon_effectiveness
from analytics.kpis.calendar import years
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import amount_of, refused
from analytics.kpis.ratio import Ratio, compute
from analytics.kpis.side import IT, SUPPLY
from analytics.result import KpiResult, Remark
from analytics.spans import intersection
from greendc.site import Role
from greendc.units import J_PER_KWH

CUE_STANDARD = "ISO/IEC 30134-8, EN 50600-4-8"
COAL_STANDARD = "GB/T 2589-2020"


class _Factor(msgspec.Struct, frozen=True, kw_only=True):
    """The factor of a period [kg/kWh], weighted by the energy of each of its years, and what to remark about it."""

    kg_per_kwh: float
    remarks: tuple[Remark, ...]


def cue(period: Period) -> KpiResult:
    """Return kg CO2 of the grid's electricity per kWh of IT."""
    factor = _factor(period)
    if factor is None:
        return refused(period, "cue", "kg/kW.h", CUE_STANDARD, _why(period))

    def per_it(supplied_j: float, it_j: float) -> float | None:
        return carbon_effectiveness(supplied_j / J_PER_KWH * factor.kg_per_kwh, it_j / J_PER_KWH)

    ratio = Ratio(key="cue", unit="kg/kW.h", standard=CUE_STANDARD, above=SUPPLY, below=IT, formula=per_it)
    result = compute(ratio, period)
    return msgspec.structs.replace(result, remarks=(*factor.remarks, *_fuels(period), *result.remarks))


def emissions(period: Period) -> KpiResult:
    """Return the kg CO2 of the grid's electricity."""
    factor = _factor(period)
    if factor is None:
        return refused(period, "emissions", "kg", CUE_STANDARD, _why(period))
    result = amount_of(
        period, SUPPLY, key="emissions", unit="kg", standard=CUE_STANDARD, per_unit=factor.kg_per_kwh / J_PER_KWH
    )
    return msgspec.structs.replace(result, remarks=(*factor.remarks, *_fuels(period), *result.remarks))


def coal(period: Period) -> KpiResult:
    """Return the standard coal [kgce] of the grid's electricity at its equivalent value."""
    return amount_of(
        period,
        SUPPLY,
        key="standard_coal",
        unit="kgce",
        standard=COAL_STANDARD,
        per_unit=standard_coal_kg(1.0) / J_PER_KWH,
    )


def _why(period: Period) -> str:
    return "no_grid_factor_year" if has_region(period.site.info.region) else "no_grid_factor"


def _fuels(period: Period) -> tuple[Remark, ...]:
    return (Remark(code="fuels_not_in_emissions"),) if period.curves(Role.FUEL) else ()


def _factor(period: Period) -> _Factor | None:
    """Return the factor of the supplied energy over the years of the period, None without one for every year."""
    spans = SUPPLY.spans(period)
    weighted = whole = 0.0
    remarks: list[Remark] = []
    for year, part in years(period.site, period.start_ns, period.end_ns):
        factor = grid_factor(period.site.info.region, year)
        if factor is None:
            return None
        known = intersection(spans, [part])
        # Where nothing was counted the years weigh by their length; the figure itself is refused for coverage then.
        weight = SUPPLY.amount(period, known).value or float(part[1] - part[0])
        weighted += weight * factor.kg_per_kwh
        whole += weight
        code = "grid_factor" if factor.year == year else "grid_factor_earlier"
        params = {"year": str(factor.year), "of": str(year), "kg": f"{factor.kg_per_kwh:g}", "source": factor.source}
        remarks.append(Remark(code=code, params=params))
        if factor.confidence != "confirmed":
            remarks.append(Remark(code="factor_unconfirmed", params={"year": str(factor.year)}))
    return _Factor(kg_per_kwh=weighted / whole, remarks=tuple(remarks))


CUE = Kpi(key="cue", unit="kg/kW.h", standard=CUE_STANDARD, compute=cue)
EMISSIONS = Kpi(key="emissions", unit="kg", standard=CUE_STANDARD, compute=emissions)
COAL = Kpi(key="standard_coal", unit="kgce", standard=COAL_STANDARD, compute=coal)
