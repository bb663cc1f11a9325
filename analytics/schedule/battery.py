"""A battery as a schedule sees it: how much it holds, how fast, at which loss, and what stays for an outage."""

from __future__ import annotations

import math

import msgspec

from analytics.schedule.obstacle import Obstacle, number


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """A battery behind the site's meter.

    ``capacity_kwh`` is what it stores between empty and full. It is kept between ``least_share`` and ``most_share`` of
    it, and ``reserve_kwh`` on top of the least is never touched: it is there for an outage. ``c_rate`` [1/h] limits
    power by capacity. Efficiencies are ratios of energy out to energy in, one way each. ``wear_per_kwh`` is paid for
    each kWh charged and each kWh given. ``cycles_per_day`` limits what is given in 24 h, in multiples of what may be
    used. It starts with ``start_kwh`` and ends with at least ``end_kwh`` (default: as it started).
    """

    capacity_kwh: float
    charge_kw: float
    discharge_kw: float
    start_kwh: float
    end_kwh: float | None = None
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    least_share: float = 0.1
    most_share: float = 0.9
    reserve_kwh: float = 0.0
    c_rate: float | None = None
    wear_per_kwh: float = 0.0
    cycles_per_day: float | None = None

    @property
    def floor_kwh(self) -> float:
        """Return what is always left in it."""
        return self.least_share * self.capacity_kwh + self.reserve_kwh

    @property
    def ceiling_kwh(self) -> float:
        """Return what is never exceeded."""
        return self.most_share * self.capacity_kwh

    @property
    def usable_kwh(self) -> float:
        """Return what a schedule may move."""
        return self.ceiling_kwh - self.floor_kwh

    @property
    def last_kwh(self) -> float:
        """Return what it holds at least at the end."""
        return self.start_kwh if self.end_kwh is None else self.end_kwh

    def most_kw(self, rated_kw: float) -> float:
        """Return a rated power as the C-rate limits it."""
        return rated_kw if self.c_rate is None else min(rated_kw, self.c_rate * self.capacity_kwh)

    def obstacles(self, hours: float) -> list[Obstacle]:
        """Return why no schedule of that many hours is possible with it."""
        found = [Obstacle(code=code, params=params) for code, bad, params in self._impossible() if bad]
        if found:
            return found
        reach = self.start_kwh + self.most_kw(self.charge_kw) * self.charge_efficiency * hours
        if self.last_kwh > reach:
            found.append(Obstacle(code="battery_end", params={"end": number(self.last_kwh), "reach": number(reach)}))
        return found

    def _impossible(self) -> list[tuple[str, bool, dict[str, str]]]:
        numbers = (*msgspec.structs.astuple(self),)
        finite = all(value is None or math.isfinite(value) for value in numbers)
        if not finite:
            return [("battery_number", True, {})]
        amounts = {"charge_kw": self.charge_kw, "discharge_kw": self.discharge_kw, "reserve_kwh": self.reserve_kwh}
        amounts |= {"wear_per_kwh": self.wear_per_kwh, "cycles_per_day": self.cycles_per_day or 0.0}
        below = next((name for name, value in amounts.items() if value < 0), "")
        shares = 0 <= self.least_share < self.most_share <= 1
        fits = self.floor_kwh <= self.ceiling_kwh
        efficiencies = (self.charge_efficiency, self.discharge_efficiency)
        limits = {"floor": number(self.floor_kwh), "ceiling": number(self.ceiling_kwh)}
        return [
            ("battery_capacity", self.capacity_kwh <= 0, {"value": number(self.capacity_kwh)}),
            ("battery_negative", bool(below), {"name": below}),
            ("battery_c_rate", self.c_rate is not None and self.c_rate <= 0, {}),
            ("battery_efficiency", not all(0 < value <= 1 for value in efficiencies), {}),
            ("battery_shares", not shares, {}),
            ("battery_reserve", shares and not fits, limits),
            ("battery_start", fits and not self._within(self.start_kwh), {"start": number(self.start_kwh), **limits}),
            ("battery_last", fits and not self._within(self.last_kwh), {"end": number(self.last_kwh), **limits}),
        ]

    def _within(self, stored_kwh: float) -> bool:
        hair = 1e-9 * max(1.0, self.capacity_kwh)
        return self.floor_kwh - hair <= stored_kwh <= self.ceiling_kwh + hair
