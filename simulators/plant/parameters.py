"""Sizes and coefficients of a simulated facility, by the part they belong to; units in the names."""

from __future__ import annotations

import math

import msgspec

from greendc.errors import ConfigError, Problem
from simulators.plant.bounds import refuse_outside
from simulators.plant.chiller_curve import ChillerCurve
from simulators.plant.generator import GeneratorParameters
from simulators.plant.heat_recovery import HeatRecoveryParameters
from simulators.plant.levers import Setpoints, Sizes
from simulators.plant.liquid import LiquidParameters
from simulators.plant.pv import PvParameters
from simulators.plant.storage import StorageParameters
from simulators.plant.water import TowerWaterParameters
from simulators.plant.weather import Climate
from simulators.plant.workload import WorkloadShape

COUNT = (1.0, 10_000.0)
SHARE = (0.0, 1.0)
POWER = (1e-3, 1e9)
EFFICIENCY = (0.05, 1.0)


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """Racks of servers with one power supply on each feed.

    Fans run at ``fan_minimum`` at a utilisation of 0.4, by ``fan_load`` times its difference faster or slower, and by
    ``fan_gain_per_k`` faster for each kelvin that the inlet is above 23 degC.
    The last ``liquid_racks`` racks hold accelerators: ``liquid_scale`` times the power, of which ``liquid_share`` goes
    straight into a liquid loop.
    """

    racks: int = 20
    outlets: int = 8
    idle_w: float = 220.0
    full_w: float = 580.0
    fan_w: float = 47.0
    flow_m3_s: float = 0.088
    spread: float = 0.1
    fan_minimum: float = 0.4
    fan_gain_per_k: float = 0.04
    fan_load: float = 0.15
    supply_overhead_w: float = 14.0
    supply_efficiency: float = 0.965
    liquid_racks: int = 0
    liquid_scale: float = 4.0
    inlet_lag_s: float = 15.0

    def __post_init__(self) -> None:
        """Refuse servers that cannot be."""
        refuse_outside(
            self,
            {
                "racks": COUNT,
                "outlets": (1.0, 48.0),
                "idle_w": (0.0, 1e5),
                "full_w": POWER,
                "fan_w": (0.0, 1e4),
                "flow_m3_s": (1e-4, 10.0),
                "spread": (0.0, 0.9),
                "fan_minimum": (0.05, 1.0),
                "fan_gain_per_k": (0.0, 0.5),
                "fan_load": (0.0, 1.0),
                "supply_overhead_w": (0.0, 1e3),
                "supply_efficiency": EFFICIENCY,
                "liquid_racks": (0.0, float(self.racks)),
                "liquid_scale": (0.1, 50.0),
                "inlet_lag_s": (0.1, 600.0),
            },
        )

    @property
    def most_w(self) -> float:
        """Return the power [W] of all servers at full load with fans at full speed."""
        places = self.racks - self.liquid_racks + self.liquid_racks * self.liquid_scale
        each = (self.full_w + self.fan_w + self.supply_overhead_w) / self.supply_efficiency
        return places * self.outlets * each


class Air(msgspec.Struct, frozen=True, kw_only=True):
    """Air handlers and rooms; values by unit or by zone. ``water_kg_s`` is the full water flow of one coil.

    ``supply_control`` is ``supply`` (a set-point of the air that leaves) or ``return`` (of the air that comes back,
    ten kelvin above it); ``fan_control`` is ``flow`` (as the servers need) or ``fixed``.
    """

    zones: int = 2
    units_per_zone: int = 3
    flow_m3_s: float = 2.0
    fan_w: float = 1600.0
    fan_fixed: float = 0.1
    fan_exponent: float = 2.5
    coil_w_per_k: float = 2900.0
    water_kg_s: float = 0.9
    filter_pa: float = 85.0
    filter_share: float = 0.2
    recirculation: float = 0.03
    bypass: float = 0.06
    spill: float = 0.0
    room_j_per_k: float = 2.4e6
    envelope_w_per_k: float = 80.0
    volume_m3: float = 220.0
    infiltration_per_h: float = 0.25
    humidifier_kg_s: float = 0.0012
    humidifier_j_per_kg: float = 2.7e6
    outdoor_fan_add: float = 0.15
    fan_lag_s: float = 45.0
    supply_control: str = "supply"
    fan_control: str = "flow"

    def __post_init__(self) -> None:
        """Refuse an air side that cannot be."""
        refuse_outside(
            self,
            {
                "zones": COUNT,
                "units_per_zone": (1.0, 100.0),
                "flow_m3_s": (1e-3, 100.0),
                "fan_w": POWER,
                "fan_fixed": (0.0, 0.9),
                "fan_exponent": (1.0, 3.5),
                "coil_w_per_k": POWER,
                "water_kg_s": (1e-4, 1e3),
                "filter_pa": (0.0, 1e4),
                "filter_share": SHARE,
                "recirculation": (0.0, 0.5),
                "bypass": (0.0, 0.9),
                "spill": (0.0, 0.5),
                "room_j_per_k": (1e3, 1e10),
                "envelope_w_per_k": (0.1, 1e6),
                "volume_m3": (0.1, 1e7),
                "infiltration_per_h": (0.0, 20.0),
                "humidifier_kg_s": (0.0, 1.0),
                "humidifier_j_per_kg": (1e3, 1e7),
                "outdoor_fan_add": (0.0, 2.0),
                "fan_lag_s": (0.1, 3600.0),
            },
        )


