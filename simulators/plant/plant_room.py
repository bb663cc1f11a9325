"""The plant room: chilled water, staged chillers, a cooling tower, and a water-side economiser before the chillers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from greendc.physics import chiller
from greendc.physics.coil import WATER_DENSITY, WATER_HEAT_CAPACITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import PlantParameters, Water

PUMP_FIXED = 0.1
PUMP_EXPONENT = 2.5
PUMP_HEAT = 0.9
TOWER_FIXED = 0.03
TOWER_EXPONENT = 3.0
SPEED_PER_APPROACH = 1.25
LEAST_TOWER = 0.1
COLD_APPROACH_PER_K = 0.1
"""A tower comes less near to the wet bulb in cold air, which takes up less vapour; per kelvin below the rated one.

What drives a tower is enthalpy (Merkel 1925). Saturated air gains 2.3 times less of it per kelvin at 8 than at 24 degC,
at 81 kPa, and range counts less in a small approach: 1.5 times the approach at 20, 2.6 times at 8 degC.
"""
RATED_WET_BULB_C = 24.0
FREEZE_C = 4.0
RESPONSE_S = 120.0
START_SHARE, STOP_SHARE, ADD_LOAD, DROP_LOAD = 0.08, 0.03, 0.92, 0.75
STAGE_HOLD_S = 900.0
ECONOMISER_HOLD_S = 1800.0
ECONOMISER_ON_K, ECONOMISER_OFF_K = 4.0, 2.5
TRIPS_C, UNLOADS_K = 46.0, 6.0
NATURAL_DRAUGHT = 0.08
"""What a tower's air is of rated when its fan stands."""
OFF, PARTIAL, FULL = 0.0, 1.0, 2.0

_COLUMNS = (
    "supply_c",
    "return_c",
    "flow_kg_s",
    "heat_w",
    "pump_speed",
    "pump_w",
    "chillers_w",
    "chillers_heat_w",
    "condenser_in_c",
    "condenser_out_c",
    "condenser_kg_s",
    "condenser_pump_w",
    "tower_speed",
    "tower_w",
    "rejected_w",
    "economiser_ratio",
    "economiser_w",
    "economiser_state",
    "reuse_w",
    "stored_w",
    "basin_c",
)


