"""Facilities of the usual sizes: an edge cabinet, a room of twenty racks, a hall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simulators.plant.generator import GeneratorParameters
from simulators.plant.heat_recovery import HeatRecoveryParameters
from simulators.plant.levers import Setpoints
from simulators.plant.liquid import LiquidParameters
from simulators.plant.parameters import Air, Electrical, PlantParameters, Servers, Water
from simulators.plant.pv import PvParameters
from simulators.plant.storage import StorageParameters

if TYPE_CHECKING:
    from simulators.plant.weather import Climate

_ROOM_RACKS = 20


def room(climate: Climate | None = None) -> PlantParameters:
    """Return a room of 20 racks in two zones with three air handlers each: about 70 kW of IT."""
    parameters = PlantParameters()
    return parameters if climate is None else msgspec.structs.replace(parameters, climate=climate)


def hall(climate: Climate | None = None) -> PlantParameters:
    """Return a hall of 200 racks: eight zones in two rooms, the last 20 racks with accelerators on a liquid loop."""
    liquid_racks, racks, zones = 20, 200, 8
    base = scaled(racks, zones=zones, chillers=4)
    servers = Servers(racks=racks, liquid_racks=liquid_racks)
    most_w = servers.most_w
    heat_w = liquid_racks * servers.liquid_scale * servers.outlets * servers.full_w
    ratio = most_w / base.servers.most_w
    electrical = msgspec.structs.replace(
        base.electrical,
        ups_w=1.15 * most_w,
        pdu_w=7.4e3 * servers.liquid_scale,
        transformer_w=base.electrical.transformer_w * ratio,
        transformer_no_load_w=base.electrical.transformer_no_load_w * ratio,
        transformer_full_load_w=base.electrical.transformer_full_load_w * ratio,
    )
    return msgspec.structs.replace(
        base,
        servers=servers,
        electrical=electrical,
        liquid=LiquidParameters(rated_w=heat_w, pump_w=0.018 * heat_w),
        generator=GeneratorParameters(rated_w=1.7 * most_w),
        climate=climate or base.climate,
    )


def cabinet(climate: Climate | None = None) -> PlantParameters:
    """Return an edge cabinet: one rack on one feed, a split air conditioner, a small UPS, PV on the roof."""
    parameters = PlantParameters(
        servers=Servers(racks=1, idle_w=100.0, full_w=275.0, fan_w=16.0, flow_m3_s=0.03, spread=0.3),
        air=Air(
            zones=1,
            units_per_zone=1,
            flow_m3_s=0.3,
            fan_w=90.0,
            coil_w_per_k=700.0,
            water_kg_s=0.2,
            filter_pa=40.0,
            room_j_per_k=1.4e5,
            envelope_w_per_k=12.0,
            volume_m3=6.0,
            infiltration_per_h=0.5,
            humidifier_kg_s=0.0,
        ),
        water=Water(kind="split", chillers=1),
        electrical=Electrical(
            feeds=1,
            ups_w=3000.0,
            battery_s=900.0,
            battery_v=72.0,
            pdu_w=3.6e3,
            transformer_w=10e3,
            transformer_no_load_w=0.0,
            transformer_full_load_w=30.0,
            lighting_w=5.0,
            auxiliary_w=40.0,
            power_factor=0.96,
        ),
        setpoints=Setpoints(supply_c=20.0, water_economiser=False),
        pv=PvParameters(rated_w=1500.0, inverter_w=1500.0),
        storage=StorageParameters(power_w=0.0),
        generator=GeneratorParameters(rated_w=0.0),
        heat_recovery=HeatRecoveryParameters(rated_w=0.0),
    )
    return parameters if climate is None else msgspec.structs.replace(parameters, climate=climate)


def scaled(racks: int, *, zones: int, chillers: int) -> PlantParameters:
    """Return a room with another number of racks, every other part in proportion to them."""
    base = PlantParameters()
    whole = racks / _ROOM_RACKS
    zone = whole * base.air.zones / zones
    air, water, electrical = base.air, base.water, base.electrical
    return PlantParameters(
        servers=msgspec.structs.replace(base.servers, racks=racks),
        air=msgspec.structs.replace(
            air,
            zones=zones,
            flow_m3_s=air.flow_m3_s * zone,
            fan_w=air.fan_w * zone,
            coil_w_per_k=air.coil_w_per_k * zone,
            water_kg_s=air.water_kg_s * zone,
            room_j_per_k=air.room_j_per_k * zone,
            envelope_w_per_k=air.envelope_w_per_k * zone,
            volume_m3=air.volume_m3 * zone,
            humidifier_kg_s=air.humidifier_kg_s * zone,
        ),
        water=msgspec.structs.replace(
            water,
            chillers=chillers,
            chiller_w=water.chiller_w * whole * base.water.chillers / max(chillers, 2) * _spare(chillers),
            pump_w=water.pump_w * whole,
            condenser_pump_w=water.condenser_pump_w * whole / max(1, chillers - 1),
            condenser_kg_s=water.condenser_kg_s * whole / max(1, chillers - 1),
            tower_w=water.tower_w * whole,
            tower_fan_w=water.tower_fan_w * whole,
            loop_j_per_k=water.loop_j_per_k * whole,
            basin_j_per_k=water.basin_j_per_k * whole,
        ),
        electrical=msgspec.structs.replace(
            electrical,
            ups_w=electrical.ups_w * whole,
            transformer_w=electrical.transformer_w * whole,
            transformer_no_load_w=electrical.transformer_no_load_w * whole,
            transformer_full_load_w=electrical.transformer_full_load_w * whole,
            lighting_w=electrical.lighting_w * whole,
            auxiliary_w=electrical.auxiliary_w * whole,
        ),
        pv=PvParameters(rated_w=base.pv.rated_w * whole, inverter_w=base.pv.inverter_w * whole),
        storage=StorageParameters(capacity_j=base.storage.capacity_j * whole, power_w=base.storage.power_w * whole),
        generator=GeneratorParameters(rated_w=base.generator.rated_w * whole),
        heat_recovery=HeatRecoveryParameters(rated_w=base.heat_recovery.rated_w * whole),
    )


def _spare(chillers: int) -> float:
    """Return the factor that leaves one machine to spare: the room's two carry the load each."""
    return 1.0 if chillers <= 2 else chillers / (chillers - 1) / 2.0  # noqa: PLR2004 (one of two is spare in the room)
