"""Air handlers, and sensors of the air before and behind racks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.devices.device import Levels
from simulators.devices.wiring.agent import AGENT

if TYPE_CHECKING:
    from simulators.devices.device import Wires

LEVELS = ("low", "mid", "high")
"""Where the probes before a rack hang, in the order of the plant's arrays."""
PROBES = (("internal/1", "middle"), ("remote/1", "low"), ("remote/2", "middle"), ("remote/3", "high"))
"""At which heights the parts of `environment` hang, in the words of a site file."""


def environment(rack: str, dew_point: str) -> Wires:
    """Return the wires of a Geist monitor at a rack.

    Humidity inside, probes low, in the middle and high at the inlet.
    """
    wires: Wires = {
        **AGENT,
        ("internal/1", "air_temperature_c"): f"rack.inlet_c{rack}/1",
        ("internal/1", "relative_humidity_ratio"): f"rack.humidity{rack}",
        ("internal/1", "dew_point_c"): dew_point,
    }
    for i in range(len(LEVELS)):
        wires[f"remote/{i + 1}", "air_temperature_c"] = f"rack.inlet_c{rack}/{i}"
    return wires


def rear_sensor(rack: str) -> Wires:
    """Return the wires of a sensor behind a rack."""
    return {("rear", "air_temperature_c"): f"rack.outlet_c{rack}", ("", "alarms_count"): 0.0}


def crah(unit: str) -> Wires:
    """Return the wires of an air handler with the template map."""
    return {
        ("", "unit_state"): Levels(f"crah.on{unit}", ("off", "on")),
        ("", "supply_air_temperature_c"): f"crah.supply_c{unit}",
        ("", "return_air_temperature_c"): f"crah.return_c{unit}",
        ("", "supply_air_setpoint_c"): f"crah.set_c{unit}",
        ("return", "relative_humidity_ratio"): "room.return_humidity",
        ("", "fan_speed_ratio"): f"crah.speed{unit}",
        ("", "valve_position_ratio"): f"crah.valve{unit}",
        ("", "alarms_count"): 0.0,
        ("", "active_power_w"): f"crah.power_w{unit}",
        ("", "active_energy_j"): f"crah.energy_j{unit}",
        ("", "cooling_power_w"): f"crah.cooling_w{unit}",
        ("filter", "pressure_pa"): f"crah.filter_pa{unit}",
        ("", "air_flow_m3_s"): f"crah.airflow_m3_s{unit}",
        ("", "run_time_s"): f"crah.run_time_s{unit}",
        ("humidifier", "active_power_w"): f"crah.humidifier_w{unit}",
        ("", "supply_water_temperature_c"): f"crah.water_in_c{unit}",
        ("", "return_water_temperature_c"): f"crah.water_out_c{unit}",
    }


def liebert(unit: str) -> Wires:
    """Return the wires of a Liebert chilled-water unit behind its web card: whole degrees, no power."""
    return {
        **AGENT,
        ("", "return_air_temperature_c"): f"crah.return_c{unit}",
        ("", "supply_air_temperature_c"): f"crah.supply_c{unit}",
        ("control", "air_temperature_c"): f"crah.supply_c{unit}",
        ("", "supply_air_setpoint_c"): f"crah.set_c{unit}",
        ("control", "relative_humidity_ratio"): "room.return_humidity",
        ("return", "relative_humidity_ratio"): "room.return_humidity",
        ("", "unit_state"): Levels(f"crah.on{unit}", ("off", "on")),
        ("cooling", "capacity_ratio"): f"crah.valve{unit}",
        ("", "fan_speed_ratio"): f"crah.speed{unit}",
        ("free_cooling", "capacity_ratio"): 0.0,
        ("dehumidifying", "capacity_ratio"): 0.0,
        ("humidifying", "capacity_ratio"): 0.0,
        ("", "alarms_count"): 0.0,
        # A chilled-water unit has no compressor, so none has ever run.
        ("compressor/1", "run_time_s"): 0.0,
        ("compressor/2", "run_time_s"): 0.0,
        ("fan", "run_time_s"): f"crah.run_time_s{unit}",
    }
