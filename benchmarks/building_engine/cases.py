"""The cases that are compared, and what our own plant says of each: a year in hourly steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from benchmarks.building_engine.room import Room, Yearly
from greendc.physics import air, chiller
from greendc.physics.coil import WATER_DENSITY, WATER_HEAT_CAPACITY
from simulators.plant.plant import Plant
from simulators.plant.plant_room import FREEZE_C, PUMP_EXPONENT, PUMP_FIXED, PlantRoom

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.plant.levers import Levers
    from simulators.plant.parameters import PlantParameters
    from simulators.plant.record import Record

SEED = 1
START_S = 1_767_196_800.0
"""2026-01-01T00:00 at UTC+8."""
HOURS = 8760
CHUNK = 730
HOUR_S = 3600.0
FAN_START_C = 23.0
SURE_K = 0.3


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a case does to the levers; None leaves one alone. Shares multiply, the rest are positions."""

    name: str
    against: str = "as built"
    supply_c: float | None = None
    chilled_c: float | None = None
    condenser_c: float | None = None
    flow_share: float = 1.0
    work_factor: float = 1.0
    economiser: bool | None = None
    ups_eco: bool = False

    def apply(self, levers: Levers, _time_s: float) -> None:
        """Move the levers; heat recovery stands still, which the other engine's model does not have."""
        operator = levers.operator
        levers.water.heat_recovery = 0.0
        if self.supply_c is not None:
            operator.supply_set_c[:] = self.supply_c
        if self.chilled_c is not None:
            operator.chilled_set_c = self.chilled_c
        if self.condenser_c is not None:
            operator.condenser_set_c = self.condenser_c
        if self.economiser is not None:
            operator.water_economiser = self.economiser
        operator.flow_margin *= self.flow_share
        levers.work.factor *= self.work_factor
        if self.ups_eco:
            operator.ups_eco[:] = 1.0

    def next_change_s(self, _time_s: float) -> float:
        """Return that nothing ever changes."""
        return math.inf


WARM = "supply air 24 °C"
CASES = (
    Change(name="as built"),
    Change(name="supply air +2 K", supply_c=20.0),
    Change(name=WARM, supply_c=24.0),
    Change(name="supply air 24 to 26 °C", against=WARM, supply_c=26.0),
    Change(name="chilled water +2 K", chilled_c=12.0),
    Change(name="air handlers' fans -10 %", flow_share=0.9),
    Change(name="condenser set-point -2 K", condenser_c=16.0),
    Change(name="condenser set-point +2 K", condenser_c=20.0),
    Change(name="no water economiser", economiser=False),
    Change(name="IT load +14 %", work_factor=1.47),
    Change(name="UPS in eco mode", ups_eco=True),
)

_WANTED = (
    "truth.it_w", "truth.loss_w", "truth.other_w", "zone.gains_w", "rack.inlet_c", "crah.fan_w", "crah.airflow_m3_s",
    "chiller.power_w", "pump.chilled.power_w", "pump.condenser.power_w", "tower.power_w", "economiser.state",
    "chilled.return_c", "chilled.flow_m3_s", "chilled.heat_w", "outdoor.dry_bulb_c", "outdoor.dew_point_c",
    "outdoor.wet_bulb_c", "outdoor.pressure_pa", "outdoor.wind_m_s",
)  # fmt: skip


