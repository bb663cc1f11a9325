"""A plant small enough to reckon by hand: racks that draw 4 kW each, two chillers, no past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.profiles import profile
from simulators.devices.device import Device, Wires
from simulators.devices.sensors import SensorErrors
from simulators.plant.levers import Levers, Setpoints, Sizes
from simulators.plant.record import Record
from simulators.scenarios.targets import PlantTargets, Targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulators.plant.facility import Disturbance

START_S = 1_780_000_000.0
SIZES = Sizes(zones=2, racks=4, outlets=8, units=3)
RACK_W = 4000.0
COP = 4.0
INLET_C = 20.0
RISE_K = 10.0
LAG_STEPS = 3


class SmallPlant:
    """Inlets follow the share of recirculation with a lag; chillers share the heat and draw a quarter of it."""

    def __init__(self) -> None:
        self.time_s = START_S
        self.levers = Levers(SIZES, Setpoints())
        self.disturbances: list[Disturbance] = []
        self.steps_done = 0
        self._inlet_c = np.full((SIZES.racks, 3), INLET_C)
        self._energy_j = 0.0
        self._last: Record | None = None

    def run(self, steps: int, dt_s: float) -> Record:
        """Move on and return what happened."""
        rows: dict[str, list[np.ndarray]] = {}
        times = []
        for _ in range(steps):
            self.time_s += dt_s
            self.steps_done += 1
            times.append(self.time_s)
            for name, value in self._step(dt_s).items():
                rows.setdefault(name, []).append(np.asarray(value, dtype=np.float64))
        self._last = Record(np.array(times), {name: np.array(values) for name, values in rows.items()})
        return self._last

    def step(self, dt_s: float) -> None:
        """Move on by one step."""
        self.run(1, dt_s)

    def value(self, signal: str) -> float:
        """Return a signal of the last step."""
        assert self._last is not None
        return float(self._last.signal(signal)[-1])

    def registers(self) -> dict[str, list[float]]:
        """Return the energy register."""
        return {"utility.energy_j": [self._energy_j]}

    def restore(self, registers: Mapping[str, Sequence[float]]) -> None:
        """Set the energy register."""
        self._energy_j = registers["utility.energy_j"][0]

    def _step(self, dt_s: float) -> dict[str, np.ndarray | float]:
        self.levers.reset()
        for disturbance in self.disturbances:
            disturbance.apply(self.levers, self.time_s)
        wanted = INLET_C + RISE_K * self.levers.air.recirculation_add[:, None]
        self._inlet_c = self._inlet_c + (wanted - self._inlet_c) / LAG_STEPS
        rack_w = RACK_W * self.levers.work.factor * (1.0 + 0.004 * (self._inlet_c.mean(axis=1) - INLET_C))
        chiller_w = rack_w.sum() / 2 / COP * self.levers.water.chiller_eir
        it_w, cooling_w = float(rack_w.sum()), float(chiller_w.sum())
        self._energy_j += (it_w + cooling_w) * dt_s
        return {
            "rack.inlet_c": self._inlet_c,
            "rack.humidity": np.full(SIZES.racks, 0.5),
            "utility.power_w": it_w + cooling_w,
            "utility.phase.power_w": np.full(3, (it_w + cooling_w) / 3),
            "utility.energy_j": np.array([self._energy_j]),
            "truth.utility_w": it_w + cooling_w,
            "truth.it_w": it_w,
            "truth.cooling_w": cooling_w,
            "truth.loss_w": 0.0,
            "truth.other_w": 0.0,
            "truth.generation_w": 0.0,
        }


def probe(name: str = "env-r02", rack: int = 1, *, noise_k: float = 0.0) -> Device:
    """Return the monitor of a rack: tenths of a degree, and noise if wanted."""
    errors = SensorErrors(noise_k=noise_k)
    wires: Wires = {(f"remote/{i + 1}", "air_temperature_c"): f"rack.inlet_c/{rack}/{i}" for i in range(3)}
    wires["internal/1", "relative_humidity_ratio"] = f"rack.humidity/{rack}"
    return Device(name, profile("geist-environment"), wires, lambda _: 0.0, errors)


def meter(name: str = "meter-main") -> Device:
    """Return a power meter."""
    wires: Wires = {
        ("", "active_power_w"): "utility.power_w",
        ("", "active_energy_j"): "utility.energy_j/0",
        ("phase/l1", "active_power_w"): "utility.phase.power_w/0",
        ("phase/l2", "active_power_w"): "utility.phase.power_w/1",
    }
    return Device(name, profile("schneider-iem3000"), wires, lambda _: 0.0, SensorErrors())


def targets(*devices: Device) -> Targets:
    """Return the targets of the small plant, called room, and of a cabinet, called edge-01."""
    cabinet = PlantTargets.numbered(Sizes(zones=1, racks=1, outlets=8, units=1, chillers=0))
    plants = {"room": PlantTargets.numbered(SIZES), "edge-01": cabinet}
    return Targets.of(plants, devices or (probe(), meter()), ("edge-01",))
