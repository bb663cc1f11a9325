"""Which signal of a plant each point of a device measures, by part and quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.devices.device import State
from simulators.plant.distribution import OUTLETS, PHASES
from simulators.plant.hosts import DISK_BY, MEMORY_BY
from simulators.plant.meter import FREQUENCY_HZ
from simulators.plant.racks import LEVELS

if TYPE_CHECKING:
    from simulators.devices.device import Wires

CPUS = 4
POWER_FACTOR = 0.97
BATTERY_V = 272.4
BATTERY_RUNTIME_S = 1080.0
BATTERY_C = 24.0
FILTER_PA = 85.0
_AGENT: Wires = {("agent", "uptime_s"): "uptime_s"}


def iem3000(load: str) -> Wires:
    """Return the wires of a Schneider iEM3000 on a load."""
    wires: Wires = {
        ("", "active_power_w"): f"{load}.power_w",
        ("", "reactive_power_var"): f"{load}.reactive_var",
        ("", "apparent_power_va"): f"{load}.apparent_va",
        ("", "frequency_hz"): f"{load}.frequency_hz",
        ("", "active_energy_j"): f"{load}.energy_j/0",
        ("", "exported_energy_j"): 0.0,
    }
    for i, phase in enumerate(PHASES):
        part = f"phase/{phase}"
        wires[part, "current_a"] = f"{load}.phase.current_a/{i}"
        wires[part, "voltage_v"] = f"{load}.phase.voltage_v/{i}"
        wires[part, "active_power_w"] = f"{load}.phase.power_w/{i}"
        wires[part, "active_energy_j"] = f"{load}.phase.energy_j/{i}"
    return wires


def sdm630(load: str) -> Wires:
    """Return the wires of an Eastron SDM630 on a load."""
    wires = iem3000(load)
    wires["", "power_factor_ratio"] = f"{load}.power_factor"
    for i, phase in enumerate(PHASES):
        part = f"phase/{phase}"
        wires[part, "apparent_power_va"] = f"{load}.phase.apparent_va/{i}"
        wires[part, "reactive_power_var"] = f"{load}.phase.reactive_var/{i}"
        wires[part, "power_factor_ratio"] = f"{load}.power_factor"
    return wires


def rack_pdu(at: str) -> Wires:
    """Return the wires of an APC rack PDU; ``at`` is its place in the plant's arrays, such as ``/0/3``."""
    wires: Wires = {
        **_AGENT,
        ("", "active_power_w"): f"pdu.power_w{at}",
        ("", "apparent_power_va"): f"pdu.apparent_va{at}",
        ("", "power_factor_ratio"): POWER_FACTOR,
        ("", "active_energy_j"): f"pdu.energy_j{at}",
        ("", "load_state"): State("normal"),
    }
    for i in range(len(PHASES)):
        part = f"phase/l{i + 1}"
        wires[part, "load_state"] = State("normal")
        wires[part, "current_a"] = f"pdu.phase.current_a{at}/{i}"
        wires[part, "voltage_v"] = f"pdu.phase.voltage_v{at}/{i}"
        wires[part, "active_power_w"] = f"pdu.phase.power_w{at}/{i}"
        wires[part, "apparent_power_va"] = f"pdu.phase.apparent_va{at}/{i}"
        wires[part, "power_factor_ratio"] = POWER_FACTOR
    for i in range(OUTLETS):
        part = f"outlet/{i + 1}"
        wires[part, "outlet_state"] = State("on")
        wires[part, "current_a"] = f"pdu.outlet.current_a{at}/{i}"
        wires[part, "active_power_w"] = f"pdu.outlet.power_w{at}/{i}"
        wires[part, "active_energy_j"] = f"pdu.outlet.energy_j{at}/{i}"
    return wires


def ups(feed: int) -> Wires:
    """Return the wires of a UPS."""
    wires: Wires = {
        **_AGENT,
        ("", "battery_state"): State("normal"),
        ("", "on_battery_s"): 0.0,
        ("", "battery_runtime_s"): BATTERY_RUNTIME_S,
        ("", "battery_charge_ratio"): 1.0,
        ("", "battery_voltage_v"): BATTERY_V,
        ("", "battery_current_a"): 0.0,
        ("", "battery_temperature_c"): BATTERY_C,
        ("", "ups_source_state"): State("normal"),
        ("", "alarms_count"): 0.0,
        ("output", "frequency_hz"): FREQUENCY_HZ,
        ("bypass", "frequency_hz"): FREQUENCY_HZ,
    }
    for i in range(len(PHASES)):
        wires[f"input/l{i + 1}", "frequency_hz"] = FREQUENCY_HZ
        for side in ("input", "output"):
            part = f"{side}/l{i + 1}"
            wires[part, "voltage_v"] = f"ups.{side}.voltage_v/{feed}/{i}"
            wires[part, "current_a"] = f"ups.{side}.current_a/{feed}/{i}"
            wires[part, "active_power_w"] = f"ups.{side}.power_w/{feed}/{i}"
        wires[f"output/l{i + 1}", "load_ratio"] = f"ups.phase_load/{feed}/{i}"
        wires[f"bypass/l{i + 1}", "voltage_v"] = f"ups.input.voltage_v/{feed}/{i}"
    return wires


