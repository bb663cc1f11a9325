"""The account of a facility's power: from the boards up to the utility's meter, and the truth by parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.physics import electrical
from simulators.plant.meter import publish_load
from simulators.plant.pv import pv_yield

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import PlantParameters
    from simulators.plant.storage import Storage
    from simulators.plant.weather import Drives

PARTS = ("utility", "it", "cooling", "loss", "other", "generation")


class Boards(msgspec.Struct, frozen=True, kw_only=True):
    """Powers [W] by step: what the boards take, and what is lost and given on the way to them.

    ``grid`` and ``generator`` are 1 where they feed the boards; ``battery_w`` comes out of the UPSs' batteries.
    """

    it_w: np.ndarray
    ups_input_w: np.ndarray
    cooling_w: np.ndarray
    other_w: np.ndarray
    loss_w: np.ndarray
    battery_w: np.ndarray
    grid: np.ndarray
    generator: np.ndarray


class Account:
    """Adds up, with PV and storage beside the boards."""

    def __init__(self, parameters: PlantParameters, storage: Storage, volts: FloatArray) -> None:
        """Take the sizes; ``volts`` are by phase at the boards."""
        self.p = parameters
        self._storage = storage
        self._volts = volts

    def settle(
        self,
        put: Callable[[str, FloatArray], None],
        boards: Boards,
        place: tuple[FloatArray, Drives, float],
        levers: Levers,
    ) -> None:
        """Publish utility, PV, storage, generator and truth; ``place`` is times [s], weather and step [s]."""
        times_s, drives, dt_s = place
        p = self.p.electrical
        tied = boards.grid * (1.0 - boards.generator)
        yields = pv_yield(self.p.pv, self.p.climate, times_s, drives, levers.power.pv_strings)
        pv_w = yields.power_w * tied
        load_w = boards.ups_input_w.sum(axis=1) + boards.cooling_w + boards.other_w
        wanted = self._storage.wanted_w(times_s) * tied if levers.operator.battery_schedule else np.zeros(len(times_s))
        health = np.full(len(times_s), levers.power.storage_health)
        flow = self._storage.run(wanted, np.maximum(load_w - pv_w, 0.0), dt_s, health)
        through_w = load_w - pv_w - flow.power_w
        transformer_w = tied * electrical.transformer_loss(
            through_w, p.transformer_w, no_load_w=p.transformer_no_load_w, full_load_w=p.transformer_full_load_w
        )
        generator_w = load_w * boards.generator
        truth = {
            "utility": tied * (through_w + transformer_w),
            "it": boards.it_w,
            "cooling": boards.cooling_w,
            "loss": boards.loss_w + transformer_w + flow.cells_w - flow.power_w,
            "other": boards.other_w,
            "generation": pv_w + flow.cells_w + generator_w + boards.battery_w,
        }
        for name in PARTS:
            put(f"truth.{name}_w", truth[name])
        for name, power_w in (
            ("utility", truth["utility"]),
            ("cooling", boards.cooling_w),
            ("other", boards.other_w),
            ("pv_meter", pv_w),
            ("storage_meter", flow.power_w),
        ):
            publish_load(put, name, power_w, self._volts, p.power_factor)
        put("pv.power_w", pv_w)
        put("pv.dc_power_w", yields.dc_power_w * tied)
        put("pv.dc_voltage_v", yields.dc_voltage_v)
        put("pv.module_c", yields.module_c)
        put("storage.power_w", flow.power_w)
        put("storage.cells_w", flow.cells_w)
        put("storage.soc_ratio", flow.soc_ratio)
        volts = self._storage.voltage_v(flow.soc_ratio, flow.cells_w)
        put("storage.voltage_v", volts)
        put("storage.current_a", flow.cells_w / volts)
        put("generator.power_w", generator_w)
        put("generator.on", boards.generator)
        put("grid.on", boards.grid)