class PlantRoom:
    """Temperatures in degC, heat and power in W, flows in kg/s. `step` follows the coils' load."""

    def __init__(self, parameters: PlantParameters) -> None:
        """Start at the set-point with one machine on."""
        self.p: Water = parameters.water
        air = parameters.air
        self._full_kg_s = air.water_kg_s * air.units_per_zone * air.zones
        self.supply_c = parameters.setpoints.chilled_c
        self.basin_c = parameters.setpoints.condenser_c
        self._on = 1
        self._hold_s = self._economiser_hold_s = self._restart_s = 0.0
        self._economising = False
        self._tower = 0.5
        self.power_w = 0.0
        self.return_c = self.supply_c + 8.0
        self._exchanger_w_per_k = _conductance(self.p, 0.5 * self._full_kg_s)
        self._row: tuple[float, ...] = ()
        self._machine_row: tuple[float, ...] = ()

    def begin(self, levers: Levers) -> None:
        """Take over where the levers stand, and forget the rows of before."""
        water, wanted = levers.water, levers.operator
        self._set_c, self._condenser_set_c = wanted.chilled_set_c, wanted.condenser_set_c
        self._wanted_on = wanted.chillers_on
        self._economiser, self._stuck = wanted.water_economiser, water.economiser_stuck
        self._rated = [self.p.chiller_w * float(share) for share in water.chiller_capacity]
        self._eir = [float(factor) for factor in water.chiller_eir]
        self._fouling_k = [float(kelvin) for kelvin in water.condenser_fouling_k]
        self._fan_share, self._fill = float(water.tower_fan), max(0.05, float(water.tower_fill))
        self._pump_efficiency, self._chilled_bypass = max(0.05, water.pump_efficiency), min(0.9, water.chilled_bypass)
        self._rows: list[tuple[float, ...]] = []
        self._machines: list[tuple[float, ...]] = []

    def step(self, load: tuple[float, float], wet_bulb_c: float, extra: tuple[float, float], h_s: float) -> None:
        """Carry the coils' heat [W] and water [kg/s] away.

        ``extra`` is the heat [W] that heat recovery wants from the return, and the heat [W] that comes to the tower
        from elsewhere.
        """
        load_w, coil_kg_s = load
        speed, flow, pump_w = self._pump(coil_kg_s)
        stream = flow * WATER_HEAT_CAPACITY
        heat_w = load_w + PUMP_HEAT * pump_w
        before_c = self.supply_c
        return_c = before_c + heat_w / stream
        mass = self.p.loop_j_per_k
        needed = max(0.0, heat_w + mass * (before_c - self._set_c) / max(h_s, RESPONSE_S))
        reuse_w = min(extra[0], 0.6 * needed)
        enters_c = return_c - reuse_w / stream
        free_w = self._free(needed - reuse_w, enters_c, stream, wet_bulb_c, h_s)
        heats, powers = self._chill(max(0.0, needed - reuse_w - free_w), h_s)
        chillers_w, chilled_w = sum(powers), sum(heats)
        stored_w = heat_w - reuse_w - free_w - chilled_w
        self.supply_c += stored_w * h_s / mass
        rejected_w = chilled_w + chillers_w + free_w + extra[1]
        condenser_c = max(self.basin_c, self._condenser_set_c)
        condenser_kg_s, condenser_pump_w, tower_w = self._reject(rejected_w, extra[1], wet_bulb_c, h_s)
        state = OFF if self._ratio <= 0.0 else (FULL if chilled_w <= 0.0 else PARTIAL)
        passes = max(condenser_kg_s, 1e-3) * WATER_HEAT_CAPACITY
        self._row = (
            before_c, return_c, flow, heat_w, speed, pump_w, chillers_w, chilled_w, condenser_c,
            condenser_c + (chilled_w + chillers_w) / passes, condenser_kg_s, condenser_pump_w, self._tower, tower_w,
            rejected_w, self._ratio, free_w, state, reuse_w, stored_w, self.basin_c,
        )  # fmt: skip
        self.return_c = return_c
        self.power_w = pump_w + chillers_w + condenser_pump_w + tower_w
        self._machine_row = (*heats, *powers)

    def keep(self) -> None:
        """Put what the step came to among the rows."""
        self._rows.append(self._row)
        self._machines.append(self._machine_row)

    def stand(self, wet_bulb_c: float, h_s: float) -> None:
        """Do nothing for a step, for want of power."""
        self._restart_s = self.p.restart_s
        self._ratio = self.power_w = 0.0
        self.basin_c += (max(wet_bulb_c, FREEZE_C) - self.basin_c) * -math.expm1(-h_s / 3600.0)
        row = dict.fromkeys(_COLUMNS, 0.0) | {
            "supply_c": self.supply_c,
            "return_c": self.supply_c,
            "condenser_in_c": self.basin_c,
            "condenser_out_c": self.basin_c,
            "basin_c": self.basin_c,
        }
        self._row = tuple(row.values())
        self._machine_row = (0.0,) * (2 * self.p.chillers)

    def _pump(self, coil_kg_s: float) -> tuple[float, float, float]:
        """Return speed, flow and power of the chilled-water pumps."""
        wanted = coil_kg_s / (1.0 - self._chilled_bypass) / self._full_kg_s
        speed = 1.0 if self.p.pump_law == "constant" else min(1.0, max(self.p.pump_minimum, wanted))
        power_w = self.p.pump_w * (PUMP_FIXED + (1.0 - PUMP_FIXED) * speed**PUMP_EXPONENT) / self._pump_efficiency
        return speed, self._full_kg_s * speed, power_w

    def _free(self, needed_w: float, enters_c: float, stream: float, wet_bulb_c: float, h_s: float) -> float:
        """Return the heat [W] that the economiser's exchanger takes from the return to the tower's water."""
        self._economiser_hold_s -= h_s
        self._full_approach_k = self._approach(needed_w, wet_bulb_c)
        margin_k = enters_c - wet_bulb_c - self._full_approach_k
        if self._economiser_hold_s <= 0.0 or not self._economiser:
            useful = margin_k > (ECONOMISER_OFF_K if self._economising else ECONOMISER_ON_K)
            turned = (useful and self._economiser) != self._economising
            if turned:
                self._economising = not self._economising
                self._economiser_hold_s = ECONOMISER_HOLD_S
        reach = self.exchange(stream)
        most = reach * (enters_c - self.basin_c)
        self._target_c = self._condenser_set_c
        self._ratio = 0.0
        if not math.isnan(self._stuck):
            self._ratio = self._stuck
        elif self._economising:
            self._ratio = min(1.0, max(0.05, needed_w / most)) if most > 0.0 else 0.0
        if self._economising:
            self._target_c = max(FREEZE_C, enters_c - needed_w / max(reach, 1.0) - 0.3)
        return self._ratio * most

    def exchange(self, stream: float) -> float:
        """Return the heat [W/K] that the exchanger moves per kelvin between what enters its two sides.

        A counter-flow exchanger as in `CoolingUnit`; it does better when the chilled water is slow.
        """
        ratio = stream / (self.p.condenser_kg_s * WATER_HEAT_CAPACITY)
        if abs(1.0 - ratio) < 1e-4:  # noqa: PLR2004 (the limit of the fraction is not worth a branch)
            ratio = 1.0001
        left = math.exp(-self._exchanger_w_per_k / stream * (1.0 - ratio))
        return stream * (1.0 - left) / (1.0 - ratio * left)

    def _approach(self, heat_w: float, wet_bulb_c: float) -> float:
        """Return the tower's approach [K] with its fan at full speed."""
        cold = 1.0 + COLD_APPROACH_PER_K * max(0.0, RATED_WET_BULB_C - wet_bulb_c)
        return max(0.2, self.p.tower_approach_k * heat_w / self.p.tower_w * cold / self._fill)

    def _chill(self, needed_w: float, h_s: float) -> tuple[list[float], list[float]]:
        """Return heat and power of every machine, after staging."""
        p, curve = self.p, self.p.curve
        enters = max(self.basin_c, self._condenser_set_c)
        capacity = []
        for rated, fouling in zip(self._rated, self._fouling_k, strict=True):
            # A machine unloads as its condenser gets too hot, and trips at last.
            safe = min(1.0, max(0.0, (TRIPS_C - enters - fouling) / UNLOADS_K))
            capacity.append(safe * max(0.0, curve.capacity(rated, self.supply_c, enters + fouling)))
        self._stage(needed_w, capacity, h_s)
        heats, powers = [0.0] * p.chillers, [0.0] * p.chillers
        total = sum(capacity[: self._on])
        self._restart_s -= h_s
        if self._restart_s > 0.0 or total <= 0.0:
            return heats, powers
        share = min(1.0, needed_w / total)
        for k in range(self._on):
            heats[k] = heat = share * capacity[k]
            warm = enters + self._fouling_k[k]
            powers[k] = self._eir[k] * curve.power(heat, self._rated[k], p.chiller_cop, self.supply_c, warm)
        return heats, powers

    def _stage(self, needed_w: float, capacity: list[float], h_s: float) -> None:
        """Start a machine when those on are nearly full, stop one when the others would do."""
        self._hold_s -= h_s
        if self._wanted_on:
            self._on = self._wanted_on
            return
        on, before = self._on, self._on
        if on == 0:
            on = 1 if needed_w > START_SHARE * capacity[0] else 0
        while 0 < on < len(capacity) and needed_w > ADD_LOAD * sum(capacity[:on]):
            on += 1
        if self._hold_s <= 0.0 and on == before:
            while on > 1 and needed_w < DROP_LOAD * sum(capacity[: on - 1]):
                on -= 1
            if on == 1 and needed_w < STOP_SHARE * capacity[0]:
                on = 0
        if on != before:
            self._hold_s = STAGE_HOLD_S
            self._on = on

    def _reject(self, rejected_w: float, other_w: float, wet_bulb_c: float, h_s: float) -> tuple[float, float, float]:
        """Run condenser pumps and tower; return flow [kg/s], pump power and fan power [W]."""
        p = self.p
        running = max(self._on, 1 if self._ratio > 0.0 or other_w > 0.0 else 0)
        if not running:
            self._tower = 0.0
            self.basin_c += (max(wet_bulb_c, FREEZE_C) - self.basin_c) * -math.expm1(-h_s / 7200.0)
            return 0.0, 0.0, 0.0
        flow = running * p.condenser_kg_s
        full = self._approach(rejected_w, wet_bulb_c)
        wanted = max(self._target_c - wet_bulb_c, 0.05)
        speed = min(1.0, max(LEAST_TOWER, (full / wanted) ** SPEED_PER_APPROACH))
        self._tower = max(speed * self._fan_share, 1e-3)
        level_c = wet_bulb_c + full / max(self._tower, NATURAL_DRAUGHT) ** 0.8
        level_c = max(level_c, FREEZE_C)
        self.basin_c += (level_c - self.basin_c) * -math.expm1(-h_s * flow * WATER_HEAT_CAPACITY / p.basin_j_per_k)
        tower_w = p.tower_fan_w * (TOWER_FIXED + (1.0 - TOWER_FIXED) * self._tower**TOWER_EXPONENT)
        return flow, running * p.condenser_pump_w / self._pump_efficiency, tower_w

    def columns(self) -> dict[str, FloatArray]:
        """Return the rows since `begin` by name."""
        rows = np.array(self._rows).reshape(-1, len(_COLUMNS))
        return {name: rows[:, i] for i, name in enumerate(_COLUMNS)}

    def publish(self, put: Callable[[str, FloatArray], None]) -> FloatArray:
        """Publish the rows since `begin`; return the electrical power [W] of the plant room."""
        column = self.columns()
        put("chilled.supply_c", column["supply_c"])
        put("chilled.return_c", column["return_c"])
        put("chilled.flow_m3_s", column["flow_kg_s"] / WATER_DENSITY)
        put("chilled.heat_w", column["heat_w"])
        put("chilled.stored_w", column["stored_w"])
        self._publish_machines(put, column)
        put("condenser.supply_c", column["condenser_in_c"])
        put("condenser.return_c", column["condenser_out_c"])
        put("condenser.flow_m3_s", column["condenser_kg_s"] / WATER_DENSITY)
        put("condenser.heat_w", column["rejected_w"])
        put("tower.basin_c", column["basin_c"])
        put("pump.chilled.power_w", column["pump_w"])
        put("pump.chilled.speed", column["pump_speed"])
        put("pump.condenser.power_w", column["condenser_pump_w"])
        put("pump.condenser.speed", np.where(column["condenser_pump_w"] > 0, 1.0, 0.0))
        put("tower.power_w", column["tower_w"])
        put("tower.speed", np.where(column["tower_w"] > 0, column["tower_speed"], 0.0))
        put("economiser.water_ratio", column["economiser_ratio"])
        put("economiser.water_heat_w", column["economiser_w"])
        put("economiser.state", column["economiser_state"])
        total: FloatArray = column["pump_w"] + column["chillers_w"] + column["condenser_pump_w"] + column["tower_w"]
        return total

    def _publish_machines(self, put: Callable[[str, FloatArray], None], column: dict[str, FloatArray]) -> None:
        count = self.p.chillers
        machines = np.array(self._machines).reshape(-1, 2 * count)
        heat, power = machines[:, :count], machines[:, count:]
        on = (heat > 0).astype(np.float64)
        supply, enters = column["supply_c"][:, None], column["condenser_in_c"][:, None]
        warm = np.maximum(enters + np.array(self._fouling_k), self.p.curve.least_condenser_c)
        capacity = np.array(self._rated) * chiller.capacity(1.0, supply, warm)
        running = np.maximum(on.sum(axis=1, keepdims=True), 1.0)
        flow = column["flow_kg_s"][:, None] / running * on
        put("chiller.power_w", power)
        put("chiller.cooling_w", heat)
        put("chiller.cop", np.divide(heat, power, out=np.zeros_like(heat), where=power > 0))
        put("chiller.load", heat / np.maximum(capacity, 1.0))
        put("chiller.on", on)
        put("chiller.supply_c", np.broadcast_to(supply, heat.shape))
        warmer = np.divide(heat, flow * WATER_HEAT_CAPACITY, out=np.zeros_like(heat), where=flow > 0)
        put("chiller.return_c", supply + warmer)
        put("chiller.set_c", np.full_like(heat, self._set_c))
        put("chiller.flow_m3_s", flow / WATER_DENSITY)
        put("chiller.condenser_in_c", np.broadcast_to(enters, heat.shape))
        passes = (column["condenser_kg_s"][:, None] / running) * WATER_HEAT_CAPACITY
        rise = np.divide(heat + power, passes, out=np.zeros_like(heat), where=passes > 0)
        put("chiller.condenser_out_c", enters + rise)


def _conductance(water: Water, rated_kg_s: float) -> float:
    """Return the conductance [W/K] of the exchanger that has its effectiveness at a flow of chilled water."""
    ratio = rated_kg_s / water.condenser_kg_s
    if abs(1.0 - ratio) < 1e-4:  # noqa: PLR2004 (as above)
        ratio = 1.0001
    effect = min(water.exchanger, 0.98 / max(ratio, 1.0))
    units = -math.log((1.0 - effect) / (1.0 - ratio * effect)) / (1.0 - ratio)
    return units * rated_kg_s * WATER_HEAT_CAPACITY
