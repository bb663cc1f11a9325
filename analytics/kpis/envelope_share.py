"""How much of the time inlet air is inside an envelope, its highest dew point, and how fast it changes.

ASHRAE TC 9.9 by the site's class of equipment, and GB 50174 beside it, both with the site's altitude. Moisture hardly
differs within a room, so one dew point, the mean of the racks' sensors, counts for all inlets.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analytics.envelope import air_range, inlet_limits
from analytics.inlets import inlets
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import known_mean, mean_of, refused
from analytics.result import Remark
from greendc.clock import NS_PER_HOUR
from greendc.physics import moist_air

if TYPE_CHECKING:
    from analytics.envelope import Range
    from analytics.result import KpiResult
    from greendc.model import SeriesKey
    from greendc.physics.kinds import FloatArray

DEW_POINT = "dew_point_c"
SHARE_OF_POINTS = 0.75
BLOCK = 1_000
"""So many moments are looked at in one go."""
INLETS_AT_ONCE = 100
ASHRAE = "ASHRAE TC 9.9, 5th edition (2021)"
GB50174 = "GB 50174-2017"
GB_CLASS = "GB50174"


def share(key: str, equipment_class: str, standard: str, period: Period, *, recommended: bool) -> KpiResult:
    """Return the share of inlets and time [0..1] that is inside the recommended or the allowable range."""
    keys = _inlet_keys(period)
    if not keys:
        return refused(period, key, "1", standard, "no_inlet_sensor")
    name = equipment_class or period.site.info.equipment_class
    limits = air_range(period.site.info.altitude_m, name, recommended=recommended)
    inlet_c = period.means(keys).to_numpy(dtype=float)
    dew_keys = _dew_keys(period)
    dew_c = known_mean(period.means(dew_keys).to_numpy(dtype=float)) if dew_keys else None
    remarks = [_points(period, keys, name)]
    if dew_c is None:
        remarks.append(Remark(code="no_dew_point_sensor"))
    # A year of many inlets is looked at in blocks: as a whole each step on the way would take its memory again.
    blocks = [slice(at, at + BLOCK) for at in range(0, len(inlet_c), BLOCK)]
    rows = [_shares(inlet_c[block], None if dew_c is None else dew_c[block], limits) for block in blocks]
    shares = np.concatenate([np.zeros(0), *rows])
    return mean_of(period, shares[~np.isnan(shares)], len(inlet_c), key=key, standard=standard, remarks=tuple(remarks))


def _shares(inlet_c: FloatArray, dew_c: FloatArray | None, limits: Range) -> FloatArray:
    """Return the share of inlets inside for each moment, NaN where too little is known."""
    known = ~np.isnan(inlet_c)
    count = known.sum(axis=1)
    enough = count >= SHARE_OF_POINTS * inlet_c.shape[1]
    inside = known & (inlet_c >= limits.low_c) & (inlet_c <= limits.high_c)
    if dew_c is not None:
        enough &= ~np.isnan(dew_c)
        humidity = moist_air.relative_humidity(inlet_c, dew_c[:, None])
        moist = (dew_c >= limits.dew_point_low_c) & (dew_c <= limits.dew_point_high_c)
        inside &= moist[:, None] & (humidity >= limits.humidity_low) & (humidity <= limits.humidity_high)
    return np.where(enough, inside.sum(axis=1) / np.maximum(count, 1), np.nan)


def highest_dew_point(period: Period) -> KpiResult:
    """Return the highest dew point [degC] of the racks' sensors, as a step mean."""
    keys = _dew_keys(period)
    if not keys:
        return refused(period, "dew_point_max", "Cel", ASHRAE, "no_dew_point_sensor")
    rows = period.means(keys).to_numpy(dtype=float)
    known = ~np.isnan(rows).all(axis=1)
    return mean_of(period, rows[known], len(rows), key="dew_point_max", standard=ASHRAE, unit="Cel", combine=np.nanmax)


def fastest_change(period: Period) -> KpiResult:
    """Return the greatest change of any inlet within an hour [K/h], between step means."""
    key, unit = "inlet_change_max", "K/h"
    keys = _inlet_keys(period)
    if not keys:
        return refused(period, key, unit, ASHRAE, "no_inlet_sensor")
    steps = int(NS_PER_HOUR // period.step_ns)
    frame = period.means(keys)
    if len(frame) <= steps:
        return refused(period, key, unit, ASHRAE, "not_an_hour")
    spread = np.full(len(frame), np.nan)
    for at in range(0, len(keys), INLETS_AT_ONCE):
        rolling = frame.iloc[:, at : at + INLETS_AT_ONCE].rolling(steps + 1, min_periods=2)
        changes = (rolling.max() - rolling.min()).to_numpy(dtype=float)
        spread = np.fmax(spread, np.fmax.reduce(changes, axis=1))
    known = frame.notna().sum(axis=1).to_numpy() >= SHARE_OF_POINTS * len(keys)
    return mean_of(period, spread[known], len(frame), key=key, standard=ASHRAE, unit=unit, combine=_highest, remarks=())


def _highest(values: FloatArray) -> float:
    return float(np.nanmax(values)) if np.isfinite(values).any() else 0.0


def _inlet_keys(period: Period) -> list[SeriesKey]:
    return [one for rack in inlets(period.history, period.site).values() for one in rack]


def _dew_keys(period: Period) -> list[SeriesKey]:
    racked = {device.name for device in period.site.devices if device.rack}
    return [one for one in period.history.series(period.site.name, quantity=DEW_POINT) if one.device in racked]


def _points(period: Period, keys: list[SeriesKey], name: str) -> Remark:
    limits = inlet_limits(period.site.info.altitude_m, name)
    return Remark(code="inlet_points", params={"n": str(len(keys)), "class": limits.equipment_class})


def _share(key: str, equipment_class: str, standard: str, *, recommended: bool) -> Kpi:
    compute = partial(share, key, equipment_class, standard, recommended=recommended)
    return Kpi(key=key, unit="1", standard=standard, compute=compute)


INLET_RECOMMENDED = _share("inlet_recommended", "", ASHRAE, recommended=True)
INLET_ALLOWABLE = _share("inlet_allowable", "", ASHRAE, recommended=False)
GB_RECOMMENDED = _share("gb50174_recommended", GB_CLASS, GB50174, recommended=True)
GB_ALLOWABLE = _share("gb50174_allowable", GB_CLASS, GB50174, recommended=False)
DEW_POINT_MAX = Kpi(key="dew_point_max", unit="Cel", standard=ASHRAE, compute=highest_dew_point)
INLET_CHANGE = Kpi(key="inlet_change_max", unit="K/h", standard=ASHRAE, compute=fastest_change)
