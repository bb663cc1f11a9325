"""Cooling degree days, and hours of free cooling that were used beside those that the weather made possible."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.climate import degree_day_rule, free_cooling_rule
from analytics.energy import midnight_ns
from analytics.formulas.climate import cooling_degree_days
from analytics.frame import mean_frame
from analytics.kpis.calendar import days, local_day
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import mean_of, refused
from analytics.outdoors import dry_bulb_keys, wet_bulb
from analytics.result import Remark
from greendc.clock import NS_PER_HOUR
from greendc.physics.kinds import FloatArray
from greendc.quantities import quantities
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import pandas as pd

    from analytics.result import KpiResult

EUROSTAT = "Eurostat; Regulation (EU) 2024/1364"
ECONOMISER = "EU Code of Conduct for data centres"
STATE, SET_POINT, CHILLED = "economiser_state", "supply_water_setpoint_c", "supply_water_temperature_c"
STEP_NS = 900 * NS_PER_SECOND
SHARE_OF_A_DAY = 0.75
"""A day counts when this share of it is known."""


class _Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Steps with free cooling in use and with free cooling possible: 1, 0, NaN where unknown."""

    used: FloatArray | None = None
    full: FloatArray | None = None
    possible: FloatArray | None = None
    remarks: tuple[Remark, ...] = ()
    reason: str = ""


def degree_days(period: Period) -> KpiResult:
    """Return the cooling degree days [K d] of the whole days in the site's zone that the period holds."""
    key, unit = "cooling_degree_days", "K.d"
    keys = dry_bulb_keys(period.history, period.site)
    if not keys:
        return refused(period, key, unit, EUROSTAT, "no_outdoor_sensor")
    whole = _whole_days(period)
    if not whole:
        return refused(period, key, unit, EUROSTAT, "no_whole_day")
    series = {one.label(): one for one in keys}
    frame = mean_frame(period.history, series, whole[0][1], whole[-1][2], STEP_NS)
    means = _daily(frame.mean(axis=1), whole)
    rule = degree_day_rule(whole[-1][0])
    values = np.array([cooling_degree_days([mean], rule.base_c, rule.threshold_c) for mean in means])
    params = {"base": f"{rule.base_c:g}", "threshold": f"{rule.threshold_c:g}", "n": str(len(means))}
    remarks = [Remark(code="degree_days", params={**params, "all": str(len(whole))})]
    if rule.confidence != "confirmed":
        remarks.append(Remark(code="rule_unconfirmed", params={"source": rule.source}))
    return mean_of(
        period, values, len(whole), key=key, standard=EUROSTAT, unit=unit, remarks=tuple(remarks), combine=np.sum
    )


def used_hours(period: Period) -> KpiResult:
    """Return the hours in which an economiser ran, fully or partly."""
    hours = _used(period)
    if hours.used is None or hours.full is None:
        return refused(period, "free_cooling_hours", "h", ECONOMISER, hours.reason)
    part = _hours(period, hours.used[~np.isnan(hours.used)]) - _hours(period, hours.full[~np.isnan(hours.full)])
    remark = Remark(code="free_cooling_part", params={"hours": f"{part:.1f}"})
    return _summed(period, "free_cooling_hours", hours.used, (remark,))


def possible_hours(period: Period) -> KpiResult:
    """Return the hours in which free cooling could have carried everything, under the assumption it states."""
    hours = _possible(period)
    if hours.possible is None:
        return refused(period, "free_cooling_possible", "h", ECONOMISER, hours.reason)
    return _summed(period, "free_cooling_possible", hours.possible, hours.remarks)


def used_share(period: Period) -> KpiResult:
    """Return the share of the possible hours in which an economiser carried everything."""
    key = "free_cooling_share"
    used, possible = _used(period), _possible(period)
    if used.full is None or possible.possible is None:
        return refused(period, key, "1", ECONOMISER, used.reason or possible.reason)
    known = ~np.isnan(used.full) & ~np.isnan(possible.possible)
    could = known & (possible.possible > 0)
    if not could.any():
        reason = "never_possible" if known.any() else "no_readings"
        return refused(period, key, "1", ECONOMISER, reason, remarks=possible.remarks)
    share = float(used.full[could].mean())
    return mean_of(
        period,
        np.full(int(known.sum()), share),
        len(known),
        key=key,
        standard=ECONOMISER,
        remarks=possible.remarks,
    )


