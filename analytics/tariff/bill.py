"""What a stretch of time costs under a tariff, item by item and month by month."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.counters import Floats, Times
from analytics.tariff.file import TIERS, Demand, DemandKind
from analytics.wall_clock import NS_PER_MINUTE, wall_clock
from greendc.clock import NS_PER_HOUR
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.tariff.price_table import PriceTable

Flags = NDArray[np.bool_]
WHOLE_MONTH = 0.999
ENERGY_ITEMS = ("energy", "export")


class Intervals(msgspec.Struct, frozen=True, kw_only=True):
    """What the meter at the grid counted in equal steps; NaN where it is not known.

    ``start_ns`` [n] are the starts in UTC, ``import_kwh`` [n] what was taken, ``export_kwh`` [n] what was fed in and
    ``reactive_kvarh`` [n] the reactive energy.
    """

    start_ns: Times
    step_ns: int
    import_kwh: Floats
    export_kwh: Floats | None = None
    reactive_kvarh: Floats | None = None


class BillItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a bill: ``quantity`` in ``unit`` times ``price`` is ``amount``; ``month`` is ``2026-03``."""

    month: str
    kind: str
    tier: str = ""
    quantity: float
    unit: str
    price: float
    amount: float

    def title(self, lang: str | None = None) -> str:
        """Return what is paid for."""
        tier = t(f"tariff.tiers.{self.tier}", lang) if self.tier else ""
        return t(f"tariff.item.{self.kind}", lang, tier=tier) if tier else t(f"tariff.item.{self.kind}", lang)


class BillRemark(msgspec.Struct, frozen=True, kw_only=True):
    """What the bill leaves out or estimates; a code of `tariff.remark.*`."""

    code: str
    params: dict[str, str] = {}

    def text(self, lang: str | None = None) -> str:
        """Return the remark for a person."""
        return t(f"tariff.remark.{self.code}", lang, **self.params)


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """All items, in the order of months."""

    currency: str
    items: tuple[BillItem, ...]
    remarks: tuple[BillRemark, ...] = ()
    example: bool = False

    @property
    def total(self) -> float:
        """Return the sum of all items."""
        return sum(item.amount for item in self.items)

    def amount(self, *kinds: str) -> float:
        """Return the sum of the items of some kinds."""
        return sum(item.amount for item in self.items if item.kind in kinds)

    @property
    def energy(self) -> float:
        """Return the sum of what is paid by the kWh, less what was earned."""
        return self.amount(*ENERGY_ITEMS)


