"""One module of a room: racks between a cold and a hot aisle, the units that serve it, its air and its moisture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from greendc.physics.air import AIR_HEAT_CAPACITY
from simulators.plant.cooling_unit import CONTACT, CoolingUnit

if TYPE_CHECKING:
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import Air
    from simulators.plant.saturation import Saturation

EVAPORATION_J_PER_KG = 2.45e6
RETURN_RISE_K = 10.0
RETURN_GAIN = 0.6
FIXED_SPEED = 0.8
HUMIDIFIER_BAND = 4e-4
"""Shortage of moisture [kg/kg] at which humidifiers run at full output."""
LEAST_FLOW_KG_S = 1e-3


class Outside:
    """Outdoor air over a row of steps, as plain numbers."""

    __slots__ = ("dew_c", "dry_c", "ratio", "wet_c")

    def __init__(self, dry_c: list[float], dew_c: list[float], wet_c: list[float], ratio: list[float]) -> None:
        """Take one value a step: temperatures [degC] and humidity ratio [kg/kg]."""
        self.dry_c, self.dew_c, self.wet_c, self.ratio = dry_c, dew_c, wet_c, ratio


class Zone:
    """The state of one zone; temperatures in degC, flows in kg/s, humidity ratio in kg/kg."""

    def __init__(self, number: int, parameters: Air, supply_c: float, density: float, saturation: Saturation) -> None:
        """Start near its usual state."""
        self.p = parameters
        self._saturation = saturation
        first = number * parameters.units_per_zone
        self._number = number
        self.units = [CoolingUnit(first + i, parameters, supply_c, density) for i in range(parameters.units_per_zone)]
        self.return_c = supply_c + 11.0
        self.ratio = 0.0085
        self.speed = 0.6
        self.mixed_c = supply_c
        self._air_kg = parameters.volume_m3 * density
        self._leak_kg_s = parameters.infiltration_per_h / 3600.0 * self._air_kg
        self.damper = 0.0

    def begin(self, levers: Levers) -> None:
        """Take over where the levers stand."""
        air, wanted = levers.air, levers.operator
        for unit in self.units:
            unit.begin(levers)
        closed = 1.0 - float(air.containment[self._number])
        self._bypass = min(0.95, (self.p.bypass + float(air.bypass_add[self._number])) * closed)
        self._margin, self._minimum = wanted.flow_margin, wanted.minimum_speed
        self._capacity_kg_s = sum(unit.flow_gain_kg_s for unit in self.units)
        self._stuck = air.damper_stuck
        self._economiser = wanted.air_economiser
        self._low = self._saturation.ratio(wanted.dew_low_c)
        self._dew_low_c, self._dew_high_c = wanted.dew_low_c, wanted.dew_high_c

    def move_air(self, flow_kg_s: float, need_kg_s: float, h_s: float, *, powered: bool) -> None:
        """Set the fans to what the racks need, and find what passes them by or comes back to them."""
        if self.p.fan_control == "fixed":
            wanted = FIXED_SPEED
        else:
            wanted = need_kg_s * self._margin / max(self._capacity_kg_s, LEAST_FLOW_KG_S)
            wanted = min(1.0, max(self._minimum, wanted))
        self.speed += (wanted - self.speed) * -math.expm1(-h_s / self.p.fan_lag_s)
        if not powered:
            self.speed = 0.0
        total = weighted = 0.0
        for unit in self.units:
            unit.blow(self.speed, self.damper)
            total += unit.air_kg_s
            weighted += unit.air_kg_s * unit.supply_c
        self.air_kg_s = total
        self.cold_c = weighted / total if total > LEAST_FLOW_KG_S else self.return_c
        reaches = total * (1.0 - self._bypass)
        short = max(0.0, 1.0 - reaches / need_kg_s)
        self.mixed_c = self.cold_c + max(short, self.p.spill) * (self.return_c - self.cold_c)
        self.recirculation_ratio = 1.0 - min(need_kg_s, reaches) / flow_kg_s
        self.bypass_ratio = max(0.0, 1.0 - need_kg_s / total) if total > LEAST_FLOW_KG_S else 0.0

    def cool(self, step: tuple[float, float], water_c: float, outside: Outside, i: int) -> None:
        """Mix in outdoor air, then cool and dry what the units take in; ``step`` is time and length [s]."""
        time_s, h_s = step
        self._mix(outside, i)
        enters_c = self.return_c + self.damper * (outside.dry_c[i] - self.return_c)
        offset = 0.0
        if self.p.supply_control == "return":
            # A unit that holds its return air: the supply moves against the return's deviation.
            offset = RETURN_GAIN
        for unit in self.units:
            wanted = unit.set_c + offset * (unit.set_c + RETURN_RISE_K - self.return_c)
            unit.cool(enters_c, water_c, wanted, time_s, h_s)
        total = weighted = 0.0
        for unit in self.units:
            total += unit.air_kg_s
            weighted += unit.air_kg_s * unit.supply_c
        self.supply_c = weighted / total if total > LEAST_FLOW_KG_S else self.return_c

    def _mix(self, outside: Outside, i: int) -> None:
        """Open the outdoor-air damper as far as it helps and the dew point allows."""
        if not math.isnan(self._stuck):
            self.damper = self._stuck
            return
        self.damper = 0.0
        dry_c = outside.dry_c[i]
        if not self._economiser or not self._dew_low_c <= outside.dew_c[i] <= self._dew_high_c:
            return
        head_k = self.return_c - dry_c
        if head_k > 1.0:
            self.damper = min(1.0, max(0.0, (self.return_c - self.units[0].set_c) / head_k))

    def warm(self, gains_w: float, outdoor_c: float, h_s: float) -> None:
        """Move the hot aisle on by its heat balance: a first-order node, solved exactly over the step."""
        p = self.p
        stream = self.air_kg_s * AIR_HEAT_CAPACITY
        total = stream + p.envelope_w_per_k
        level_c = (gains_w + p.envelope_w_per_k * outdoor_c + stream * self.supply_c) / total
        rate = total * h_s / p.room_j_per_k
        gone = -math.expm1(-rate)
        before_c = self.return_c
        self.return_c += (level_c - before_c) * gone
        self.mean_c = level_c + (before_c - level_c) * gone / rate
        self.gains_w = gains_w
        self.envelope_w = p.envelope_w_per_k * (self.mean_c - outdoor_c)
        self.stored_w = p.room_j_per_k * (self.return_c - before_c) / h_s
        self.removed_w = stream * (self.mean_c - self.supply_c)

    def moisten(self, outdoor_ratio: float, h_s: float) -> None:
        """Move the air's moisture on: leaks, humidifiers, and coils that are colder than the dew point."""
        share = min(1.0, max(0.0, (self._low - self.ratio) / HUMIDIFIER_BAND))
        steam = fresh = 0.0
        for unit in self.units:
            steam += unit.humidify(share)
            fresh += unit.air_kg_s
        fresh = self._leak_kg_s + self.damper * fresh
        contact = gains = 0.0
        for unit in self.units:
            surface = self._saturation.ratio(unit.surface_c)
            unit.wet_kg_s = unit.air_kg_s * CONTACT if surface < self.ratio else 0.0
            contact += unit.wet_kg_s
            gains += unit.wet_kg_s * surface
        step = h_s / self._air_kg
        after = (self.ratio + step * (fresh * outdoor_ratio + steam + gains)) / (1.0 + step * (fresh + contact))
        self.latent_w = EVAPORATION_J_PER_KG * max(0.0, contact * after - gains)
        self.ratio = after
        self.steam_kg_s = steam

    def heat_w(self, outdoor_c: float) -> float:
        """Return the heat [W] that the coils hand to the water: room, outdoor air, fans and condensate."""
        outdoor_w = self.damper * self.air_kg_s * AIR_HEAT_CAPACITY * (outdoor_c - self.mean_c)
        fans_w = sum(unit.fan_w for unit in self.units)
        self.outdoor_w = outdoor_w
        self.fans_w = fans_w
        return self.removed_w + outdoor_w + fans_w + self.latent_w

    def water_kg_s(self) -> float:
        """Return the chilled water through the coils that have air."""
        return sum(unit.water_kg_s for unit in self.units if unit.air_kg_s > 0.0)
