"""The power that a step needs: rack PDUs, UPSs, and whether the grid or the generator gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulators.plant.generator import Generator
from simulators.plant.ups import Ups

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import PlantParameters
    from simulators.plant.racks import Racks

_UPS_COLUMNS = ("input_w", "output_w", "loss_w", "battery_w", "mode", "charge", "on_battery_s", "runtime_s", "alive")
_SOURCE_COLUMNS = ("grid", "generator", "fuel_ratio", "running")
BATTERY_C = 24.0
CARRIES = 0.5
"""A step counts as supplied by the generator when it carries the load in at least this share of it."""


class PowerSide:
    """UPSs and generator. `supply` opens a step, `carry` gives the losses that warm the rooms, `keep` closes it."""

    def __init__(self, parameters: PlantParameters) -> None:
        """Start with full batteries and the grid there."""
        self.p = parameters.electrical
        self.ups = [Ups(i, parameters.electrical) for i in range(parameters.electrical.feeds)]
        self.generator = Generator(parameters.generator)
        self._works_at_all = parameters.generator.rated_w > 0
        self.powered = True
        self.board_w = 0.0

    def begin(self, levers: Levers) -> None:
        """Take over where the levers stand, and forget the rows of before."""
        for ups in self.ups:
            ups.begin(levers)
        self._grid = levers.power.grid > 0
        self._works = self._works_at_all and levers.power.generator > 0
        self._ups_rows: list[list[tuple[float, ...]]] = []
        self._sources: list[tuple[float, ...]] = []

    def supply(self, h_s: float) -> tuple[float, float] | None:
        """Find out what feeds this step; return which feeds are alive, None for all."""
        self.on_generator, running = False, 0.0
        if not (self._grid and self.generator.idle):
            step = self.generator.step(h_s, grid=self._grid, works=self._works, load_w=self.board_w)
            self.on_generator, running = step.carrying >= CARRIES, step.running
        self.powered = self._grid or self.on_generator
        self._source = (
            float(self._grid),
            float(self.on_generator),
            self.generator.fuel_ratio,
            running,
        )
        if self.powered:
            for ups in self.ups:
                ups.alive = True
            self.alive: tuple[float, ...] = (1.0,) * len(self.ups)
            return None
        self.alive = tuple(float(ups.alive) for ups in self.ups)
        return None if all(self.alive) else (self.alive[0], self.alive[-1])

    def carry(self, racks: Racks, h_s: float) -> tuple[FloatArray, float]:
        """Carry the racks' power; return the heat of PDUs and other plugs by rack, and the UPSs' loss [W]."""
        heat = np.zeros(len(racks.rack_w))
        lost = self.board_w = 0.0
        self._rows: list[tuple[float, ...]] = []
        for ups, power_w, extra_w, alive in zip(self.ups, racks.feeds_w, racks.extra_w, self.alive, strict=False):
            output_w = 0.0
            if alive:
                outlets_w = power_w + extra_w
                loss = self.pdu_loss(outlets_w)
                output_w = float(np.add.reduce(outlets_w) + np.add.reduce(loss))
                heat += loss
                heat += extra_w
            input_w, loss_w, battery_w = ups.carry(output_w, h_s, powered=self.powered)
            lost += loss_w
            mode = ups.mode(powered=self.powered)
            self._rows.append((
                input_w, output_w, loss_w, battery_w, mode, ups.charge, ups.on_battery_s,
                ups.runtime_s(output_w), alive,
            ))  # fmt: skip
            self.board_w += input_w
        return heat, lost

    def pdu_loss(self, power_w: FloatArray) -> FloatArray:
        """Return the loss [W] of PDUs and their cables."""
        p = self.p
        loss: FloatArray = power_w * power_w
        loss *= p.pdu_full_load_w / p.pdu_w**2
        loss += p.pdu_fixed_w
        return loss

    def keep(self) -> None:
        """Put what the step came to among the rows."""
        self._ups_rows.append(self._rows)
        self._sources.append(self._source)

    def columns(self) -> dict[str, FloatArray]:
        """Return the UPSs' rows since `begin`, by step and feed."""
        rows = np.array(self._ups_rows)
        return {name: rows[:, :, i] for i, name in enumerate(_UPS_COLUMNS)}

    def sources(self) -> dict[str, FloatArray]:
        """Return where the power came from at each step."""
        rows = np.array(self._sources)
        return {name: rows[:, i] for i, name in enumerate(_SOURCE_COLUMNS)}

    def publish(self, put: Callable[[str, FloatArray], None], columns: dict[str, FloatArray]) -> None:
        """Publish modes and batteries of the UPSs."""
        battery_w = columns["battery_w"]
        volts = self.p.battery_v * (0.88 + 0.12 * np.clip(columns["charge"], 0.0, 1.0))
        put("ups.mode", columns["mode"])
        put("ups.charge_ratio", np.clip(columns["charge"], 0.0, 1.0))
        put("ups.runtime_s", columns["runtime_s"])
        put("ups.on_battery_s", columns["on_battery_s"])
        put("ups.battery_v", volts)
        put("ups.battery_a", battery_w / volts)
        put("ups.battery_c", np.broadcast_to(BATTERY_C, battery_w.shape))
        put("ups.loss_w", columns["loss_w"])
        put("ups.battery_w", battery_w)
