"""Meters of electricity, water and heat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.plant.distribution import PHASES

if TYPE_CHECKING:
    from simulators.devices.device import Wires


def iem3000(load: str) -> Wires:
    """Return the wires of a Schneider iEM3000 on a load."""
    wires: Wires = {
        ("", "active_power_w"): f"{load}.power_w",
        ("", "reactive_power_var"): f"{load}.reactive_var",
        ("", "apparent_power_va"): f"{load}.apparent_va",
        ("", "frequency_hz"): f"{load}.frequency_hz",
        ("", "active_energy_j"): f"{load}.energy_j/0",
        ("", "exported_energy_j"): f"{load}.exported_j/0",
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


def water_meter() -> Wires:
    """Return the wires of the meter of the make-up water."""
    return {
        ("", "water_volume_m3"): "water.volume_m3",
        ("", "water_flow_m3_s"): "water.makeup_m3_s",
        ("", "alarms_count"): 0.0,
    }


def heat_meter(loop: str) -> Wires:
    """Return the wires of a heat meter in a loop."""
    return {
        ("", "heat_energy_j"): f"{loop}.heat_j",
        ("", "heat_power_w"): f"{loop}.heat_w",
        ("", "water_flow_m3_s"): f"{loop}.flow_m3_s",
        ("", "supply_water_temperature_c"): f"{loop}.supply_c",
        ("", "return_water_temperature_c"): f"{loop}.return_c",
        ("", "alarms_count"): 0.0,
    }
