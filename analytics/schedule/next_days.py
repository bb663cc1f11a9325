"""The next two days of a site as a case: forecasts, tariff, its battery as it stands, and the work that may wait."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.flows import Flows, flows_of, kilowatts
from analytics.forecast import Forecast, Target, Untrained, forecast_of
from analytics.frame import mean_frame
from analytics.schedule.ahead import case_ahead
from analytics.schedule.carbon_factors import factors_at
from analytics.schedule.case import Case, Job
from analytics.schedule.declared import hourly_factors
from analytics.schedule.stored import stored
from analytics.tariff.bill import Intervals, greatest_demand
from analytics.wall_clock import NS_PER_MINUTE, wall_clock
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND, W_PER_KW

if TYPE_CHECKING:
    from analytics.counters import Floats, Times
    from analytics.schedule.battery import Battery
    from analytics.tariff.price_table import PriceTable
    from greendc.contracts import History
    from greendc.flexible import Deferrable
    from greendc.site import Site

STEP_NS = 900 * NS_PER_SECOND
DAY_NS = 86_400 * NS_PER_SECOND
SEEN_DAYS = 31
"""So far back reach the month's demand, the battery's readings and the usual run of work that may wait."""
JOB_DAYS = 14


class NextDays(msgspec.Struct, frozen=True, kw_only=True):
    """What can be planned: the case, and the forecasts that it rests on."""

    case: Case
    load: Forecast
    sun: Forecast | None


def next_days(history: History, site: Site, table: PriceTable, end_ns: int) -> NextDays | Untrained:
    """Return the case of the two days from ``end_ns`` on, or why the load cannot be forecast.

    Raises:
        ConfigError: the file of hourly factors cannot be used.
        StoreAway, StoreRefused: the store cannot be read.
    """
    load = forecast_of(history, site, Target.SITE, end_ns)
    if isinstance(load, Untrained):
        return load
    flows = _flows(history, site, end_ns)
    sun = forecast_of(history, site, Target.PV, end_ns) if "sun" in flows.has else None
    sun = None if isinstance(sun, Untrained) else sun
    case = case_ahead(
        load,
        table,
        sun=sun,
        battery=_battery(history, site, flows),
        export_limit_kw=float(np.nanmax(kilowatts(flows.fed_w), initial=0.0)),
        reached_kw=_reached(table, flows, load.time_ns),
    )
    jobs, taken_w = _work(history, site, case, end_ns)
    factors = factors_at(case.start_ns, site.info.region, site.zone(), hourly_factors(site))
    # Work that its meter shows in the load already is taken out of it before it is placed anew.
    rest = np.maximum(case.load_kw - taken_w / W_PER_KW, 0.0)
    case = msgspec.structs.replace(case, load_kw=rest, jobs=jobs, carbon=factors.location)
    return NextDays(case=case, load=load, sun=sun)


def _flows(history: History, site: Site, end_ns: int) -> Flows:
    last = end_ns // STEP_NS * STEP_NS
    return flows_of(history, site, np.arange(last - SEEN_DAYS * DAY_NS, last, STEP_NS, dtype=np.int64), STEP_NS)


def _battery(history: History, site: Site, flows: Flows) -> Battery | None:
    """Return the battery with the charge it has now; it ends with no less."""
    if "storage" not in flows.has and site.battery is None:
        return None
    held = stored(history, site, history.series(site.name), flows)
    if held is None:
        return None
    battery, known = held.battery, held.soc[np.isfinite(held.soc)]
    if not len(known) or battery.obstacles(1.0):
        return msgspec.structs.replace(battery, end_kwh=None)
    now = max(battery.floor_kwh, min(float(known[-1]) * battery.capacity_kwh, battery.ceiling_kwh))
    return msgspec.structs.replace(battery, start_kwh=now, end_kwh=None)


def _reached(table: PriceTable, flows: Flows, ahead: Times) -> dict[tuple[int, int], float]:
    """Return the greatest demand [kW] that the month of the first row has reached."""
    first = wall_clock(ahead[:1], table.zone).dates()[0][0]
    dates, places = wall_clock(flows.time_ns, table.zone).dates()
    same = np.array([(day.year, day.month) == (first.year, first.month) for day in dates], dtype=np.bool_)[places]
    rows = np.flatnonzero(same & np.isfinite(flows.bought_w))
    windows = [demand.window_min for demand in table.tariff.demand if demand.holds(first)]
    if not len(rows) or not windows:
        return {}
    energy = kilowatts(flows.bought_w) * (flows.step_ns / NS_PER_HOUR)
    reached = greatest_demand(
        Intervals(start_ns=flows.time_ns, step_ns=flows.step_ns, import_kwh=energy), rows, windows[0]
    )
    return {(first.year, first.month): reached}


def _work(history: History, site: Site, case: Case, end_ns: int) -> tuple[tuple[Job, ...], Floats]:
    """Return each day's work whose window lies ahead, and the power [W] that its meters usually show then."""
    jobs: list[Job] = []
    taken = np.zeros(len(case))
    for one in site.deferrable:
        usual = _usual(history, site, one, case, end_ns)
        energy = one.energy_kwh
        if energy is None:
            energy = None if usual is None else float(usual[: DAY_NS // case.step_ns].sum()) / W_PER_KW * case.step_h
        if not energy:
            continue
        found = windows(one, energy, case, site)
        jobs += found
        if usual is not None:
            inside = np.zeros(len(case))
            for job in found:
                inside = np.maximum(inside, case.open_share(job))
            taken += usual * inside
    return tuple(jobs), taken


def windows(one: Deferrable, energy_kwh: float, case: Case, site: Site) -> list[Job]:
    """Return the work of each day whose whole window lies within a case."""
    start, end = one.minutes()
    first = wall_clock(case.start_ns[:1], site.zone()).dates()[0][0]
    found = []
    for day in (first + dt.timedelta(days=count) for count in range(4)):
        midnight = int(dt.datetime.combine(day, dt.time(), tzinfo=site.zone()).timestamp()) * NS_PER_SECOND
        earliest, deadline = midnight + start * NS_PER_MINUTE, midnight + end * NS_PER_MINUTE
        if earliest >= case.start_ns[0] and deadline <= case.end_ns:
            found.append(
                Job(
                    name=f"{one.name}/{day.isoformat()}",
                    energy_kwh=energy_kwh,
                    most_kw=one.most_kw,
                    earliest_ns=earliest,
                    deadline_ns=deadline,
                )
            )
    return found


def _usual(history: History, site: Site, one: Deferrable, case: Case, end_ns: int) -> Floats | None:
    """Return what the meter of work that may wait usually shows at each row's time of day [W]."""
    if not one.device:
        return None
    key = SeriesKey(site.name, one.device, one.part, "active_power_w")
    last = end_ns // STEP_NS * STEP_NS
    frame = mean_frame(history, {"w": key}, last - JOB_DAYS * DAY_NS, last, STEP_NS)
    return by_time_of_day(frame["w"].to_numpy(dtype=np.float64), frame.index.to_numpy(), case.start_ns, site.zone())


def by_time_of_day(values: Floats, times: Times, ahead: Times, zone: dt.tzinfo) -> Floats | None:
    """Return the mean of known values at each wanted time of day, 0 where none is known; None without any."""
    known = np.isfinite(values)
    if not known.any():
        return None
    minute = wall_clock(times, zone).minute[known]
    total = np.bincount(minute, weights=values[known], minlength=1440)
    mean = total / np.maximum(np.bincount(minute, minlength=1440), 1)
    return np.asarray(mean[wall_clock(ahead, zone).minute], dtype=np.float64)