class Water(msgspec.Struct, frozen=True, kw_only=True):
    """Chillers, pumps, tower and water-side economiser, or one air-cooled split unit (``kind`` ``split``).

    Flows of pumps follow from `Air.water_kg_s`. ``pump_law`` is ``variable`` or ``constant``. ``exchanger`` is the
    economiser's effectiveness at half of the full flow. ``tower_w`` is rated at a wet bulb of 24 degC, and large for
    the chillers so that the tower cools water in winter.
    """

    kind: str = "water"
    chillers: int = 2
    chiller_w: float = 120e3
    chiller_cop: float = 5.2
    curve: ChillerCurve = msgspec.field(default_factory=ChillerCurve)
    pump_w: float = 1900.0
    pump_minimum: float = 0.3
    pump_law: str = "variable"
    condenser_pump_w: float = 1300.0
    condenser_kg_s: float = 5.0
    tower_w: float = 200e3
    tower_fan_w: float = 3000.0
    tower_approach_k: float = 4.0
    exchanger: float = 0.8
    loop_j_per_k: float = 8.0e6
    basin_j_per_k: float = 6.0e6
    restart_s: float = 180.0
    split_cop: float = 3.4
    split_per_k: float = 0.026

    def __post_init__(self) -> None:
        """Refuse a plant room that cannot be."""
        refuse_outside(
            self,
            {
                "chillers": COUNT,
                "chiller_w": POWER,
                "chiller_cop": (0.5, 20.0),
                "pump_w": POWER,
                "pump_minimum": (0.05, 1.0),
                "condenser_pump_w": POWER,
                "condenser_kg_s": (1e-3, 1e4),
                "tower_w": POWER,
                "tower_fan_w": POWER,
                "tower_approach_k": (0.5, 20.0),
                "exchanger": (0.0, 0.98),
                "loop_j_per_k": (1e3, 1e11),
                "basin_j_per_k": (1e3, 1e11),
                "restart_s": (0.0, 3600.0),
                "split_cop": (0.5, 20.0),
                "split_per_k": (0.0, 0.1),
            },
        )


class Electrical(msgspec.Struct, frozen=True, kw_only=True):
    """Transformer, UPSs and rack PDUs; one UPS and one row of PDUs for each of ``feeds``."""

    feeds: int = 2
    ups_w: float = 120e3
    ups_k0: float = 0.012
    ups_k1: float = 0.020
    ups_k2: float = 0.012
    ups_eco_loss: float = 0.012
    battery_s: float = 600.0
    battery_v: float = 272.4
    pdu_w: float = 7.4e3
    pdu_fixed_w: float = 4.0
    pdu_full_load_w: float = 60.0
    transformer_w: float = 200e3
    transformer_no_load_w: float = 320.0
    transformer_full_load_w: float = 2400.0
    lighting_w: float = 700.0
    auxiliary_w: float = 700.0
    power_factor: float = 0.97
    voltage_v: float = 230.0

    def __post_init__(self) -> None:
        """Refuse a power side that cannot be."""
        refuse_outside(
            self,
            {
                "feeds": (1.0, 2.0),
                "ups_w": POWER,
                "ups_k0": (0.0, 0.2),
                "ups_k1": (0.0, 0.2),
                "ups_k2": (0.0, 0.2),
                "ups_eco_loss": (0.0, 0.2),
                "battery_s": (0.0, 1e5),
                "battery_v": (1.0, 2000.0),
                "pdu_w": POWER,
                "pdu_fixed_w": (0.0, 1e4),
                "pdu_full_load_w": (0.0, 1e5),
                "transformer_w": POWER,
                "transformer_no_load_w": (0.0, 1e6),
                "transformer_full_load_w": (0.0, 1e7),
                "lighting_w": (0.0, 1e7),
                "auxiliary_w": (0.0, 1e7),
                "power_factor": (0.3, 1.0),
                "voltage_v": (50.0, 1000.0),
            },
        )


