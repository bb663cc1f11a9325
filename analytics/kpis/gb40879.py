"""GB 40879-2021: the ratio of five characteristic outdoor temperatures (RM1) and of the whole year (RM2).

Neither is given for edge sites. Which temperatures count, and for what share of the year, is not published for every
region: a site says so in its file, or there is no RM1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.formulas.energy_ratios import pue, ratio_uncertainty
from analytics.formulas.gb40879 import POINTS, characteristic_ratio
from analytics.formulas.gb40879 import CharacteristicPoint as Measured
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import refused
from analytics.kpis.ratio import YEAR_NS, Ratio, compute
from analytics.kpis.side import FACILITY, IT
from analytics.outdoors import dry_bulb_keys
from analytics.result import KpiResult, Remark
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from analytics.kpis.side import Side
    from greendc.declared import CharacteristicPoint
    from greendc.physics.kinds import FloatArray

STANDARD = "GB 40879-2021"
EDGE_RACKS = 100
"""Centres with no more racks than this are edge data centres, which the standard leaves out."""
LEAST_HOURS = 1.0
"""A point needs this much time at its temperature."""
_WATT_PER_KW = 1000.0

_YEAR = Ratio(
    key="gb40879_rm2",
    unit="1",
    standard=STANDARD,
    above=FACILITY,
    below=IT,
    formula=pue,
    invalid="not_above_one",
    least_ns=YEAR_NS,
)


def year_ratio(period: Period) -> KpiResult:
    """Return RM2, the ratio of the energies of a whole year."""
    if len(period.site.racks) <= EDGE_RACKS:
        return refused(period, "gb40879_rm2", "1", STANDARD, "edge_site")
    return compute(_YEAR, period)


def point_ratio(period: Period) -> KpiResult:
    """Return RM1 from mean powers at the site's five characteristic temperatures."""
    key, points = "gb40879_rm1", period.site.characteristic_points
    if len(period.site.racks) <= EDGE_RACKS:
        return refused(period, key, "1", STANDARD, "edge_site")
    if len(points) != POINTS:
        return refused(period, key, "1", STANDARD, "no_characteristic_points")
    # The whole period's ratio says which IT metering point counts, how sure it is, and what is wrong with its meters.
    whole = compute(msgspec.structs.replace(_YEAR, key=key, least_ns=0), period)
    if whole.value is None:
        return whole
    keys = dry_bulb_keys(period.history, period.site)
    if not keys:
        return refused(period, key, "1", STANDARD, "no_outdoor_sensor")
    outdoor_c = period.means(keys).mean(axis=1).to_numpy(dtype=float)
    it = next(side for side in IT if side.category == whole.category)
    rows = (outdoor_c, _power_kw(period, FACILITY), _power_kw(period, it))
    step_h = period.step_ns / NS_PER_HOUR
    measured = [_at(point, rows, step_h) for point in points]
    missing = [f"{point.outdoor_c:g}" for point, found in zip(points, measured, strict=True) if found is None]
    if missing:
        remark = Remark(code="temperatures_not_met", params={"celsius": ", ".join(missing)})
        return refused(period, key, "1", STANDARD, "characteristic_temperature", remarks=(remark,))
    return _result(whole, [found for found in measured if found is not None])


def _result(whole: KpiResult, measured: list[Measured]) -> KpiResult:
    try:
        value = characteristic_ratio(measured)
    except ValueError:
        return msgspec.structs.replace(whole, value=None, uncertainty=None, reason="characteristic_shares")
    errors = [side.uncertainty or 0.0 for side in whole.inputs]
    remark = Remark(code="characteristic_points_declared")
    return msgspec.structs.replace(
        whole, value=value, uncertainty=ratio_uncertainty(*errors), remarks=(*whole.remarks, remark)
    )


def _power_kw(period: Period, side: Side) -> FloatArray:
    """Return the mean power [kW] of a side by steps."""
    groups = {role.value: [curve.meter for curve in period.curves(role)] for role in side.signs if period.curves(role)}
    frame = period.powers(groups)
    signs = np.array([side.signs[role] for role in side.signs if role.value in groups])
    return np.asarray(frame.to_numpy(dtype=float) @ signs / _WATT_PER_KW)


def _at(point: CharacteristicPoint, rows: tuple[FloatArray, FloatArray, FloatArray], step_h: float) -> Measured | None:
    outdoor_c, total_kw, it_kw = rows
    near = np.abs(outdoor_c - point.outdoor_c) <= point.tolerance_k
    near &= ~np.isnan(total_kw) & ~np.isnan(it_kw)
    if np.count_nonzero(near) * step_h < LEAST_HOURS:
        return None
    return Measured(year_share=point.year_share, total_kw=float(total_kw[near].mean()), it_kw=float(it_kw[near].mean()))


RM1 = Kpi(key="gb40879_rm1", unit="1", standard=STANDARD, compute=point_ratio)
RM2 = Kpi(key="gb40879_rm2", unit="1", standard=STANDARD, compute=year_ratio)