def _whole_days(period: Period) -> list[tuple[dt.date, int, int]]:
    first, last = days(period.site, period.start_ns, period.end_ns)
    found = []
    for i in range((last - first).days + 1):
        day = first + dt.timedelta(days=i)
        span = midnight_ns(day, period.site), midnight_ns(day + dt.timedelta(days=1), period.site)
        if period.start_ns <= span[0] and span[1] <= period.end_ns:
            found.append((day, *span))
    return found


def _daily(steps: pd.Series[float], whole: list[tuple[dt.date, int, int]]) -> list[float]:
    """Return the means of the days that are known well enough."""
    at, values = steps.index.to_numpy(), steps.to_numpy(dtype=float)
    found = []
    for _, start_ns, end_ns in whole:
        day = values[np.searchsorted(at, start_ns) : np.searchsorted(at, end_ns)]
        known = day[~np.isnan(day)]
        if len(known) >= SHARE_OF_A_DAY * (end_ns - start_ns) / STEP_NS:
            found.append(float(known.mean()))
    return found


def _used(period: Period) -> _Hours:
    keys = list(period.history.series(period.site.name, quantity=STATE))
    if not keys:
        return _Hours(reason="no_economiser")
    states = quantities()[STATE].states
    rows = period.means(keys, "last").to_numpy(dtype=float)
    known = (~np.isnan(rows) & (rows != states["unknown"])).any(axis=1)
    full, part = ((rows == states[name]).any(axis=1) for name in ("full", "partial"))
    return _Hours(
        full=np.where(known, full.astype(float), np.nan), used=np.where(known, (full | part).astype(float), np.nan)
    )


def _possible(period: Period) -> _Hours:
    wet = wet_bulb(period.history, period.site, period.means)
    if wet is None:
        return _Hours(reason="no_outdoor_wet_bulb")
    set_points = _chilled(period, SET_POINT) or _chilled(period, CHILLED)
    if set_points is None:
        return _Hours(reason="no_chilled_water_setpoint")
    rule = free_cooling_rule(local_day(period.site, period.end_ns - 1))
    water_c, quantity = set_points
    margin = water_c - wet[0] - rule.approach_k
    params = {"approach": f"{rule.approach_k:g}", "water": quantity, "wet": wet[1]}
    remarks = (
        Remark(code="free_cooling_assumed", params=params),
        Remark(code="rule_unconfirmed", params={"source": rule.source}),
    )
    return _Hours(possible=np.where(np.isnan(margin), np.nan, (margin >= 0).astype(float)), remarks=remarks)


def _chilled(period: Period, quantity: str) -> tuple[FloatArray, str] | None:
    """Return the coldest water that any chiller is asked for (or delivers), by steps."""
    chillers = {key.device for key in period.history.series(period.site.name, quantity=SET_POINT)}
    keys = [
        key
        for key in period.history.series(period.site.name, quantity=quantity)
        if quantity == SET_POINT or key.device in chillers
    ]
    return (period.means(keys).min(axis=1).to_numpy(dtype=float), quantity) if keys else None


def _hours(period: Period, values: FloatArray) -> float:
    return float(values.sum()) * period.step_ns / NS_PER_HOUR


def _summed(period: Period, key: str, values: FloatArray, remarks: tuple[Remark, ...]) -> KpiResult:
    known = values[~np.isnan(values)]
    return mean_of(
        period,
        known,
        len(values),
        key=key,
        standard=ECONOMISER,
        unit="h",
        remarks=remarks,
        combine=lambda steps: _hours(period, steps),
    )


DEGREE_DAYS = Kpi(key="cooling_degree_days", unit="K.d", standard=EUROSTAT, compute=degree_days)
FREE_COOLING_HOURS = Kpi(key="free_cooling_hours", unit="h", standard=ECONOMISER, compute=used_hours)
FREE_COOLING_POSSIBLE = Kpi(key="free_cooling_possible", unit="h", standard=ECONOMISER, compute=possible_hours)
FREE_COOLING_SHARE = Kpi(key="free_cooling_share", unit="1", standard=ECONOMISER, compute=used_share)