def environment(at: str) -> Wires:
    """Return the wires of a Geist monitor at a rack.

    Humidity inside, probes low, in the middle and high at the inlet.
    """
    wires: Wires = {
        **_AGENT,
        ("internal/1", "air_temperature_c"): f"rack.inlet_c{at}/1",
        ("internal/1", "relative_humidity_ratio"): f"rack.humidity{at}",
        ("internal/1", "dew_point_c"): "room.dew_point_c",
    }
    for i in range(len(LEVELS)):
        wires[f"remote/{i + 1}", "air_temperature_c"] = f"rack.inlet_c{at}/{i}"
    return wires


def crah(unit: int) -> Wires:
    """Return the wires of an air handler with the template map."""
    return {
        ("", "unit_state"): State("on"),
        ("", "supply_air_temperature_c"): f"crah.supply_c/{unit}",
        ("", "return_air_temperature_c"): f"crah.return_c/{unit}",
        ("", "supply_air_setpoint_c"): f"crah.set_c/{unit}",
        ("return", "relative_humidity_ratio"): "room.return_humidity",
        ("", "fan_speed_ratio"): f"crah.speed/{unit}",
        ("", "valve_position_ratio"): f"crah.valve/{unit}",
        ("", "alarms_count"): 0.0,
        ("", "active_power_w"): f"crah.power_w/{unit}",
        ("", "active_energy_j"): f"crah.energy_j/{unit}",
        ("", "cooling_power_w"): f"crah.cooling_w/{unit}",
        ("filter", "pressure_pa"): FILTER_PA,
        ("", "air_flow_m3_s"): f"crah.airflow_m3_s/{unit}",
        ("", "run_time_s"): "uptime_s",
        ("humidifier", "active_power_w"): 0.0,
        ("", "supply_water_temperature_c"): f"crah.water_in_c/{unit}",
        ("", "return_water_temperature_c"): f"crah.water_out_c/{unit}",
    }


def liebert(unit: int) -> Wires:
    """Return the wires of a Liebert chilled-water unit behind its web card: whole degrees, no power."""
    return {
        **_AGENT,
        ("", "return_air_temperature_c"): f"crah.return_c/{unit}",
        ("", "supply_air_temperature_c"): f"crah.supply_c/{unit}",
        ("control", "air_temperature_c"): f"crah.supply_c/{unit}",
        ("", "supply_air_setpoint_c"): f"crah.set_c/{unit}",
        ("control", "relative_humidity_ratio"): "room.return_humidity",
        ("return", "relative_humidity_ratio"): "room.return_humidity",
        ("", "unit_state"): State("on"),
        ("cooling", "capacity_ratio"): f"crah.valve/{unit}",
        ("", "fan_speed_ratio"): f"crah.speed/{unit}",
        ("free_cooling", "capacity_ratio"): 0.0,
        ("dehumidifying", "capacity_ratio"): 0.0,
        ("humidifying", "capacity_ratio"): 0.0,
        ("", "alarms_count"): 0.0,
        # A chilled-water unit has no compressor, so none has ever run.
        ("compressor/1", "run_time_s"): 0.0,
        ("compressor/2", "run_time_s"): 0.0,
        ("fan", "run_time_s"): "uptime_s",
    }


def chiller(machine: int = 0) -> Wires:
    """Return the wires of a chiller with the template map."""
    return {
        ("", "unit_state"): State("on"),
        ("", "alarms_count"): 0.0,
        ("", "supply_water_temperature_c"): f"chiller.supply_c/{machine}",
        ("", "return_water_temperature_c"): f"chiller.return_c/{machine}",
        ("", "supply_water_setpoint_c"): f"chiller.set_c/{machine}",
        ("", "water_flow_m3_s"): f"chiller.flow_m3_s/{machine}",
        ("", "condenser_supply_temperature_c"): f"chiller.condenser_in_c/{machine}",
        ("", "condenser_return_temperature_c"): f"chiller.condenser_out_c/{machine}",
        ("", "active_power_w"): f"chiller.power_w/{machine}",
        ("", "cooling_power_w"): f"chiller.cooling_w/{machine}",
        ("", "capacity_ratio"): f"chiller.load/{machine}",
        ("", "outdoor_temperature_c"): "outdoor.dry_bulb_c",
        ("", "outdoor_wet_bulb_c"): "outdoor.wet_bulb_c",
        ("", "active_energy_j"): f"chiller.energy_j/{machine}",
        ("", "run_time_s"): f"chiller.run_time_s/{machine}",
    }


def host(number: int) -> Wires:
    """Return the wires of a monitored server's operating system."""
    busy = f"server.utilisation/0/{number}"
    wires: Wires = {
        **_AGENT,
        ("", "uptime_s"): "uptime_s",
        ("", "cpu_utilisation_ratio"): busy,
        ("", "load_average_1"): f"host.load_average/{number}",
        ("", "memory_total_by"): float(MEMORY_BY),
        ("", "memory_used_by"): f"host.memory_used_by/{number}",
        ("", "memory_available_by"): f"host.memory_available_by/{number}",
        ("fs//", "filesystem_total_by"): float(DISK_BY),
        ("fs//", "filesystem_used_by"): f"host.filesystem_used_by/{number}",
        ("if/eth0", "network_received_by"): f"host.received_by/{number}",
        ("if/eth0", "network_sent_by"): f"host.sent_by/{number}",
        ("if/eth0", "link_state"): State("up"),
    }
    for i in range(CPUS):
        wires[f"cpu/{i + 1}", "cpu_utilisation_ratio"] = busy
    return wires