class PlantParameters(msgspec.Struct, frozen=True, kw_only=True):
    """A whole facility. The defaults are a room of 20 racks in two zones with about 70 kW of IT."""

    servers: Servers = msgspec.field(default_factory=Servers)
    air: Air = msgspec.field(default_factory=Air)
    water: Water = msgspec.field(default_factory=Water)
    electrical: Electrical = msgspec.field(default_factory=Electrical)
    climate: Climate = msgspec.field(default_factory=Climate)
    setpoints: Setpoints = msgspec.field(default_factory=Setpoints)
    workload: WorkloadShape = msgspec.field(default_factory=WorkloadShape)
    pv: PvParameters = msgspec.field(default_factory=PvParameters)
    storage: StorageParameters = msgspec.field(default_factory=StorageParameters)
    generator: GeneratorParameters = msgspec.field(default_factory=GeneratorParameters)
    heat_recovery: HeatRecoveryParameters = msgspec.field(default_factory=HeatRecoveryParameters)
    tower_water: TowerWaterParameters = msgspec.field(default_factory=TowerWaterParameters)
    liquid: LiquidParameters = msgspec.field(default_factory=LiquidParameters)

    def __post_init__(self) -> None:
        """Refuse a facility whose parts do not go together."""
        self.validate()

    def sizes(self) -> Sizes:
        """Return how many of each thing there are."""
        return Sizes(
            zones=self.air.zones,
            racks=self.servers.racks,
            outlets=self.servers.outlets,
            units=self.air.zones * self.air.units_per_zone,
            feeds=self.electrical.feeds,
            chillers=self.water.chillers,
        )

    def validate(self) -> None:
        """Check that what must carry a load can carry it.

        Raises:
            ConfigError: naming every parameter that is out of its bounds, and the bounds.
        """
        most_w = self.servers.most_w
        air_w = most_w - self._liquid_w()
        checks = [
            ("Servers.full_w", self.servers.full_w, self.servers.idle_w, math.inf),
            ("Electrical.ups_w", self.electrical.ups_w, most_w, math.inf),
            ("Electrical.pdu_w", self.electrical.pdu_w, self._rack_w(), math.inf),
            ("Electrical.transformer_w", self.electrical.transformer_w, most_w, math.inf),
            ("Setpoints.minimum_speed", self.setpoints.minimum_speed, 0.05, 1.0),
            ("Setpoints.flow_margin", self.setpoints.flow_margin, 0.5, 5.0),
            ("Setpoints.supply_c", self.setpoints.supply_c, self.setpoints.chilled_c + 1.0, 40.0),
            ("Setpoints.chilled_c", self.setpoints.chilled_c, 3.0, 30.0),
            ("Setpoints.water_cycles", self.setpoints.water_cycles, 1.1, 20.0),
            ("Setpoints.chillers_on", self.setpoints.chillers_on, 0, self.water.chillers),
        ]
        if self.water.kind == "water":
            checks.append(("Water.chiller_w", self.water.chiller_w * self.water.chillers, air_w, math.inf))
        problems = [
            _problem(name, float(value), float(low), float(high))
            for name, value, low, high in checks
            if not low <= value <= high
        ]
        problems += self._wrong_words()
        if self.servers.racks % self.air.zones:
            problems.append(Problem(key="simulate.even_zones", params=_counts(self), path="Air.zones"))
        if problems:
            raise ConfigError(problems)

    def _wrong_words(self) -> list[Problem]:
        words = (
            ("Air.supply_control", self.air.supply_control, ("supply", "return")),
            ("Air.fan_control", self.air.fan_control, ("flow", "fixed")),
            ("Water.kind", self.water.kind, ("water", "split")),
            ("Water.pump_law", self.water.pump_law, ("variable", "constant")),
        )
        return [
            Problem(
                key="simulate.part_word", params={"name": name, "value": said, "known": ", ".join(known)}, path=name
            )
            for name, said, known in words
            if said not in known
        ]

    def _rack_w(self) -> float:
        """Return what the fullest rack takes at most; either feed must be able to carry it."""
        s = self.servers
        scale = s.liquid_scale if s.liquid_racks else 1.0
        return s.outlets * scale * (s.full_w + s.fan_w + s.supply_overhead_w) / s.supply_efficiency

    def _liquid_w(self) -> float:
        s = self.servers
        return s.liquid_racks * s.liquid_scale * s.outlets * s.full_w * self.liquid.liquid_share


def _counts(parameters: PlantParameters) -> dict[str, str]:
    return {"racks": str(parameters.servers.racks), "zones": str(parameters.air.zones)}


def _problem(name: str, value: float, low: float, high: float) -> Problem:
    part, _, parameter = name.partition(".")
    params = {"part": part, "name": parameter, "value": f"{value:g}", "low": f"{low:g}", "high": f"{high:g}"}
    return Problem(key="simulate.part_bounds", params=params, path=name)
