"""The dynamic plant of a facility: power from the utility to the servers, heat from the servers to the open air.

A run first works out what comes from outside for all its steps (weather, work), then solves step by step what hangs
together (server fans, inlets, air, coils, water, machines, batteries), and then derives everything else for all steps
at once. Nothing here knows of devices or protocols: signals leave by name, in SI with degrees Celsius and ratios.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np

from greendc.physics import air, moist_air
from greendc.physics.coil import WATER_DENSITY
from simulators.plant.account import PARTS, Account, Boards
from simulators.plant.air_side import AirSide
from simulators.plant.distribution import PHASES, publish_pdus, publish_ups
from simulators.plant.heat_source import HeatSource
from simulators.plant.hosts import MONITORED_HOSTS, publish_hosts, uptime_s
from simulators.plant.lever_clock import LeverClock
from simulators.plant.levers import Levers
from simulators.plant.liquid import liquid_loop, plates_and_pump
from simulators.plant.meter import publish_load
from simulators.plant.parameters import PlantParameters
from simulators.plant.plant_room import PlantRoom
from simulators.plant.power_side import PowerSide
from simulators.plant.racks import LEVELS
from simulators.plant.record import Record
from simulators.plant.registers import Registers
from simulators.plant.saturation import Saturation
from simulators.plant.signals import SignalBlocks
from simulators.plant.split_unit import SplitUnit
from simulators.plant.storage import Storage
from simulators.plant.truth import Heat, Truth
from simulators.plant.water import tower_water
from simulators.plant.weather import Weather
from simulators.plant.workload import Workload
from simulators.plant.zone import Outside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greendc.physics.kinds import FloatArray
    from simulators.plant.facility import Disturbance
    from simulators.plant.weather import Drives
    from simulators.plant.weather_year import WeatherYear
    from simulators.plant.workload import GroupArray
    from simulators.plant.workload_trace import Trace

__all__ = ["LEVELS", "Plant"]

COMMISSIONED_S = 1_704_067_200.0
"""2024-01-01T00:00Z: registers count from there."""
REFERENCES_S = (COMMISSIONED_S + 10.0 * 86_400.0, COMMISSIONED_S + 199.0 * 86_400.0)
"""Beginnings of a winter day and a summer day, whose energy is taken as usual."""
LONGEST_DYNAMIC_S = 60.0
ROUNDS = 6
"""A longer step is gone through so many times with its drives standing still; the last one tells its powers."""
LONGEST_ROUND_S = 150.0
"""Temperatures move by at most this in a round: within a step of an hour they come near to their balance."""
DAY_S = 86_400.0

METERED = ("utility", "cooling", "other", "lighting", "auxiliary", "ups_a", "ups_b", "pv_meter", "storage_meter")
"""Loads with a three-phase meter."""
REGISTERS = (
    *((f"truth.{part}_j", f"truth.{part}_w") for part in PARTS),
    *(
        (f"{name}.energy_j", f"{name}.power_w")
        for name in (
            "pdu", "pdu.phase", "pdu.outlet", "crah", "chiller", "pump.chilled", "pump.condenser", "tower",
            "split", "pv", "generator", "reuse", "cdu",
        )
    ),
    ("chilled.heat_j", "chilled.heat_w"),
    ("reuse.heat_j", "reuse.heat_w"),
    ("cdu.heat_j", "cdu.heat_w"),
    ("chiller.run_time_s", "chiller.on"),
    ("water.volume_m3", "water.makeup_m3_s"),
)  # fmt: skip
"""Each register and the signal that it adds up."""


class Plant:
    """One facility. The same seed, start and steps give the same record."""

    def __init__(
        self,
        seed: int,
        start_s: float,
        parameters: PlantParameters | None = None,
        *,
        year: WeatherYear | None = None,
        trace: Trace | None = None,
    ) -> None:
        """Build the plant of a seed as it stands at ``start_s`` [s since 1970].

        Without ``parameters`` it is a room of 20 racks. ``year`` takes the place of the synthetic climate, ``trace``
        that of the servers' day and week.
        """
        self.p = p = parameters or PlantParameters()
        self.time_s = start_s
        self.levers = Levers(p.sizes(), p.setpoints)
        self.disturbances: list[Disturbance] = []
        self._clock = LeverClock(self.levers)
        self.weather = Weather(seed, p.climate, year)
        self._workload = Workload(
            seed,
            p.servers.racks * p.servers.outlets,
            p.climate.local_offset_s,
            shape=p.workload,
            trace=trace,
            job_group=_job_groups(p),
        )
        density = float(air.air_density(p.setpoints.supply_c, self.weather.pressure_pa))
        saturation = Saturation(self.weather.pressure_pa)
        self._air_side = AirSide(p, seed, density, saturation)
        self._power_side = PowerSide(p)
        self._machines: PlantRoom | SplitUnit = PlantRoom(p) if p.water.kind == "water" else SplitUnit(p)
        self._source = HeatSource(p.heat_recovery)
        self._storage = Storage(p.storage, p.climate.local_offset_s)
        draw = np.random.default_rng((seed, 4))
        feeds = p.electrical.feeds
        self._volts = p.electrical.voltage_v * (1.0 + draw.uniform(-0.006, 0.006, (feeds, len(PHASES))))
        self._account = Account(p, self._storage, self._volts[0])
        self._registers = Registers()
        self._base_j: dict[str, float] = {}
        self._settle()

    def run(self, steps: int, dt_s: float) -> Record:
        """Move on by ``steps`` steps of ``dt_s`` seconds and return all signals of each step."""
        parts: list[Record] = []
        left = steps
        while left > 0:
            count = min(left, self._steady_steps(dt_s))
            parts.append(self._stretch(count, dt_s))
            left -= count
        record = parts[0] if len(parts) == 1 else _joined(parts)
        self._show(record)
        return record

    def step(self, dt_s: float) -> None:
        """Move on by one step; its signals are read with `value`."""
        self.run(1, dt_s)

    def value(self, signal: str) -> float:
        """Return a signal as the last step left it.

        Raises:
            KeyError: there is no such block.
        """
        return self.blocks.value(signal)

    def signals(self) -> dict[str, float]:
        """Return every signal of the last step by name."""
        return self.blocks.by_name()

    def truth(self) -> Truth:
        """Return the true powers of the last step, and the energies since the plant was built or restored."""
        watts = {part: self.value(f"truth.{part}_w") for part in PARTS}
        joules = {part: self.value(f"truth.{part}_j") - self._base_j.get(part, 0.0) for part in PARTS}
        used_w = watts["it"] + watts["cooling"] + watts["loss"] + watts["other"]
        return Truth(
            time_s=self.time_s,
            pue=used_w / watts["it"] if watts["it"] > 0 else math.nan,
            **{f"{part}_w": watts[part] for part in PARTS},
            **{f"{part}_j": joules[part] for part in PARTS},
        )

    def heat(self) -> Heat:
        """Return the heat balance of all rooms over the last step."""
        sums = {name: float(self.blocks.array(f"zone.{name}").sum()) for name in Heat.__struct_fields__}
        return Heat(**sums)

    def registers(self) -> dict[str, list[float]]:
        """Return all registers of energy [J], volume [m3] and time [s] by name, to go on from later."""
        return self._registers.rows()

    def restore(self, registers: Mapping[str, Sequence[float]]) -> None:
        """Set registers to what they were."""
        self._registers.restore(registers)
        for name, row in self._registers.rows().items():
            if name in self.blocks:
                self.blocks.set(name, np.array(row).reshape(self.blocks.array(name).shape))
        self._base_j = {part: self.value(f"truth.{part}_j") for part in PARTS}

    def _settle(self) -> None:
        """Let the slow states reach their level, and set the registers to what a plant of this age shows.

        The age is multiplied by the energy of fixed days, so that plants of a seed agree whenever they are built.
        """
        start_s = self.time_s
        for day_s in REFERENCES_S:
            self._storage.warm_up(day_s, 0.5 * self.p.servers.most_w)
            self.time_s = day_s
            usual = self.run(24, DAY_S / 24)
        self._registers.age((start_s - COMMISSIONED_S) / (len(REFERENCES_S) * DAY_S))
        aged = self._registers.rows()
        self._storage.warm_up(start_s, float(usual.signal("truth.utility_w").mean()))
        self.time_s = start_s - 6 * 1800.0 - 300.0
        self.run(6, 1800.0)
        self.run(5, LONGEST_DYNAMIC_S)
        self.time_s = start_s
        self.restore(aged)

    def _steady_steps(self, dt_s: float) -> int:
        """Move the levers to where they stand now; return for how many steps they stay there."""
        until_s = self._clock.move(self.disturbances, self.time_s)
        if math.isinf(until_s):
            return sys.maxsize
        return max(1, math.ceil((until_s - self.time_s) / dt_s - 1e-9))

    def _stretch(self, steps: int, dt_s: float) -> Record:
        """Run steps over which the levers stand still."""
        times_s: FloatArray = self.time_s + dt_s * np.arange(1, steps + 1, dtype=np.float64)
        drives = self.weather.block(times_s)
        busy = self._workload.block(times_s).reshape(steps, self.p.servers.racks, self.p.servers.outlets)
        self._begin(steps, busy, drives)
        self._solve(times_s, drives, dt_s)
        self.time_s = float(times_s[-1])
        return Record(times_s, self._publish(times_s, drives, dt_s))

    def _begin(self, steps: int, busy: FloatArray, drives: Drives) -> None:
        levers = self.levers
        self._air_side.begin(steps, busy, levers)
        self._power_side.begin(levers)
        self._machines.begin(levers)
        self._source.begin(drives.dry_bulb_c, levers.water.heat_recovery)
        p = self.p
        zones = p.air.zones
        self._lighting_w = p.electrical.lighting_w * levers.operator.lighting_ratio
        self._auxiliary_w = p.electrical.auxiliary_w
        # UPSs and lights stand in the rooms; half of the auxiliaries are elsewhere.
        self._house_w = (self._lighting_w + 0.5 * self._auxiliary_w) / zones

    def _solve(self, times_s: FloatArray, drives: Drives, dt_s: float) -> None:
        ratio = moist_air.humidity_ratio(drives.dew_point_c, drives.pressure_pa)
        outside = Outside(
            drives.dry_bulb_c.tolist(), drives.dew_point_c.tolist(), drives.wet_bulb_c.tolist(), ratio.tolist()
        )
        rounds = 1 if dt_s <= LONGEST_DYNAMIC_S else ROUNDS
        whole_s = dt_s / rounds
        h_s = min(whole_s, LONGEST_ROUND_S)
        self._liquid_rows: list[float] = []
        self._liquid_racks_w = 0.0
        air_side, power_side, machines = self._air_side, self._power_side, self._machines
        for i, time_s in enumerate(times_s.tolist()):
            for _ in range(rounds):
                self._round(i, outside, (time_s, h_s, whole_s))
            air_side.keep()
            power_side.keep()
            machines.keep()
            self._liquid_rows.append(self._liquid_racks_w)

    def _round(self, i: int, outside: Outside, step: tuple[float, float, float]) -> None:
        """Solve one step, or one of the rounds of a long one; ``step`` is time, and length for heat and for stores."""
        air_side, power_side, machines = self._air_side, self._power_side, self._machines
        _, h_s, whole_s = step
        racks = air_side.racks
        alive = power_side.supply(whole_s)
        powered = power_side.powered
        racks.step(i, h_s, air_side.mixed_c(), alive, pumped=powered)
        heat, ups_loss_w = power_side.carry(racks, whole_s)
        heat += racks.air_w
        shared = ups_loss_w / self.p.air.zones + (self._house_w if powered else 0.0)
        gains = [gain + shared for gain in racks.zone_sums(heat)]
        load = air_side.step(i, outside, gains, machines.supply_c, step, powered=powered)
        if isinstance(machines, SplitUnit):
            machines.step(load[0] if powered else 0.0, outside.dry_c[i])
        elif powered:
            reuse_w = self._source.wanted_w(i, machines.return_c)
            machines.step(load, outside.wet_c[i], (reuse_w, self._liquid_w()), h_s)
        else:
            machines.stand(outside.wet_c[i], h_s)
        power_side.board_w += machines.power_w + air_side.fans_w() + self._lighting_w + self._auxiliary_w

    def _liquid_w(self) -> float:
        """Return the heat [W] that the liquid loop brings to the tower."""
        racks = self._air_side.racks
        self._liquid_racks_w = 0.0
        if not racks.liquid_share or not self.p.servers.liquid_racks:
            return 0.0
        self._liquid_racks_w = float(np.dot(racks.rack_w, racks.liquid))
        return plates_and_pump(self.p.liquid, self._liquid_racks_w, self.levers.water.cdu_pump)

    def _publish(self, times_s: FloatArray, drives: Drives, dt_s: float) -> dict[str, FloatArray]:
        """Derive everything that one may see from what was solved."""
        blocks: dict[str, FloatArray] = {}
        put = blocks.__setitem__
        ups, sources = self._power_side.columns(), self._power_side.sources()
        pdu_w = self._publish_racks(put, ups)
        self._power_side.publish(put, ups)
        for feed, name in enumerate(("ups_a", "ups_b")[: self.p.electrical.feeds]):
            publish_load(put, name, ups["output_w"][:, feed], self._volts[feed], self.p.electrical.power_factor)
        powered = np.maximum(sources["grid"], sources["generator"])
        cooling_w = self._machines.publish(put)
        reuse_w = np.zeros(len(times_s))
        if isinstance(self._machines, PlantRoom):
            cooling_w = cooling_w + self._publish_liquid(put, powered, blocks["tower.basin_c"])
            reuse_w = self._publish_water(put, drives)
            water_c = blocks["chilled.supply_c"]
        else:
            water_c = np.full(len(times_s), self._machines.supply_c)
        cooling_w = cooling_w + self._air_side.publish(put, drives.dry_bulb_c, water_c)
        lighting_w = self._lighting_w * powered
        auxiliary_w = self._auxiliary_w * powered + reuse_w
        for name, power_w in (("lighting", lighting_w), ("auxiliary", auxiliary_w)):
            publish_load(put, name, power_w, self._volts[0], self.p.electrical.power_factor)
        boards = Boards(
            it_w=pdu_w,
            ups_input_w=ups["input_w"],
            cooling_w=cooling_w,
            other_w=lighting_w + auxiliary_w,
            loss_w=ups["output_w"].sum(axis=1) - pdu_w + ups["loss_w"].sum(axis=1),
            battery_w=ups["battery_w"].sum(axis=1),
            grid=sources["grid"],
            generator=sources["generator"],
        )
        self._account.settle(put, boards, (times_s, drives, dt_s), self.levers)
        put("generator.fuel_ratio", sources["fuel_ratio"])
        _publish_weather(put, drives)
        put("uptime_s", uptime_s(times_s))
        publish_hosts(put, self._registers, blocks["server.utilisation"][:, 0, :MONITORED_HOSTS], dt_s)
        self._count(blocks, sources["running"], dt_s)
        return blocks

    def _publish_racks(self, put: Callable[[str, FloatArray], None], ups: dict[str, FloatArray]) -> FloatArray:
        """Publish outlets, PDUs and UPS phases; return the power [W] that leaves all PDUs."""
        p = self.p.electrical
        racks, alive = self._air_side.racks, ups["alive"]
        power, share_a = racks.outlets_w(alive)
        feed_a = power * share_a
        outlets_w = np.stack([feed_a, power - feed_a][: p.feeds], axis=1)
        extra_w = alive[:, :, None, None] * self.levers.work.phase_extra_w
        pdu_w = publish_pdus(put, p, outlets_w, extra_w, self._volts)
        publish_ups(put, p, ups["input_w"], ups["output_w"], self._volts)
        put("rack.power_w", pdu_w.sum(axis=1))
        total: FloatArray = pdu_w.sum(axis=(1, 2))
        return total

    def _publish_liquid(
        self, put: Callable[[str, FloatArray], None], powered: FloatArray, facility_c: FloatArray
    ) -> FloatArray:
        """Publish the liquid loop; return the power [W] of its pumps."""
        racks, p = self._air_side.racks, self.p
        names = ("supply_c", "return_c", "flow_m3_s", "heat_w", "pump_speed", "power_w")
        if not p.servers.liquid_racks:
            for name in names:
                put(f"cdu.{name}", np.zeros(len(powered)))
            return np.zeros(len(powered))
        pump = self.levers.water.cdu_pump * powered if racks.liquid_share > 0 else 0.0 * powered
        loop = liquid_loop(p.liquid, np.array(self._liquid_rows), facility_c, pump)
        for name in names:
            put(f"cdu.{name}", getattr(loop, name))
        pumps: FloatArray = loop.power_w
        return pumps

    def _publish_water(self, put: Callable[[str, FloatArray], None], drives: Drives) -> FloatArray:
        """Publish the tower's water and heat recovery; return the power [W] of the heat pump."""
        machines, levers = self._machines, self.levers
        assert isinstance(machines, PlantRoom)  # noqa: S101 (only asked for where there is water)
        column = machines.columns()
        water = tower_water(
            self.p.tower_water,
            column["rejected_w"],
            column["condenser_kg_s"] / WATER_DENSITY,
            levers.operator.water_cycles,
            levers.water.leak_m3_s,
        )
        put("water.makeup_m3_s", water.makeup_m3_s)
        put("water.evaporation_m3_s", water.evaporation_m3_s)
        put("water.blowdown_m3_s", water.blowdown_m3_s)
        put("water.cycles", water.cycles)
        put("water.conductivity_s_m", water.conductivity_s_m)
        reused = self._source.given(drives.dry_bulb_c, column["return_c"], column["reuse_w"])
        for name in ("heat_w", "source_w", "supply_c", "return_c", "flow_m3_s", "power_w"):
            put(f"reuse.{name}", getattr(reused, name))
        power: FloatArray = reused.power_w
        return power

    def _count(self, blocks: dict[str, FloatArray], running: FloatArray, dt_s: float) -> None:
        """Move every register on by its signal."""
        storage_w = blocks["storage.power_w"]
        rates = {
            "storage.charged_j": np.maximum(-storage_w, 0.0),
            "storage.discharged_j": np.maximum(storage_w, 0.0),
            "generator.run_time_s": running,
            "crah.run_time_s": blocks["crah.on"],
        }
        for name, power in REGISTERS:
            if power in blocks:
                rates[name] = blocks[power]
        for load in METERED:
            if f"{load}.power_w" in blocks:
                # A meter has one register for each direction.
                power_w = blocks[f"{load}.power_w"][:, None]
                rates[f"{load}.energy_j"] = np.maximum(power_w, 0.0)
                rates[f"{load}.exported_j"] = np.maximum(-power_w, 0.0)
                rates[f"{load}.phase.energy_j"] = np.maximum(blocks[f"{load}.phase.power_w"], 0.0)
        for name, rate in rates.items():
            blocks[name] = self._registers.count(name, rate, dt_s)

    def _show(self, record: Record) -> None:
        """Keep the last step of a record as the present."""
        self.blocks = SignalBlocks()
        for name, values in record.blocks.items():
            self.blocks.set(name, values[-1])


def _publish_weather(put: Callable[[str, FloatArray], None], drives: Drives) -> None:
    for name in ("dry_bulb_c", "wet_bulb_c", "dew_point_c", "humidity", "pressure_pa", "irradiance_w_m2", "wind_m_s"):
        put(f"outdoor.{name}", getattr(drives, name))


def _job_groups(p: PlantParameters) -> GroupArray | None:
    """Return the group of jobs of each server: racks of accelerators work in pairs."""
    s = p.servers
    if not s.liquid_racks:
        return None
    rack = np.arange(s.racks) - (s.racks - s.liquid_racks)
    return np.repeat(np.where(rack >= 0, rack // 2, -1), s.outlets)


def _joined(parts: list[Record]) -> Record:
    blocks = {name: np.concatenate([part.blocks[name] for part in parts]) for name in parts[0].blocks}
    return Record(np.concatenate([part.times_s for part in parts]), blocks)
