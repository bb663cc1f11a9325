"""A tariff ready to be asked: tier and price of any times, on the site's clock."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np

from analytics.day_types import calendar
from analytics.tariff.file import FOREVER, SCHEMA, TIERS, DayPlan, Prices, TariffFile, Tier
from analytics.tariff.periods import HOUR, stretches, written
from analytics.wall_clock import MINUTES_PER_DAY, NS_PER_MINUTE, Ints, WallClock, wall_clock

if TYPE_CHECKING:
    from analytics.counters import Floats, Times
    from greendc.site import Tariff

NO_TIER = -1


class PriceTable:
    """The tiers and prices of a tariff for arrays of times [ns since 1970, UTC]."""

    def __init__(self, tariff: TariffFile, zone: dt.tzinfo) -> None:
        """Compile a tariff that `check` found no error in, for a site's time zone."""
        self.tariff = tariff
        self.zone = zone
        self._calendar = calendar(tariff.calendar).with_days(tariff.holidays, tariff.workdays)
        plans = [_minutes_of(plan) for plan in tariff.days]
        self._tiers = np.vstack([*plans, np.full(MINUTES_PER_DAY, NO_TIER)])
        # The last row and column stand for no prices and no tier: unknown, never 0.
        self._prices = np.full((len(tariff.prices) + 1, len(TIERS) + 1), np.nan)
        for i, prices in enumerate(tariff.prices):
            self._prices[i, :-1] = [math.nan if (p := prices.price(tier)) is None else p for tier in TIERS]
        self._export = np.array([*(prices.export_per_kwh for prices in tariff.prices), np.nan])
        self.grain_min = _grain(tariff)

    @property
    def currency(self) -> str:
        """Return the currency (ISO 4217)."""
        return self.tariff.currency

    def tier(self, time_ns: Times) -> Ints:
        """Return the place in `TIERS` of the tier at each time, `NO_TIER` where the tariff has none."""
        clock = wall_clock(time_ns, self.zone)
        return self._tier(clock, *self._rows(clock))

    def price(self, time_ns: Times) -> Floats:
        """Return the price of a kWh at each time; NaN where no prices hold."""
        clock = wall_clock(time_ns, self.zone)
        plan, prices = self._rows(clock)
        return np.asarray(self._prices[prices, self._tier(clock, plan, prices)], dtype=np.float64)

    def export_price(self, time_ns: Times) -> Floats:
        """Return what a kWh fed in earns at each time; NaN where no prices hold."""
        _, prices = self._rows(wall_clock(time_ns, self.zone))
        return np.asarray(self._export[prices], dtype=np.float64)

    def mean_price(self, start_ns: Times, step_ns: int) -> Floats:
        """Return the mean price over steps that may hold several tiers; NaN where a part of the step has none."""
        return np.asarray(self.price(self.parts(start_ns, step_ns)).mean(axis=1), dtype=np.float64)

    def parts(self, start_ns: Times, step_ns: int) -> Times:
        """Return times within steps [n, parts], so many that each part lies in one tier."""
        count = max(1, -(-step_ns // (self.grain_min * NS_PER_MINUTE)))
        return np.asarray(start_ns)[:, None] + (np.arange(count) * step_ns // count)[None, :]

    def day_types(self, time_ns: Times) -> list[str]:
        """Return the kind of day of each time."""
        dates, places = wall_clock(time_ns, self.zone).dates()
        kinds = [str(self._calendar.day_type(day)) for day in dates]
        return [kinds[place] for place in places]

    def _tier(self, clock: WallClock, plan: Ints, prices: Ints) -> Ints:
        found = self._tiers[plan, clock.minute]
        return np.asarray(np.where(prices == len(self.tariff.prices), NO_TIER, found), dtype=np.int64)

    def _rows(self, clock: WallClock) -> tuple[Ints, Ints]:
        """Return which day plan and which prices hold at each time."""
        days = np.unique(clock.day.ravel())
        dates = [dt.date(1970, 1, 1) + dt.timedelta(days=int(day)) for day in days]
        plans = np.array([self._plan_of(day) for day in dates], dtype=np.int64)
        prices = np.array([_holding(self.tariff.prices, day) for day in dates], dtype=np.int64)
        places = np.searchsorted(days, clock.day)
        return plans[places], prices[places]

    def _plan_of(self, day: dt.date) -> int:
        kind = self._calendar.day_type(day)
        for i, plan in enumerate(self.tariff.days):
            if plan.holds(day) and day.month in plan.months and kind in plan.types:
                return i
        return len(self.tariff.days)


def flat_table(tariff: Tariff, zone: dt.tzinfo) -> PriceTable:
    """Return a site's flat price as a table of one tier."""
    prices = Prices(per_kwh={Tier.FLAT: tariff.price_per_kwh}, valid_to=FOREVER)
    plan = DayPlan(flat=["00:00-24:00"])
    return PriceTable(TariffFile(schema=SCHEMA, currency=tariff.currency, days=[plan], prices=[prices]), zone)


def _holding(entries: list[Prices], day: dt.date) -> int:
    return next((i for i, entry in enumerate(entries) if entry.holds(day)), len(entries))


def _minutes_of(plan: DayPlan) -> Ints:
    found = np.full(MINUTES_PER_DAY, NO_TIER)
    for tier, text in written(plan):
        for stretch in stretches(text, tier):
            found[stretch.start : stretch.end] = TIERS.index(tier)
    return found


def _grain(tariff: TariffFile) -> int:
    """Return the longest stretch [min] that no change of tier can cut; at most 15, for zones off the hour."""
    edges = [
        minute
        for plan in tariff.days
        for tier, text in written(plan)
        for stretch in stretches(text, tier)
        for minute in (stretch.start, stretch.end)
    ]
    return math.gcd(HOUR, QUARTER, *edges)


QUARTER = 15
"""Time zones differ from UTC by multiples of this [min]."""
