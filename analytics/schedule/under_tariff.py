"""A schedule under a tariff: its prices for a case, and the bill with and without the battery, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.schedule.case import Case, DemandPrice
from analytics.schedule.obstacle import Refused
from analytics.schedule.plan import Schedule, plan, resting
from analytics.tariff.bill import Intervals
from analytics.tariff.file import DemandKind
from analytics.tariff.replay import BillReplay, with_another
from analytics.wall_clock import NS_PER_MINUTE, wall_clock
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from analytics.counters import Floats
    from analytics.schedule.battery import Battery
    from analytics.tariff.price_table import PriceTable
    from analytics.wall_clock import Ints


class TariffReplay(msgspec.Struct, frozen=True, kw_only=True):
    """The bills without and with a schedule that knew everything in advance, and the wear it paid: the most there is.

    ``schedules`` are those of the months, in order.
    """

    bills: BillReplay
    wear: float
    schedules: tuple[Schedule, ...]

    @property
    def saving(self) -> float:
        """Return what is saved, wear taken off."""
        return self.bills.saving - self.wear


def priced(case: Case, table: PriceTable, reached_kw: Mapping[tuple[int, int], float] | None = None) -> Case:
    """Return a case with a tariff's prices. ``reached_kw`` is the demand that months (year, month) reached before."""
    buy = table.mean_price(case.start_ns, case.step_ns)
    sell = table.export_price(case.start_ns)
    return msgspec.structs.replace(case, buy=buy, sell=sell, demand=_demand(case, table, reached_kw or {}))


def replay(case: Case, table: PriceTable) -> TariffReplay | Refused:
    """Return the bill of a past load without and with the battery and the jobs of a case.

    Each month is planned as a whole, knowing it in advance, so the saving is an upper limit of what a schedule from
    forecasts reaches. The battery enters a month as it left the one before. A job belongs to the month in which it may
    start, and has to end in it.
    """
    if not len(case):
        return Refused(obstacles=tuple(case.obstacles()))
    months = _months(case, table)[1]
    done: list[Schedule] = []
    idle: list[Schedule] = []
    battery = case.battery
    for number in range(int(months.max()) + 1):
        month = priced(_rows_of(case, np.flatnonzero(months == number), battery), table)
        schedule = plan(month)
        if isinstance(schedule, Refused):
            return schedule
        done.append(schedule)
        idle.append(resting(month))
        battery = None if battery is None else _left(battery, float(schedule.stored_kwh[-1]))
    bills = with_another(table, _intervals(idle), _intervals(done))
    return TariffReplay(bills=bills, wear=sum(schedule.after.wear for schedule in done), schedules=tuple(done))


def _left(battery: Battery, stored_kwh: float) -> Battery:
    """Return the battery as a month left it; it keeps what it has to end with."""
    # The solver may miss a limit by a hair, which would make the next month impossible.
    held = min(max(stored_kwh, battery.floor_kwh), battery.ceiling_kwh)
    return msgspec.structs.replace(battery, start_kwh=held, end_kwh=battery.last_kwh)


def _rows_of(case: Case, rows: Ints, battery: Battery | None) -> Case:
    first, last = int(rows[0]), int(rows[-1]) + 1
    start, end = int(case.start_ns[first]), int(case.start_ns[last - 1]) + case.step_ns

    def cut(values: Floats | None) -> Floats | None:
        return None if values is None else values[first:last]

    return msgspec.structs.replace(
        case,
        start_ns=case.start_ns[first:last],
        load_kw=case.load_kw[first:last],
        buy=case.buy[first:last],
        pv_kw=cut(case.pv_kw),
        carbon=cut(case.carbon),
        battery=battery,
        jobs=tuple(job for job in case.jobs if start <= job.earliest_ns < end),
    )


def _months(case: Case, table: PriceTable) -> tuple[list[dt.date], Ints]:
    """Return the months by their first day in order, and which of them each row lies in."""
    dates, places = wall_clock(case.start_ns, table.zone).dates()
    firsts = sorted({day.replace(day=1) for day in dates})
    return firsts, np.array([firsts.index(day.replace(day=1)) for day in dates], dtype=np.int64)[places]


def _demand(case: Case, table: PriceTable, reached_kw: Mapping[tuple[int, int], float]) -> DemandPrice | None:
    firsts, month = _months(case, table)
    held = [next((d for d in table.tariff.demand if d.holds(first)), None) for first in firsts]
    by_demand = [None if d is None or d.kind is not DemandKind.DEMAND else d for d in held]
    known = [d for d in by_demand if d is not None]
    if not known:
        return None
    return DemandPrice(
        per_kw=tuple(0.0 if d is None else d.per_kw_month for d in by_demand),
        reached_kw=tuple(reached_kw.get((first.year, first.month), 0.0) for first in firsts),
        month=month,
        window_ns=max(d.window_min for d in known) * NS_PER_MINUTE,
    )


def _intervals(schedules: list[Schedule]) -> Intervals:
    step_ns = schedules[0].step_ns
    hours = step_ns / NS_PER_HOUR
    return Intervals(
        start_ns=np.concatenate([schedule.start_ns for schedule in schedules]),
        step_ns=step_ns,
        import_kwh=np.concatenate([schedule.import_kw for schedule in schedules]) * hours,
        export_kwh=np.concatenate([schedule.export_kw for schedule in schedules]) * hours,
    )
