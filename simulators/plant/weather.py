"""Synthetic outdoor air of a mild subtropical plateau, a function of absolute time."""

from __future__ import annotations

import math

import msgspec

from greendc.physics import air
from simulators.plant.noise import Noise

SECONDS_PER_DAY = 86_400.0
SECONDS_PER_YEAR = 365.2425 * SECONDS_PER_DAY
GRID_S = 900.0


class Climate(msgspec.Struct, frozen=True, kw_only=True):
    """Means and swings [degC, K] of a place; the defaults resemble Kunming (mean 15.5 degC, wet bulb near 12 degC).

    ``local_offset_s`` turns UTC into local time.
    """

    altitude_m: float = 1892.0
    mean_c: float = 15.5
    yearly_k: float = 6.5
    daily_k: float = 5.0
    noise_k: float = 1.8
    dew_mean_c: float = 9.0
    dew_yearly_k: float = 6.0
    warmest_day: float = 195.0
    local_offset_s: float = 8 * 3600.0


class Outdoor(msgspec.Struct, frozen=True):
    """Outdoor air: dry bulb, dew point and wet bulb [degC]."""

    dry_bulb_c: float
    dew_point_c: float
    wet_bulb_c: float


class Weather:
    """Outdoor air at any time. Worked out every 15 minutes of absolute time and linear in between."""

    def __init__(self, seed: int, climate: Climate | None = None) -> None:
        """Make the weather of a seed and a climate."""
        self.climate = climate or Climate()
        self.pressure_pa = air.station_pressure(self.climate.altitude_m)
        self._fronts = Noise(seed, 11, 2 * SECONDS_PER_DAY, 2)
        self._hours = Noise(seed, 12, 3 * 3600.0, 2)
        self._grid: dict[int, Outdoor] = {}

    def at(self, time_s: float) -> Outdoor:
        """Return the outdoor air at a time [s since 1970]."""
        position = time_s / GRID_S
        knot = math.floor(position)
        share = position - knot
        if not {knot, knot + 1} <= self._grid.keys():
            self._grid = {at: self._grid.get(at) or self._worked(at) for at in (knot, knot + 1)}
        left, right = self._grid[knot], self._grid[knot + 1]
        return Outdoor(
            left.dry_bulb_c + share * (right.dry_bulb_c - left.dry_bulb_c),
            left.dew_point_c + share * (right.dew_point_c - left.dew_point_c),
            left.wet_bulb_c + share * (right.wet_bulb_c - left.wet_bulb_c),
        )

    def _worked(self, knot: int) -> Outdoor:
        time_s = knot * GRID_S
        place = self.climate
        local_s = time_s + place.local_offset_s
        year = math.cos(2 * math.pi * (local_s / SECONDS_PER_YEAR - place.warmest_day / 365.2425))
        # Air is warmest at three in the afternoon.
        day = math.cos(2 * math.pi * (local_s / SECONDS_PER_DAY - 15 / 24))
        fronts, hours = self._fronts.at(time_s), self._hours.at(time_s)
        dry = place.mean_c + place.yearly_k * year + place.daily_k * day
        dry += place.noise_k * (0.9 * float(fronts[0]) + 0.4 * float(hours[0]))
        dew = place.dew_mean_c + place.dew_yearly_k * year
        dew += place.noise_k * (0.8 * float(fronts[1]) + 0.3 * float(hours[1]))
        dew = min(dew, dry - 0.3)
        humidity = air.relative_humidity(dry, dew)
        return Outdoor(dry, dew, air.wet_bulb(dry, humidity, self.pressure_pa))