class OurYear:
    """Hourly signals of a year of our plant under a change, arrays summed over units of a kind."""

    def __init__(self, parameters: PlantParameters, change: Change) -> None:
        """Simulate the year."""
        plant = Plant(SEED, START_S, parameters)
        plant.disturbances.append(change)
        plant.run(48, 300.0)
        plant.time_s = START_S
        parts = [_kept(plant.run(CHUNK, HOUR_S)) for _ in range(HOURS // CHUNK)]
        self.hourly = {name: np.concatenate([part[name] for part in parts]) for name in _WANTED}

    def kwh(self, *names: str) -> float:
        """Return the energy of a year of some powers."""
        return float(sum(self._sum(name).sum() for name in names)) / 1e3

    def _sum(self, name: str) -> np.ndarray:
        values = self.hourly[name]
        flat: np.ndarray = values.reshape(len(values), -1).sum(axis=1)
        return flat

    def yearly(self) -> Yearly:
        """Return the year's energies; the transformer is left out on both sides, and so is humidifying."""
        return Yearly(
            it=self.kwh("truth.it_w"),
            crah=self.kwh("crah.fan_w"),
            chiller=self.kwh("chiller.power_w"),
            pumps=self.kwh("pump.chilled.power_w", "pump.condenser.power_w"),
            tower=self.kwh("tower.power_w"),
            other=self.kwh("truth.loss_w", "truth.other_w"),
        )

    def _wanted_basin_c(self, parameters: PlantParameters) -> np.ndarray:
        """Return how cold the controller wants the basin to be so that the exchanger carries all heat."""
        hourly = self.hourly
        stream = hourly["chilled.flow_m3_s"] * WATER_DENSITY * WATER_HEAT_CAPACITY
        machines = PlantRoom(parameters)
        reach = np.array([machines.exchange(float(passes)) for passes in stream])
        wanted: np.ndarray = hourly["chilled.return_c"] - hourly["chilled.heat_w"] / reach - SURE_K
        coldest: np.ndarray = np.maximum(wanted, FREEZE_C)
        return coldest

    def room(self, parameters: PlantParameters, change: Change) -> Room:
        """Return the same room for the other engine, with this year's work and losses as its schedules."""
        p, hourly = parameters, self.hourly
        s, a, w, wanted = p.servers, p.air, p.water, p.setpoints
        units = a.zones * a.units_per_zone
        it_w = self._sum("truth.it_w")
        speed = np.clip(s.fan_minimum + s.fan_gain_per_k * (_inlet(hourly) - FAN_START_C), s.fan_minimum, 1.0)
        fans_w = s.racks * s.outlets * s.fan_w / s.supply_efficiency
        condenser_c = _or(change.condenser_c, wanted.condenser_c)
        economising = (hourly["economiser.state"] > 0).astype(np.float64)
        density = float(air.air_density(wanted.supply_c, float(hourly["outdoor.pressure_pa"].mean())))
        return Room(
            servers_w=it_w - fans_w * (speed**3).mean(axis=1),
            room_other_w=self._sum("zone.gains_w") - it_w,
            dry_bulb_c=hourly["outdoor.dry_bulb_c"],
            dew_point_c=hourly["outdoor.dew_point_c"],
            wet_bulb_c=hourly["outdoor.wet_bulb_c"],
            pressure_pa=hourly["outdoor.pressure_pa"],
            wind_m_s=hourly["outdoor.wind_m_s"],
            altitude_m=p.climate.altitude_m,
            latitude_deg=p.climate.latitude_deg,
            longitude_deg=p.climate.longitude_deg,
            offset_h=p.climate.local_offset_s / HOUR_S,
            supply_c=_or(change.supply_c, wanted.supply_c),
            chilled_c=_or(change.chilled_c, wanted.chilled_c),
            condenser_c=condenser_c,
            economising=economising,
            tower_set_c=np.where(economising > 0, self._wanted_basin_c(parameters), condenser_c),
            airflow_m3_s=float(self._sum("crah.airflow_m3_s").mean()),
            airflow_rated_m3_s=units * a.flow_m3_s,
            server_fans_w=fans_w,
            server_flow_m3_s=s.racks * s.outlets * s.flow_m3_s,
            fan_minimum=s.fan_minimum,
            fan_gain_per_k=s.fan_gain_per_k,
            fan_start_c=FAN_START_C,
            recirculation=a.recirculation,
            crah_fans_w=units * a.fan_w * density / 1.2,
            fan_fixed=a.fan_fixed,
            fan_exponent=a.fan_exponent,
            coil_w_per_k=units * a.coil_w_per_k,
            water_kg_s=units * a.water_kg_s,
            usual_water_kg_s=0.5 * units * a.water_kg_s,
            chiller_w=w.chiller_w,
            chiller_cop=w.chiller_cop,
            chiller_per_k_chilled=w.curve.per_k_chilled,
            chiller_per_k_condenser=w.curve.per_k_condenser,
            chiller_part_load=w.curve.part_load,
            capacity_per_k_chilled=chiller.CAPACITY_PER_K_CHILLED,
            capacity_per_k_condenser=chiller.CAPACITY_PER_K_CONDENSER,
            pump_w=w.pump_w,
            pump_minimum=w.pump_minimum,
            pump_fixed=PUMP_FIXED,
            pump_exponent=PUMP_EXPONENT,
            condenser_pump_w=w.condenser_pump_w,
            condenser_kg_s=w.condenser_kg_s,
            tower_w=w.tower_w,
            tower_fan_w=w.tower_fan_w,
            tower_approach_k=w.tower_approach_k,
            exchanger=w.exchanger,
            envelope_w_per_k=a.zones * a.envelope_w_per_k,
            volume_m3=a.zones * a.volume_m3,
        )


def _inlet(hourly: Mapping[str, np.ndarray]) -> np.ndarray:
    inlet: np.ndarray = hourly["rack.inlet_c"].mean(axis=2)
    return inlet


def _or(changed: float | None, usual: float) -> float:
    return usual if changed is None else changed


def _kept(record: Record) -> dict[str, np.ndarray]:
    return {name: record.blocks[name] for name in _WANTED}
