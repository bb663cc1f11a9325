"""The weather station."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.devices.device import Wires


def weather_station() -> Wires:
    """Return the wires of a weather station beside the PV modules."""
    return {
        ("", "outdoor_temperature_c"): "outdoor.dry_bulb_c",
        ("outdoor", "relative_humidity_ratio"): "outdoor.humidity",
        ("", "atmospheric_pressure_pa"): "outdoor.pressure_pa",
        ("", "wind_speed_m_s"): "outdoor.wind_m_s",
        ("horizontal", "irradiance_w_m2"): "outdoor.irradiance_w_m2",
        ("module", "component_temperature_c"): "pv.module_c",
    }
