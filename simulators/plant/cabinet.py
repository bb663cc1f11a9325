"""The plant of an edge site: one cabinet with a few servers, a small UPS and a split air conditioner."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from greendc.physics import air, coil, electrical, server
from simulators.plant.distribution import OUTLETS, PHASES
from simulators.plant.hosts import UP_BEFORE_S
from simulators.plant.meter import IMBALANCE, publish_load
from simulators.plant.noise import Noise
from simulators.plant.plant import COMMISSIONED_S, REFERENCE_S
from simulators.plant.signals import SignalBlocks
from simulators.plant.weather import Weather
from simulators.plant.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SUPPLY_C = 20.0
FAN_W = 40.0
FLOW_M3_S = 0.07
RISE_SHARES = np.array([0.03, 0.06, 0.14])
UPS_RATED_W = 3000.0
SPLIT_COP = 3.4
SPLIT_PER_K = 0.026
"""Power of an air-cooled unit per kelvin of outdoor air, median of makers' curves."""
OTHER_W = 45.0
POWER_FACTOR = 0.96
INLET_LAG_S = 30.0


class Cabinet:
    """One cabinet. Its meter sees everything; its PDU feeds the servers."""

    def __init__(self, seed: int, start_s: float) -> None:
        """Build the cabinet of a seed as it stands at ``start_s`` [s since 1970]."""
        self.time_s = start_s
        self.blocks = SignalBlocks()
        self.weather = Weather(seed)
        self._booted_s = start_s - UP_BEFORE_S
        self._workload = Workload(seed, OUTLETS)
        self._draught = Noise(seed, 31, 600.0, 1)
        self._size = np.random.default_rng((seed, 3)).uniform(0.25, 0.55, OUTLETS)
        self._volts = 231.0 + np.random.default_rng((seed, 4)).uniform(-2.0, 2.0, len(PHASES))
        self._inlet_c = SUPPLY_C + np.array([0.4, 0.8, 1.9])
        self._energies = {name: np.zeros(size) for name, size in _REGISTERS.items()}
        self._watts: dict[str, np.ndarray] = {}
        self._settle()

    def step(self, dt_s: float) -> None:
        """Move the cabinet on by ``dt_s`` seconds."""
        self.time_s += dt_s
        outdoor = self.weather.at(self.time_s)
        outlets_w = self._servers(dt_s)
        it_w = float(outlets_w.sum())
        loss_w = float(electrical.ups_loss(it_w, UPS_RATED_W))
        drift = 1.0 + SPLIT_PER_K * (outdoor.dry_bulb_c - 25.0)
        split_w = (it_w + loss_w) / SPLIT_COP * max(0.5, drift)
        total_w = it_w + loss_w + split_w + OTHER_W
        phase_w = np.array([outlets_w[i :: len(PHASES)].sum() for i in range(len(PHASES))])
        imbalance = np.array(IMBALANCE)
        self._watts = {
            "utility": np.array([total_w]),
            "utility.phase": total_w * imbalance,
            "pdu": np.array([it_w]),
            "pdu.outlet": outlets_w,
        }
        blocks = self.blocks
        for name, watts in self._watts.items():
            self._energies[name] = self._energies[name] + watts * dt_s
            blocks.set(f"{name}.energy_j", self._energies[name])
        blocks.set("utility.power_w", total_w)
        publish_load(blocks, "utility", total_w, imbalance, self._volts, POWER_FACTOR)
        blocks.set("pdu.power_w", it_w)
        blocks.set("pdu.apparent_va", it_w / POWER_FACTOR)
        blocks.set("pdu.outlet.power_w", outlets_w)
        blocks.set("pdu.outlet.current_a", outlets_w / self._volts[np.arange(OUTLETS) % len(PHASES)] / POWER_FACTOR)
        blocks.set("pdu.phase.power_w", phase_w)
        blocks.set("pdu.phase.apparent_va", phase_w / POWER_FACTOR)
        blocks.set("pdu.phase.voltage_v", self._volts)
        blocks.set("pdu.phase.current_a", phase_w / self._volts / POWER_FACTOR)
        blocks.set("rack.inlet_c", self._inlet_c)
        dew_c = 7.0 + 0.3 * outdoor.dew_point_c
        blocks.set("rack.humidity", air.relative_humidity(float(self._inlet_c[1]), dew_c))
        blocks.set("room.dew_point_c", dew_c)
        blocks.set("uptime_s", self.time_s - self._booted_s)

    def _servers(self, dt_s: float) -> np.ndarray:
        """Return the power of each outlet [W]."""
        inlet = np.full(OUTLETS, self._inlet_c.mean())
        speed = server.fan_speed(inlet)
        busy = self._workload.at(self.time_s)
        direct = server.compute_power(busy, 260.0 * self._size, 690.0 * self._size)
        outlets_w = electrical.supply_input(direct + server.fan_power(speed, FAN_W * self._size))
        flow = float(server.airflow(speed, FLOW_M3_S * self._size).sum())
        density = float(air.air_density(SUPPLY_C, self.weather.pressure_pa))
        rise_k = float(outlets_w.sum()) / (flow * density * air.AIR_HEAT_CAPACITY)
        supply_c = SUPPLY_C + 0.5 * float(self._draught.at(self.time_s)[0])
        target = coil.mixed_inlet(np.full(len(RISE_SHARES), supply_c), np.full(len(RISE_SHARES), rise_k), RISE_SHARES)
        self._inlet_c = self._inlet_c + (target - self._inlet_c) * -math.expm1(-dt_s / INLET_LAG_S)
        return outlets_w

    def registers(self) -> dict[str, list[float]]:
        """Return all energy registers [J] by name, to go on from later."""
        return {name: joules.tolist() for name, joules in self._energies.items()}

    def restore(self, registers: Mapping[str, Sequence[float]]) -> None:
        """Set all energy registers [J] to what they were."""
        for name, joules in registers.items():
            self._energies[name] = np.array(joules)
            self.blocks.set(f"{name}.energy_j", self._energies[name])

    def _settle(self) -> None:
        """Set the registers to what a cabinet of this age shows, as in a room."""
        start_s = self.time_s
        self._rest_at(REFERENCE_S)
        usual = self._watts
        self._rest_at(start_s)
        for name, watts in usual.items():
            self._energies[name] = watts * (start_s - COMMISSIONED_S)
            self.blocks.set(f"{name}.energy_j", self._energies[name])

    def _rest_at(self, time_s: float) -> None:
        for _ in range(5):
            self.time_s = time_s - 60.0
            self.step(60.0)


_REGISTERS = {"utility": 1, "utility.phase": len(PHASES), "pdu": 1, "pdu.outlet": OUTLETS}
