"""The water side: chillers, drives of pumps and tower, economiser, treatment, liquid loop, heat recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.devices.device import Levels
from simulators.devices.wiring.meters import heat_meter

if TYPE_CHECKING:
    from simulators.devices.device import Wires

STILL = 0.01
"""Below this speed a drive counts as standing."""
IDLE_W = 50.0
"""Below this power a heat pump counts as standing by."""


def chiller(at: str) -> Wires:
    """Return the wires of a chiller with the template map."""
    return {
        ("", "unit_state"): Levels(f"chiller.on{at}", ("off", "on")),
        ("", "alarms_count"): 0.0,
        ("", "supply_water_temperature_c"): f"chiller.supply_c{at}",
        ("", "return_water_temperature_c"): f"chiller.return_c{at}",
        ("", "supply_water_setpoint_c"): f"chiller.set_c{at}",
        ("", "water_flow_m3_s"): f"chiller.flow_m3_s{at}",
        ("", "condenser_supply_temperature_c"): f"chiller.condenser_in_c{at}",
        ("", "condenser_return_temperature_c"): f"chiller.condenser_out_c{at}",
        ("", "active_power_w"): f"chiller.power_w{at}",
        ("", "cooling_power_w"): f"chiller.cooling_w{at}",
        ("", "capacity_ratio"): f"chiller.load{at}",
        ("", "outdoor_temperature_c"): "outdoor.dry_bulb_c",
        ("", "outdoor_wet_bulb_c"): "outdoor.wet_bulb_c",
        ("", "active_energy_j"): f"chiller.energy_j{at}",
        ("", "run_time_s"): f"chiller.run_time_s{at}",
    }


def drive(machine: str) -> Wires:
    """Return the wires of the drive of a pump or a tower fan."""
    return {
        ("", "unit_state"): Levels(f"{machine}.speed", ("off", "on"), (STILL,)),
        ("", "alarms_count"): 0.0,
        ("", "drive_speed_ratio"): f"{machine}.speed",
        ("", "active_power_w"): f"{machine}.power_w",
        ("", "active_energy_j"): f"{machine}.energy_j",
        ("", "run_time_s"): "uptime_s",
    }


def economiser() -> Wires:
    """Return the wires of the economiser's controller."""
    return {
        ("", "economiser_state"): Levels("economiser.state", ("off", "partial", "full"), (0.5, 1.5)),
        ("", "alarms_count"): 0.0,
        ("water", "valve_position_ratio"): "economiser.water_ratio",
        ("outdoor_air", "damper_position_ratio"): "economiser.air_ratio",
        ("water", "cooling_power_w"): "economiser.water_heat_w",
        ("air", "cooling_power_w"): "economiser.air_heat_w",
    }


def treatment() -> Wires:
    """Return the wires of the water treatment of the tower."""
    return {
        ("basin", "conductivity_s_m"): "water.conductivity_s_m",
        ("", "concentration_cycles"): "water.cycles",
        ("makeup", "water_flow_m3_s"): "water.makeup_m3_s",
        ("blowdown", "water_flow_m3_s"): "water.blowdown_m3_s",
        ("", "alarms_count"): 0.0,
    }


def coolant_unit() -> Wires:
    """Return the wires of the coolant distribution unit."""
    return {
        **heat_meter("cdu"),
        ("", "unit_state"): Levels("cdu.pump_speed", ("off", "on"), (STILL,)),
        ("", "drive_speed_ratio"): "cdu.pump_speed",
        ("", "active_power_w"): "cdu.power_w",
        ("", "active_energy_j"): "cdu.energy_j",
    }


def heat_pump() -> Wires:
    """Return the wires of the heat pump that hands heat off."""
    return {
        **heat_meter("reuse"),
        ("", "unit_state"): Levels("reuse.power_w", ("standby", "on"), (IDLE_W,)),
        ("", "active_power_w"): "reuse.power_w",
        ("", "active_energy_j"): "reuse.energy_j",
        ("", "run_time_s"): "uptime_s",
    }
