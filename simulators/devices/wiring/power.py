"""UPSs, rack PDUs, and what makes or keeps electricity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.devices.device import Levels, State
from simulators.devices.wiring.agent import AGENT
from simulators.plant.distribution import OUTLETS, PHASES

if TYPE_CHECKING:
    from simulators.devices.device import Wires

FREQUENCY_HZ = 50.0
POWER_FACTOR = 0.97
IDLE_W = 50.0
"""Below it an inverter or a storage counts as doing nothing."""


def rack_pdu(at: str) -> Wires:
    """Return the wires of an APC rack PDU at a feed and rack."""
    wires: Wires = {
        **AGENT,
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


def ups(at: str) -> Wires:
    """Return the wires of a UPS at a feed."""
    mode = f"ups.mode{at}"
    wires: Wires = {
        **AGENT,
        ("", "battery_state"): Levels(f"ups.charge_ratio{at}", ("depleted", "low", "normal"), (0.05, 0.25)),
        ("", "on_battery_s"): f"ups.on_battery_s{at}",
        ("", "battery_runtime_s"): f"ups.runtime_s{at}",
        ("", "battery_charge_ratio"): f"ups.charge_ratio{at}",
        ("", "battery_voltage_v"): f"ups.battery_v{at}",
        ("", "battery_current_a"): f"ups.battery_a{at}",
        ("", "battery_temperature_c"): f"ups.battery_c{at}",
        ("", "ups_source_state"): Levels(mode, ("normal", "bypass", "battery"), (0.5, 1.5)),
        ("", "alarms_count"): 0.0,
        ("output", "frequency_hz"): FREQUENCY_HZ,
        ("bypass", "frequency_hz"): FREQUENCY_HZ,
    }
    for i in range(len(PHASES)):
        wires[f"input/l{i + 1}", "frequency_hz"] = FREQUENCY_HZ
        for side in ("input", "output"):
            part = f"{side}/l{i + 1}"
            wires[part, "voltage_v"] = f"ups.{side}.voltage_v{at}/{i}"
            wires[part, "current_a"] = f"ups.{side}.current_a{at}/{i}"
            wires[part, "active_power_w"] = f"ups.{side}.power_w{at}/{i}"
        wires[f"output/l{i + 1}", "load_ratio"] = f"ups.phase_load{at}/{i}"
        wires[f"bypass/l{i + 1}", "voltage_v"] = f"ups.input.voltage_v{at}/{i}"
    return wires


def inverter() -> Wires:
    """Return the wires of the PV inverter; its cabinet stands in the shade."""
    wires: Wires = {
        ("", "unit_state"): Levels("pv.power_w", ("standby", "on"), (IDLE_W,)),
        ("", "current_a"): "pv_meter.phase.current_a/0",
        ("", "active_power_w"): "pv.power_w",
        ("", "apparent_power_va"): "pv_meter.apparent_va",
        ("", "reactive_power_var"): "pv_meter.reactive_var",
        ("", "power_factor_ratio"): "pv_meter.power_factor",
        ("", "frequency_hz"): "pv_meter.frequency_hz",
        ("", "active_energy_j"): "pv.energy_j",
        ("dc", "voltage_v"): "pv.dc_voltage_v",
        ("dc", "active_power_w"): "pv.dc_power_w",
        ("cabinet", "component_temperature_c"): "outdoor.dry_bulb_c",
    }
    for i in range(len(PHASES)):
        wires[f"phase/l{i + 1}", "current_a"] = f"pv_meter.phase.current_a/{i}"
        wires[f"phase/l{i + 1}", "voltage_v"] = f"pv_meter.phase.voltage_v/{i}"
    return wires


def storage() -> Wires:
    """Return the wires of the battery storage: positive while it feeds the site."""
    power = "storage.power_w"
    return {
        ("", "unit_state"): State("on"),
        ("", "active_power_w"): power,
        ("", "apparent_power_va"): "storage_meter.apparent_va",
        ("", "reactive_power_var"): "storage_meter.reactive_var",
        ("", "power_factor_ratio"): "storage_meter.power_factor",
        ("", "voltage_v"): "storage_meter.phase.voltage_v/0",
        ("", "frequency_hz"): "storage_meter.frequency_hz",
        ("", "discharged_energy_j"): "storage.discharged_j",
        ("", "charged_energy_j"): "storage.charged_j",
        ("", "battery_charge_ratio"): "storage.soc_ratio",
        ("", "storage_state"): Levels(power, ("charging", "holding", "discharging"), (-IDLE_W, IDLE_W)),
        ("", "battery_voltage_v"): "storage.voltage_v",
        ("", "battery_current_a"): "storage.current_a",
    }


def generator() -> Wires:
    """Return the wires of the stand-by generator."""
    return {
        ("", "generator_state"): Levels("generator.on", ("stopped", "running")),
        ("", "mains_state"): Levels("grid.on", ("failed", "present")),
        ("", "alarms_count"): 0.0,
        ("", "fuel_level_ratio"): "generator.fuel_ratio",
        ("", "active_power_w"): "generator.power_w",
        ("", "active_energy_j"): "generator.energy_j",
        ("", "run_time_s"): "generator.run_time_s",
    }
