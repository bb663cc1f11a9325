"""Where on a site each family of models applies: one function a family, one line in `FAMILIES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.models.places import air, power, water

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analytics.models.places.place import Found
    from analytics.models.plant_points import PlantPoints

FAMILIES: dict[str, Callable[[PlantPoints], Iterator[Found]]] = {
    "chiller_power": water.chiller_power,
    "cooling_power": water.cooling_power,
    "delta_t": water.delta_t,
    "drive_power": water.drive_power,
    "drive_speed": water.drive_speed,
    "water_use": water.water_use,
    "heat_reuse": water.heat_reuse,
    "fan_power": air.fan_power,
    "air_flow": air.air_flow,
    "filter_pressure": air.filter_pressure,
    "coil_valve": air.coil_valve,
    "supply_error": air.supply_error,
    "humidifier": air.humidifier,
    "rack_outlet": air.rack_outlet,
    "rack_inlet": air.rack_inlet,
    "ups_loss": power.ups_loss,
    "pdu_sum": power.pdu_sum,
    "pv_power": power.pv_power,
}
