"""The tariff file: what a contract for electricity says, as tables of a TOML file."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

import msgspec

from analytics.day_types import DayType
from greendc import declared

SCHEMA = 1
ALWAYS, FOREVER = declared.ALWAYS, declared.FOREVER
EVERY_MONTH = tuple(range(1, 13))
EVERY_DAY = tuple(DayType)


class Tier(StrEnum):
    """How dear an hour is."""

    SHARP = "sharp"
    PEAK = "peak"
    FLAT = "flat"
    VALLEY = "valley"
    DEEP_VALLEY = "deep_valley"


TIERS = tuple(Tier)


class DemandKind(StrEnum):
    """What a basic charge is counted on: the greatest demand of the month, or the capacity that is connected."""

    DEMAND = "demand"
    CAPACITY = "capacity"


class Validity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The days on which an entry holds, the first one included and the last one not."""

    valid_from: dt.date = ALWAYS
    valid_to: dt.date = FOREVER

    def holds(self, day: dt.date) -> bool:
        """Tell whether the entry holds on a day."""
        return self.valid_from <= day < self.valid_to


class DayPlan(Validity, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hours of each tier on days of some months and types, as ``HH:MM-HH:MM`` on the site's clock.

    An hour that ends before it starts runs over midnight: ``22:00-08:00`` is the night before 8 and after 22.
    """

    months: tuple[int, ...] = EVERY_MONTH
    types: tuple[DayType, ...] = EVERY_DAY
    sharp: list[str] = []
    peak: list[str] = []
    flat: list[str] = []
    valley: list[str] = []
    deep_valley: list[str] = []

    def hours(self, tier: Tier) -> list[str]:
        """Return the hours of a tier, as written."""
        return {
            Tier.SHARP: self.sharp,
            Tier.PEAK: self.peak,
            Tier.FLAT: self.flat,
            Tier.VALLEY: self.valley,
            Tier.DEEP_VALLEY: self.deep_valley,
        }[tier]


class Prices(Validity, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a kWh costs: ``base_per_kwh`` times the tier's multiplier plus ``added_per_kwh``, or ``per_kwh`` by tier.

    ``added_per_kwh`` are funds and surcharges that no multiplier touches. ``export_per_kwh`` is earned by feeding in.
    """

    base_per_kwh: float | None = None
    multipliers: dict[Tier, float] = {}
    added_per_kwh: float = 0.0
    per_kwh: dict[Tier, float] = {}
    export_per_kwh: float = 0.0

    def price(self, tier: Tier) -> float | None:
        """Return the price of a tier per kWh, None when it has none."""
        if self.base_per_kwh is None:
            return None if tier not in self.per_kwh else self.per_kwh[tier] + self.added_per_kwh
        factor = self.multipliers.get(tier)
        return None if factor is None else self.base_per_kwh * factor + self.added_per_kwh


class Demand(Validity, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The basic charge: ``per_kw_month`` on the month's greatest mean over ``window_min``, or on ``capacity_kw``.

    With ``contract_kw`` at least that share ``least_share`` of it is paid, and what exceeds ``tolerance`` times the
    contract counts ``over_factor`` times.
    """

    kind: DemandKind = DemandKind.DEMAND
    per_kw_month: float
    window_min: int = 15
    capacity_kw: float | None = None
    contract_kw: float | None = None
    least_share: float = 0.0
    tolerance: float = 1.05
    over_factor: float = 2.0

    def billed_kw(self, greatest_kw: float) -> float:
        """Return the kW that are paid for in a month with that greatest demand."""
        if self.kind is DemandKind.CAPACITY:
            return self.capacity_kw or 0.0
        if self.contract_kw is None:
            return greatest_kw
        over_kw = max(0.0, greatest_kw - self.tolerance * self.contract_kw)
        return max(greatest_kw, self.least_share * self.contract_kw) + (self.over_factor - 1.0) * over_kw


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From this power factor on the bill changes by a share: 0.05 adds 5 %, -0.0075 takes 0.75 % off."""

    at_least: Annotated[float, msgspec.Meta(ge=0, le=1)]
    adjustment: Annotated[float, msgspec.Meta(ge=-0.5, le=2)]


class PowerFactor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the month's mean power factor changes the charges for energy and demand."""

    steps: list[Step]

    def adjustment(self, power_factor: float) -> float:
        """Return the share by which the bill changes; the lowest step also holds below itself."""
        ordered = sorted(self.steps, key=lambda step: step.at_least)
        reached = [step for step in ordered if step.at_least <= power_factor]
        return (reached[-1] if reached else ordered[0]).adjustment


class TariffFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole tariff. ``example`` marks one that is not the operator's own; ``source`` says where its numbers are from.

    ``calendar`` is a calendar of public holidays by name; ``holidays`` and ``workdays`` add days to it.
    """

    schema: int
    name: str = ""
    currency: str
    source: str = ""
    example: bool = False
    calendar: str = ""
    holidays: list[dt.date] = []
    workdays: list[dt.date] = []
    days: list[DayPlan]
    prices: list[Prices]
    demand: list[Demand] = []
    power_factor: PowerFactor | None = None