class _Month(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a month and what is known of them."""

    first: dt.date
    rows: NDArray[np.int64]
    share: float

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"


def bill(table: PriceTable, intervals: Intervals) -> Bill:
    """Return the bill of known intervals.

    A month of which intervals cover only a part pays that part of the basic charge. Rows without energy or without
    prices are left out and counted in the remarks.
    """
    known = np.isfinite(intervals.import_kwh)
    priced = np.isfinite(table.mean_price(intervals.start_ns, intervals.step_ns))
    items: list[BillItem] = []
    remarks = _left_out(intervals, known, priced)
    for month in _months(table, intervals):
        rows = month.rows[(known & priced)[month.rows]]
        lines = [*_energy(table, intervals, month.name, rows), *_basic(table, intervals, month, rows, remarks)]
        items += [*lines, *_power_factor(table, intervals, month.name, rows, lines, remarks)]
        items += _export(table, intervals, month.name, rows)
    return Bill(currency=table.currency, items=tuple(items), remarks=tuple(remarks), example=table.tariff.example)


def _left_out(intervals: Intervals, known: Flags, priced: Flags) -> list[BillRemark]:
    found = []
    for code, rows in (("unknown_energy", ~known), ("no_price", known & ~priced)):
        hours = rows.sum() * intervals.step_ns / NS_PER_HOUR
        if hours:
            found.append(BillRemark(code=code, params={"hours": f"{hours:.2f}".rstrip("0").rstrip(".")}))
    return found


def _months(table: PriceTable, intervals: Intervals) -> list[_Month]:
    dates, places = wall_clock(intervals.start_ns, table.zone).dates()
    firsts = sorted({day.replace(day=1) for day in dates})
    of_date = np.array([firsts.index(day.replace(day=1)) for day in dates], dtype=np.int64)
    of_row = of_date[places]
    found = []
    for i, first in enumerate(firsts):
        rows = np.flatnonzero(of_row == i)
        span = _midnight(_next(first), table.zone) - _midnight(first, table.zone)
        found.append(_Month(first=first, rows=rows, share=min(1.0, len(rows) * intervals.step_ns / span)))
    return found


def _next(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1)


def _midnight(day: dt.date, zone: dt.tzinfo) -> int:
    start = dt.datetime.combine(day, dt.time(), tzinfo=zone)
    return (start - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(minutes=1) * NS_PER_MINUTE


def _energy(table: PriceTable, intervals: Intervals, month: str, rows: NDArray[np.int64]) -> list[BillItem]:
    """Return a line for each tier and price; a step that crosses a change of tier is split evenly over time."""
    parts = table.parts(intervals.start_ns[rows], intervals.step_ns)
    tiers, prices = table.tier(parts), table.price(parts)
    energy = np.broadcast_to(intervals.import_kwh[rows][:, None] / parts.shape[1], parts.shape)
    found = []
    for code, price in sorted({(int(c), float(p)) for c, p in zip(tiers.ravel(), prices.ravel(), strict=True)}):
        quantity = float(energy[(tiers == code) & (prices == price)].sum())
        tier = str(TIERS[code])
        line = BillItem(
            month=month, kind="energy", tier=tier, quantity=quantity, unit="kW.h", price=price, amount=quantity * price
        )
        found.append(line)
    return found


def _basic(
    table: PriceTable, intervals: Intervals, month: _Month, rows: NDArray[np.int64], remarks: list[BillRemark]
) -> list[BillItem]:
    demand = next((d for d in table.tariff.demand if d.holds(month.first)), None)
    if demand is None or not len(rows):
        return []
    if month.share < WHOLE_MONTH:
        remarks.append(BillRemark(code="part_month", params={"month": month.name}))
    greatest = greatest_demand(intervals, rows, demand.window_min)
    if demand.kind is DemandKind.DEMAND:
        _say_coarse(intervals, demand, remarks)
    quantity = demand.billed_kw(greatest) * month.share
    return [
        BillItem(
            month=month.name,
            kind=str(demand.kind),
            quantity=quantity,
            unit="kW",
            price=demand.per_kw_month,
            amount=quantity * demand.per_kw_month,
        )
    ]


def _say_coarse(intervals: Intervals, demand: Demand, remarks: list[BillRemark]) -> None:
    step_min = intervals.step_ns // NS_PER_MINUTE
    if step_min > demand.window_min and not any(remark.code == "demand_coarse" for remark in remarks):
        shown = {"step_min": str(step_min), "window_min": str(demand.window_min)}
        remarks.append(BillRemark(code="demand_coarse", params=shown))


def greatest_demand(intervals: Intervals, rows: NDArray[np.int64], window_min: int) -> float:
    """Return the greatest mean power [kW] of the windows that rows fill; of the rows where they are longer."""
    power = intervals.import_kwh[rows] * (NS_PER_HOUR / intervals.step_ns)
    window_ns = window_min * NS_PER_MINUTE
    if intervals.step_ns < window_ns:
        starts = intervals.start_ns[rows] // window_ns
        _, places, count = np.unique(starts, return_inverse=True, return_counts=True)
        # A window of which only a part is known says nothing about its mean.
        full = count * intervals.step_ns >= window_ns
        power = (np.bincount(places, weights=power) / count)[full]
    return float(power.max(initial=0.0))


def _power_factor(
    table: PriceTable,
    intervals: Intervals,
    month: str,
    rows: NDArray[np.int64],
    lines: list[BillItem],
    remarks: list[BillRemark],
) -> list[BillItem]:
    rule = table.tariff.power_factor
    if rule is None or not len(rows):
        return []
    reactive = np.nan if intervals.reactive_kvarh is None else float(np.sum(intervals.reactive_kvarh[rows]))
    active = float(intervals.import_kwh[rows].sum())
    if not np.isfinite(reactive) or not active:
        if not any(remark.code == "no_reactive" for remark in remarks):
            remarks.append(BillRemark(code="no_reactive"))
        return []
    share = rule.adjustment(active / float(np.hypot(active, reactive)))
    charged = sum(line.amount for line in lines)
    return [BillItem(month=month, kind="power_factor", quantity=charged, unit="1", price=share, amount=charged * share)]


def _export(table: PriceTable, intervals: Intervals, month: str, rows: NDArray[np.int64]) -> list[BillItem]:
    if intervals.export_kwh is None or not np.nansum(intervals.export_kwh[rows]):
        return []
    fed = np.nan_to_num(intervals.export_kwh[rows])
    prices = table.export_price(intervals.start_ns[rows])
    earned, quantity = float(fed @ prices), float(fed.sum())
    return [
        BillItem(month=month, kind="export", quantity=quantity, unit="kW.h", price=-earned / quantity, amount=-earned)
    ]
