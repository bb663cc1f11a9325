"""The dynamic plant of one server room: power from the utility to the servers, heat from the servers to the tower.

Every power is held over a step, so each energy register is exactly the integral of its power. Nothing here knows of
devices or protocols: signals leave by name, in SI with degrees Celsius and ratios.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from greendc.physics import air, chiller, coil, electrical, flow, server
from simulators.plant.distribution import FEEDS, OUTLETS, PHASES, Power, distribute
from simulators.plant.hosts import Hosts
from simulators.plant.meter import IMBALANCE, publish_load
from simulators.plant.parameters import PlantParameters
from simulators.plant.signals import SignalBlocks
from simulators.plant.truth import Heat, Truth
from simulators.plant.weather import Outdoor, Weather
from simulators.plant.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greendc.physics.kinds import FloatArray
    from simulators.plant.fault import Recirculation

TOTALS = ("utility", "it", "cooling", "loss", "other")
LEVELS = ("low", "mid", "high")
MONITORED_HOSTS = 2
UNITS = 3
COMMISSIONED_S = 1_704_067_200.0
"""2024-01-01T00:00Z: registers count from there."""
REFERENCE_S = COMMISSIONED_S + 200.4 * 86_400.0
"""A summer day, whose power is taken as usual."""

# Recirculated air arrives over the top of a rack: more of it high up, and the mean over the three levels is the
# rack's share.
_LEVEL_SHARE = np.array([0.4, 0.8, 1.8])


class Plant:
    """One room. Make it, `settle` it, then `step` it; the same seed and the same steps give the same plant."""

    def __init__(self, seed: int, start_s: float, parameters: PlantParameters | None = None) -> None:
        """Build the plant of a seed as it stands at ``start_s`` [s since 1970]."""
        self.p = parameters or PlantParameters()
        self.time_s = start_s
        self.supply_set_c = self.p.supply_c
        self.chilled_set_c = self.p.chilled_c
        self.faults: list[Recirculation] = []
        self.weather = Weather(seed, self.p.climate)
        racks = self.p.racks
        self._workload = Workload(seed, racks * OUTLETS, self.p.climate.local_offset_s)
        draw = np.random.default_rng((seed, 1))
        size = draw.uniform(0.9, 1.1, (racks, OUTLETS))
        self._idle_w = self.p.server_idle_w * size
        self._full_w = self.p.server_full_w * size
        self._share_a = 0.5 + draw.uniform(-0.03, 0.03, (racks, OUTLETS))
        self._recirculation = self.p.recirculation * draw.uniform(0.7, 1.3, racks)
        offsets = draw.uniform(-0.5, 0.5, UNITS)
        self._return_offset_k = offsets - offsets.mean()
        self._voltage_v = self.p.voltage_v * (1.0 + draw.uniform(-0.006, 0.006, (len(FEEDS), len(PHASES))))
        self._imbalance = np.array(IMBALANCE)
        self._inlet_c = np.full((racks, len(LEVELS)), self.supply_set_c + 0.8)
        self._return_c = self.supply_set_c + 10.0
        self._supply_c = self.supply_set_c
        self._speed = 0.65
        self._watts: dict[str, FloatArray] = {}
        self._energies: dict[str, FloatArray] = {}
        self.blocks = SignalBlocks()
        self._hosts = Hosts(self.blocks, start_s)
        self._settle()

    @property
    def supply_air_c(self) -> float:
        """Return the temperature [degC] of the air that leaves the cooling units."""
        return self._supply_c

    @property
    def inlet_c(self) -> FloatArray:
        """Return inlet temperatures [degC] by rack and level."""
        return self._inlet_c

    def truth(self) -> Truth:
        """Return the true powers and energies."""
        watts = {name: float(self._watts[name][0]) for name in TOTALS}
        joules = {name: float(self._energies[name][0]) - self._base_j[name] for name in TOTALS}
        return Truth(
            time_s=self.time_s,
            utility_w=watts["utility"],
            it_w=watts["it"],
            cooling_w=watts["cooling"],
            loss_w=watts["loss"],
            other_w=watts["other"],
            generation_w=0.0,
            utility_j=joules["utility"],
            it_j=joules["it"],
            cooling_j=joules["cooling"],
            loss_j=joules["loss"],
            other_j=joules["other"],
            pue=watts["utility"] / watts["it"],
        )

    def heat(self) -> Heat:
        """Return the room's heat balance over the last step."""
        return self._heat

    def signals(self) -> dict[str, float]:
        """Return every signal by name."""
        return self.blocks.by_name()

    def step(self, dt_s: float) -> None:
        """Move the plant on by ``dt_s`` seconds."""
        self.time_s += dt_s
        outdoor = self.weather.at(self.time_s)
        outlets_w, rack_w, airflow_kg_s = self._servers(dt_s)
        power = distribute(self.p, outlets_w, self._voltage_v, self._imbalance, self.blocks)
        lighting_w = self.p.lighting_w
        # UPS and PDUs stand in the room, so their losses are cooled as well; half of the auxiliaries are elsewhere.
        gains_w = float(rack_w.sum()) + power.pdu_loss_w + float(power.ups_loss_w.sum()) + lighting_w
        cooling_w = self._cooling(dt_s, gains_w + 0.5 * self.p.auxiliary_w, airflow_kg_s, outdoor)
        other_w = lighting_w + self.p.auxiliary_w
        self._account(dt_s, power, cooling_w, other_w, outlets_w)
        self._publish_weather(outdoor)

    def registers(self) -> dict[str, list[float]]:
        """Return all energy registers [J] by name, to go on from later."""
        return {name: joules.ravel().tolist() for name, joules in self._energies.items()}

    def restore(self, registers: Mapping[str, Sequence[float]]) -> None:
        """Set all energy registers [J] to what they were."""
        for name, joules in registers.items():
            self._energies[name] = np.array(joules).reshape(self._energies[name].shape)
        self._store_energies()
        self._base_j = {name: float(self._energies[name][0]) for name in TOTALS}

    def _settle(self) -> None:
        """Let the slow states reach their level, and set the registers to what a plant of this age shows.

        The age is multiplied by the power of one fixed moment, so that plants of a seed agree whenever they are built.
        """
        start_s = self.time_s
        self._rest_at(REFERENCE_S)
        usual = self._watts
        self._rest_at(start_s)
        for name, watts in usual.items():
            self._energies[name] = watts * (start_s - COMMISSIONED_S)
        self._store_energies()
        self._base_j = {name: float(self._energies[name][0]) for name in TOTALS}

    def _rest_at(self, time_s: float) -> None:
        for _ in range(20):
            self.time_s = time_s - 60.0
            self.step(60.0)

    def _servers(self, dt_s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return outlet power by feed, rack and outlet, power by rack, and air through each rack [kg/s]."""
        p = self.p
        inlet = self._inlet_c.mean(axis=1)
        speed = server.fan_speed(inlet)
        busy = self._workload.at(self.time_s).reshape(p.racks, OUTLETS)
        direct = server.compute_power(busy, self._idle_w, self._full_w)
        direct = direct + server.fan_power(speed, np.full(p.racks, p.server_fan_w))[:, None]
        input_w = electrical.supply_input(direct)
        rack_w = input_w.sum(axis=1)
        volume = server.airflow(speed, np.full(p.racks, p.server_flow_m3_s)) * OUTLETS
        airflow = volume * air.air_density(inlet, self.weather.pressure_pa)
        rise = rack_w / (airflow * air.AIR_HEAT_CAPACITY)
        share = self._shares()
        target = coil.mixed_inlet(np.full_like(share, self._supply_c), rise[:, None], share)
        self._inlet_c = self._inlet_c + (target - self._inlet_c) * -math.expm1(-dt_s / p.inlet_lag_s)
        self.blocks.set("rack.inlet_c", self._inlet_c)
        self.blocks.set("rack.power_w", rack_w)
        self.blocks.set("rack.outlet_c", inlet + rise)
        self.blocks.set("server.utilisation", busy)
        self._hosts.step(dt_s, self.time_s, busy[0, :MONITORED_HOSTS])
        outlets = np.stack([input_w * self._share_a, input_w * (1.0 - self._share_a)])
        return outlets, rack_w, airflow * (1.0 - share.mean(axis=1))

    def _shares(self) -> FloatArray:
        """Return the share of own exhaust by rack and level."""
        share = self._recirculation.copy()
        for fault in self.faults:
            share[fault.rack] += (fault.share - share[fault.rack]) * fault.progress(self.time_s)
        by_level: FloatArray = share[:, None] * _LEVEL_SHARE
        return by_level

    def _cooling(self, dt_s: float, gains_w: float, airflow_kg_s: FloatArray, outdoor: Outdoor) -> float:
        """Remove the room's heat and return the electrical power [W] of everything that does so."""
        p = self.p
        density = float(air.air_density(self._supply_c, self.weather.pressure_pa))
        needed = float(airflow_kg_s.sum()) * p.flow_margin / density
        wanted = min(1.0, max(p.crah_minimum_speed, needed / (UNITS * p.crah_flow_m3_s)))
        self._speed += (wanted - self._speed) * -math.expm1(-dt_s / p.fan_lag_s)
        air_kg_s = UNITS * p.crah_flow_m3_s * self._speed * density
        stream = air_kg_s * air.AIR_HEAT_CAPACITY
        envelope_w = p.envelope_w_per_k * (self._return_c - outdoor.dry_bulb_c)
        before_c = self._return_c
        settled_c = self._supply_c + (gains_w - envelope_w) / stream
        self._return_c += (settled_c - before_c) * -math.expm1(-dt_s * stream / p.room_heat_j_per_k)
        stored_w = p.room_heat_j_per_k * (self._return_c - before_c) / dt_s
        removed_w = gains_w - envelope_w - stored_w
        fan_w = flow.fan_power(p.crah_fan_w, self._speed, density_ratio=density / 1.2)
        coil_w = removed_w + UNITS * fan_w
        water = self._coil(coil_w, air_kg_s, dt_s)
        self._heat = Heat(gains_w=gains_w, removed_w=removed_w, envelope_w=envelope_w, stored_w=stored_w)
        self._publish_units(fan_w, removed_w, water, density)
        return UNITS * float(fan_w) + self._water_side(coil_w, water, outdoor)

    def _coil(self, heat_w: float, air_kg_s: float, dt_s: float) -> float:
        """Return the chilled water [of rated] that the coils take; supply air warms up when full flow is too little."""
        p = self.p
        stream = air_kg_s * air.AIR_HEAT_CAPACITY
        head_k = max(self._return_c - self.chilled_set_c, 0.1)
        best = coil.effectiveness(coil.transfer_units(p.coil_rated_units, 1.0, self._speed))
        needed = heat_w / (stream * head_k)
        within = min(max(needed, 0.01), float(best))
        reachable_c = self.supply_set_c if needed <= best else self._return_c - float(best) * head_k
        self._supply_c += (reachable_c - self._supply_c) * -math.expm1(-dt_s / p.fan_lag_s)
        return max(0.08, float(coil.water_for(within, p.coil_rated_units, self._speed)))

    def _water_side(self, coil_w: float, water: float, outdoor: Outdoor) -> float:
        """Return the power [W] of chiller, pumps and tower."""
        p = self.p
        pump_w = flow.fan_power(p.pump_rated_w, max(0.25, water))
        heat_w = max(0.0, coil_w + 0.9 * pump_w)
        rejected_w = heat_w * 1.15
        # The tower's fan slows down while the water is colder than the chiller's condenser wants it.
        approach_k = max(p.condenser_set_c - outdoor.wet_bulb_c, 0.05)
        full = chiller.tower_approach(rejected_w, p.tower_rated_w, 1.0)
        tower = min(1.0, max(0.2, (full / approach_k) ** 1.25))
        condenser_c = max(
            p.condenser_set_c,
            outdoor.wet_bulb_c + chiller.tower_approach(rejected_w, p.tower_rated_w, tower),
        )
        chilled_c = self.chilled_set_c
        chiller_w = chiller.chiller_power(
            heat_w, chilled_c, condenser_c, rated_w=p.chiller_rated_w, rated_cop=p.chiller_cop
        )
        tower_w = flow.fan_power(p.tower_fan_w, tower)
        mass_kg_s = water * p.water_rated_kg_s
        blocks = self.blocks
        blocks.set("chiller.power_w", chiller_w)
        blocks.set("chiller.cooling_w", heat_w)
        blocks.set("chiller.cop", heat_w / chiller_w)
        blocks.set("chiller.load", heat_w / chiller.capacity(p.chiller_rated_w, chilled_c, condenser_c))
        blocks.set("chiller.supply_c", chilled_c)
        blocks.set("chiller.return_c", chilled_c + heat_w / (mass_kg_s * coil.WATER_HEAT_CAPACITY))
        blocks.set("chiller.set_c", self.chilled_set_c)
        blocks.set("chiller.flow_m3_s", mass_kg_s / coil.WATER_DENSITY)
        blocks.set("condenser.supply_c", condenser_c)
        blocks.set("condenser.return_c", condenser_c + (heat_w + chiller_w) / (2.4 * coil.WATER_HEAT_CAPACITY))
        blocks.set("pump.power_w", pump_w)
        blocks.set("tower.power_w", tower_w)
        blocks.set("tower.speed", tower)
        return float(chiller_w + pump_w + p.condenser_pump_w + tower_w)

    def _publish_units(self, fan_w: float, removed_w: float, water: float, density: float) -> None:
        units = np.ones(UNITS)
        blocks = self.blocks
        blocks.set("crah.supply_c", units * self._supply_c)
        blocks.set("crah.set_c", units * self.supply_set_c)
        blocks.set("crah.return_c", self._return_c + self._return_offset_k)
        blocks.set("crah.speed", units * self._speed)
        blocks.set("crah.fan_w", units * fan_w)
        blocks.set("crah.cooling_w", units * removed_w / UNITS)
        blocks.set("crah.valve", units * min(1.0, water))
        blocks.set("crah.airflow_m3_s", units * self._speed * self.p.crah_flow_m3_s)
        blocks.set("crah.water_in_c", units * self.chilled_set_c)
        blocks.set("crah.air_density", density)

    def _publish_weather(self, outdoor: Outdoor) -> None:
        blocks = self.blocks
        blocks.set("outdoor.dry_bulb_c", outdoor.dry_bulb_c)
        blocks.set("outdoor.wet_bulb_c", outdoor.wet_bulb_c)
        dew_c = 8.0 + 0.15 * outdoor.dew_point_c
        rh = np.array([air.relative_humidity(float(t), dew_c) for t in self._inlet_c[:, 1]])
        blocks.set("rack.humidity", rh)
        blocks.set("room.dew_point_c", dew_c)
        blocks.set("room.return_humidity", air.relative_humidity(self._return_c, dew_c))

    def _account(self, dt_s: float, power: Power, cooling_w: float, other_w: float, outlets_w: FloatArray) -> None:
        """Add up to the utility meter from the top, keep the registers, and note the truth from the parts."""
        p = self.p
        board_w = float((power.ups_output_w + power.ups_loss_w).sum()) + cooling_w + other_w
        transformer_w = electrical.transformer_loss(
            board_w,
            p.transformer_rated_w,
            no_load_w=p.transformer_no_load_w,
            full_load_w=p.transformer_full_load_w,
        )
        metered = {"utility": board_w + transformer_w, "cooling": cooling_w, "other": other_w}
        self._watts = {
            "utility": np.array([board_w + transformer_w]),
            "it": np.array([float(outlets_w.sum())]),
            "cooling": np.array([cooling_w]),
            "loss": np.array([power.pdu_loss_w + float(power.ups_loss_w.sum()) + transformer_w]),
            "other": np.array([other_w]),
            "chiller": np.array([self.blocks.value("chiller.power_w")]),
            "crah": self.blocks.array("crah.fan_w"),
            **{f"{name}.phase": self._imbalance * watts for name, watts in metered.items()},
            "pdu": power.pdu_w,
            "pdu.outlet": outlets_w,
            "pdu.phase": self.blocks.array("pdu.phase.power_w"),
        }
        for name, watts in self._watts.items():
            joules = self._energies.get(name)
            self._energies[name] = watts * dt_s if joules is None else joules + watts * dt_s
        for name in ("utility", "cooling", "other"):
            total_w = float(self._watts[name][0])
            self.blocks.set(f"{name}.power_w", total_w)
            publish_load(self.blocks, name, total_w, self._imbalance, self._voltage_v[0], p.power_factor)
        self._store_energies()

    def _store_energies(self) -> None:
        for name, joules in self._energies.items():
            self.blocks.set(f"{name}.energy_j", joules)
