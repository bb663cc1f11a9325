"""One air handler: a fan, a filter, a coil with its valve, a humidifier."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from greendc.physics.air import AIR_HEAT_CAPACITY
from greendc.physics.coil import WATER_HEAT_CAPACITY

if TYPE_CHECKING:
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import Air

LEAST_VALVE = 0.02
COIL_WATER_EXPONENT = 0.4
COIL_AIR_EXPONENT = 0.4
FILTER_FLOW_EXPONENT = 0.3
CONTACT = 0.7
"""Share of the air through a coil that meets its wet surface."""
COIL_LAG_S = 40.0
HUNTING_PERIOD_S = 600.0
SEA_LEVEL_DENSITY = 1.2

# How much further the valve moves than in proportion, to make up for a coil that saturates.
_VALVE_GAIN = 1.4
_VALVE_MOVES = 2


class CoolingUnit:
    """A unit's positions and temperatures; flows in kg/s, temperatures in degC, powers in W."""

    __slots__ = (
        "_capacity_w_per_k",
        "_conductance",
        "_fan_w",
        "_fight",
        "_filter",
        "_hunting_k",
        "_number",
        "_p",
        "_rated_kg_s",
        "_set_c",
        "_stuck",
        "air_kg_s",
        "fan_w",
        "flow_gain_kg_s",
        "humidifier_kg_s",
        "running",
        "speed",
        "supply_c",
        "surface_c",
        "valve",
        "wet_kg_s",
    )

    def __init__(self, number: int, parameters: Air, supply_c: float, density: float) -> None:
        """Start at a supply temperature; ``density`` [kg/m3] is that of the air the fan moves."""
        self._p = parameters
        self._number = number
        self._rated_kg_s = parameters.flow_m3_s * density
        self._fan_w = parameters.fan_w * density / SEA_LEVEL_DENSITY
        self.supply_c = supply_c
        self.surface_c = supply_c
        self.valve = 0.4
        self.speed = 0.6
        self.air_kg_s = self.fan_w = self.humidifier_kg_s = self.wet_kg_s = 0.0

    def begin(self, levers: Levers) -> None:
        """Take over where the levers stand."""
        n, air = self._number, levers.air
        p = self._p
        self.running = float(levers.operator.unit_on[n] > 0) * float(air.fan_capacity[n])
        self._filter = float(air.filter_resistance[n])
        resistance = 1.0 + p.filter_share * (self._filter - 1.0)
        self.flow_gain_kg_s = self._rated_kg_s * self.running * resistance**-FILTER_FLOW_EXPONENT
        self._conductance = p.coil_w_per_k * float(air.coil_conductance[n])
        self._set_c = float(levers.operator.supply_set_c[n])
        self._stuck = float(air.valve_stuck[n])
        self._hunting_k = float(air.supply_hunting_k[n])
        self._fight = float(air.humidifier_fight[n])

    @property
    def set_c(self) -> float:
        """Return the set-point."""
        return self._set_c

    def blow(self, speed: float, outdoor_share: float) -> None:
        """Run the fan at a speed [0..1]; filters of outdoor air add to its work."""
        p = self._p
        self.speed = speed if self.running > 0 else 0.0
        self.air_kg_s = self.flow_gain_kg_s * self.speed
        if self.speed <= 0.0:
            self.fan_w = 0.0
            return
        moving = (1.0 - p.fan_fixed) * self.speed**p.fan_exponent * (1.0 + p.outdoor_fan_add * outdoor_share)
        self.fan_w = self._fan_w * (p.fan_fixed + moving)

    def cool(self, enters_c: float, water_c: float, wanted_c: float, time_s: float, h_s: float) -> None:
        """Move the valve and the supply air towards ``wanted_c`` with water of ``water_c``."""
        if self.air_kg_s <= 0.0:
            self.supply_c += (enters_c - self.supply_c) * -math.expm1(-h_s / 300.0)
            self.valve = LEAST_VALVE
            self.surface_c = enters_c
            return
        stream = self.air_kg_s * AIR_HEAT_CAPACITY
        fan_k = self.fan_w / stream
        if self._hunting_k:
            wanted_c += self._hunting_k * math.sin(2.0 * math.pi * time_s / HUNTING_PERIOD_S)
        head_k = enters_c - water_c
        effect = 0.0
        if head_k > 0.05:  # noqa: PLR2004 (kelvin: warmer water than that cools nothing)
            effect = self._move_valve(stream, (enters_c - wanted_c + fan_k) / head_k)
        off_c = enters_c - effect * head_k
        self.surface_c = 0.5 * (water_c + off_c)
        self.supply_c += (off_c + fan_k - self.supply_c) * -math.expm1(-h_s / COIL_LAG_S)

    def _move_valve(self, stream: float, needed: float) -> float:
        """Return the coil's effectiveness [0..1] after its valve has moved towards what is needed."""
        if not math.isnan(self._stuck):
            self.valve = max(self._stuck, LEAST_VALVE)
            return self._effect(stream)
        if needed <= 0.0:
            self.valve = LEAST_VALVE
            return self._effect(stream) if needed > -0.01 else 0.0  # noqa: PLR2004 (a closed valve still leaks a little)
        for _ in range(_VALVE_MOVES):
            moved = self.valve * (needed / self._effect(stream)) ** _VALVE_GAIN
            self.valve = min(max(moved, LEAST_VALVE), 1.0)
        return self._effect(stream)

    def _effect(self, stream: float) -> float:
        """Return heat over the greatest possible heat on the air side: a counter-flow exchanger.

        ``eps = (1 - e) / (1 - R e)`` with ``e = exp(-NTU (1 - R))`` and R the ratio of the streams' capacities
        (Incropera, "Fundamentals of Heat and Mass Transfer", chapter 11).
        """
        p = self._p
        ratio = stream / (self.valve * p.water_kg_s * WATER_HEAT_CAPACITY)
        if abs(1.0 - ratio) < 1e-4:  # noqa: PLR2004 (the limit of the fraction is not worth a branch)
            ratio = 1.0001
        air = self.air_kg_s / self._rated_kg_s
        units = self._conductance * self.valve**COIL_WATER_EXPONENT * air**COIL_AIR_EXPONENT / stream
        left = math.exp(-units * (1.0 - ratio))
        return (1.0 - left) / (1.0 - ratio * left)

    @property
    def water_kg_s(self) -> float:
        """Return the chilled water that passes the coil."""
        return self.valve * self._p.water_kg_s

    def humidify(self, share: float) -> float:
        """Set the humidifier to a share [0..1], or more where it fights, and return its steam [kg/s]."""
        share = max(share, self._fight) if self.speed > 0.0 else 0.0
        self.humidifier_kg_s = share * self._p.humidifier_kg_s
        return self.humidifier_kg_s
