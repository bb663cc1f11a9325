"""The last 24 hours, or another window, in steps: facility and IT power, their ratio, and the warmest inlet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.inlets import inlets as racks
from analytics.overview.figure import Trend
from analytics.overview.power import ELECTRIC, it_meters, meters_now, power_key
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from greendc.contracts import History
    from greendc.site import Meter, Site

WINDOW_NS = 24 * NS_PER_HOUR
STEP_NS = 300 * NS_PER_SECOND
STEPS_NS = tuple(seconds * NS_PER_SECOND for seconds in (60, 300, 900, 3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600))
MOST_STEPS = 400
YOUNG = ((900, 10), (3600, 30), (4 * 3600, 60))
"""A history shorter than the first number of seconds is shown in steps of the second."""

Steps = dict[int, float]


def trend(history: History, site: Site, now_ns: int) -> Trend:
    """Return the trend of the window that ends now, in finer steps while the history is young.

    Raises:
        StoreAway: the store does not answer.
    """
    wanted = _Wanted(history, site, now_ns)
    step, start = STEP_NS, now_ns - WINDOW_NS
    table = history.aggregated(wanted.keys, start, now_ns, step)
    if table.num_rows:
        first = min(time for time in table.column("time_ns").to_pylist() if time is not None)
        young_s = (now_ns - first) / NS_PER_SECOND
        fine = next((seconds for below, seconds in YOUNG if young_s < below), None)
        if fine is not None:
            step, start = fine * NS_PER_SECOND, first
            table = history.aggregated(wanted.keys, start, now_ns, step)
    return wanted.drawn(site, table, step)


def trend_between(history: History, site: Site, start_ns: int, end_ns: int) -> Trend:
    """Return the trend of any window, in steps that leave at most some hundreds of them.

    Raises:
        StoreAway: the store does not answer.
    """
    step = next((step for step in STEPS_NS if (end_ns - start_ns) // step <= MOST_STEPS), STEPS_NS[-1])
    wanted = _Wanted(history, site, end_ns)
    return wanted.drawn(site, history.aggregated(wanted.keys, start_ns, end_ns, step), step, open_=True)


class _Wanted:
    """Which series a trend is made of."""

    def __init__(self, history: History, site: Site, now_ns: int) -> None:
        self._facility = meters_now(site, Role.FACILITY_INPUT, now_ns)
        self._it = it_meters(site, now_ns)
        self._beside = [
            (sign, meter)
            for role, sign in ELECTRIC.items()
            if role is not Role.FACILITY_INPUT
            for meter in meters_now(site, role, now_ns)
        ]
        meters = (*self._facility, *self._it, *(meter for _, meter in self._beside))
        self._inlets = [key for keys in racks(history, site).values() for key in keys]
        self.keys = sorted({power_key(site, meter) for meter in meters} | set(self._inlets))

    def drawn(self, site: Site, table: pa.Table, step_ns: int, *, open_: bool = False) -> Trend:
        """Return the trend; ``open_`` keeps the last step though it may not be over."""
        course = _assembled(site, table, (self._facility, self._it), self._inlets, step_ns, open_=open_)
        return _within_boundary(site, table, course, self._beside)


def _assembled(
    site: Site,
    table: pa.Table,
    meters: tuple[list[Meter], list[Meter]],
    inlets: list[SeriesKey],
    step: int,
    *,
    open_: bool,
) -> Trend:
    mean, top = _by_series(site, table, "mean"), _by_series(site, table, "max")
    stamps = sorted({time for steps in mean.values() for time in steps})
    if not stamps:
        return Trend(step_ns=step)
    # The grid has every step, so that one without data stands as a gap. The last step may not be complete.
    times = list(range(stamps[0], stamps[-1] + 1 if open_ else max(stamps[-1], stamps[0] + 1), step))
    facility_w, it_w = (_total(site, mean, side, times) for side in meters)
    return Trend(
        step_ns=step,
        times_ns=times,
        facility_w=facility_w,
        it_w=it_w,
        inlet_c=[_highest(top, inlets, time) for time in times],
    )


def _within_boundary(site: Site, table: pa.Table, course: Trend, beside: Sequence[tuple[float, Meter]]) -> Trend:
    """Return the trend over the boundary of the figures: own generation, storage and export included."""
    mean = _by_series(site, table, "mean")
    whole_w = course.facility_w
    for sign, meter in beside:
        part_w = _total(site, mean, [meter], course.times_ns)
        whole_w = [
            None if whole is None or part is None else whole + sign * part
            for whole, part in zip(whole_w, part_w, strict=True)
        ]
    pue = [_ratio(whole, part) for whole, part in zip(whole_w, course.it_w, strict=True)]
    return msgspec.structs.replace(course, facility_w=whole_w, pue=pue)


def _by_series(site: Site, table: pa.Table, column: str) -> dict[SeriesKey, Steps]:
    found: dict[SeriesKey, Steps] = {}
    names = ("device", "part", "quantity", "time_ns", column)
    for device, part, quantity, time, value in zip(*(table.column(name).to_pylist() for name in names), strict=True):
        if value is not None:
            found.setdefault(SeriesKey(site.name, device, part, quantity), {})[time] = value
    return found


def _total(site: Site, mean: dict[SeriesKey, Steps], meters: Sequence[Meter], times: list[int]) -> list[float | None]:
    series = [(mean.get(power_key(site, meter), {}), meter.factor) for meter in meters]
    totals: list[float | None] = []
    for time in times:
        values = [steps[time] * factor for steps, factor in series if time in steps]
        totals.append(sum(values) if values and len(values) == len(series) else None)
    return totals


def _ratio(whole: float | None, part: float | None) -> float | None:
    return whole / part if whole is not None and part is not None and part > 0 else None


def _highest(top: dict[SeriesKey, Steps], inlets: Sequence[SeriesKey], time: int) -> float | None:
    return max((top[key][time] for key in inlets if time in top.get(key, {})), default=None)
