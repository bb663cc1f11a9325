"""Models of air handlers and of racks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.models.places.place import Found, Wanted, difference, place
from analytics.models.plant_points import AIR_UNITS, POWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.models.plant_points import PlantPoints

SPEED, FLOW, HEAT = "fan_speed_ratio", "air_flow_m3_s", "cooling_power_w"
SUPPLY, RETURN, SET = "supply_air_temperature_c", "return_air_temperature_c", "supply_air_setpoint_c"
WATER, VALVE, INLET = "supply_water_temperature_c", "valve_position_ratio", "air_temperature_c"
RECENT_S = 1800.0


def fan_power(points: PlantPoints) -> Iterator[Found]:
    """Power of an air handler's fan follows its speed, with a cube in it; a humidifier's power is taken off."""
    for device in points.devices(*AIR_UNITS):
        power, speed = points.one(device, POWER), points.one(device, SPEED)
        if power is None:
            continue
        target = difference(power, points.one(device, POWER, "humidifier")) or power
        wanted = (Wanted("speed", speed, SPEED, sign=1, powers=(2, 3)),)
        yield place("fan_power", device, target, wanted, running=speed)


def air_flow(points: PlantPoints) -> Iterator[Found]:
    """Air flow follows the speed of the fan."""
    for device in points.devices(*AIR_UNITS):
        target, speed = points.one(device, FLOW), points.one(device, SPEED)
        if target is not None:
            yield place("air_flow", device, target, (Wanted("speed", speed, SPEED, sign=1),), running=speed)


def filter_pressure(points: PlantPoints) -> Iterator[Found]:
    """The pressure drop of a filter follows the square of the air flow."""
    for device in points.devices(*AIR_UNITS):
        target = points.one(device, "pressure_pa", "filter")
        flow = points.one(device, FLOW) or points.one(device, SPEED)
        if target is not None:
            wanted = (Wanted("air_flow", flow, FLOW, sign=1, powers=(2,)),)
            yield place("filter_pressure", device, target, wanted, running=flow)


def coil_valve(points: PlantPoints) -> Iterator[Found]:
    """The valve of a coil follows what the coil has to do: heat, air flow, and air and water temperature."""
    for device in points.devices(*AIR_UNITS):
        target = points.one(device, VALVE)
        if target is None:
            continue
        heat = points.one(device, HEAT)
        wanted = (
            Wanted("heat", heat, HEAT, sign=1, powers=(2,)),
            Wanted("return_air", points.one(device, RETURN), RETURN, sign=-1),
            Wanted("chilled_water", points.one(device, WATER), WATER, sign=1),
            Wanted("air_flow", points.one(device, FLOW) or points.one(device, SPEED), FLOW),
        )
        yield place("coil_valve", device, target, wanted, running=heat)


def supply_error(points: PlantPoints) -> Iterator[Found]:
    """Supply air follows its set-point."""
    for device in points.devices(*AIR_UNITS):
        target, wanted = points.one(device, SUPPLY), points.one(device, SET)
        if target is not None:
            yield place("supply_error", device, target, (Wanted("set_point", wanted, SET, sign=1),))


def humidifier(points: PlantPoints) -> Iterator[Found]:
    """The power of a humidifier follows how dry the air is."""
    for device in points.devices(*AIR_UNITS):
        target = points.one(device, POWER, "humidifier")
        humidity = points.one(device, "relative_humidity_ratio", "return")
        if target is not None:
            wanted = (Wanted("humidity", humidity, "relative_humidity_ratio", sign=-1, trailing_s=(RECENT_S,)),)
            yield place("humidifier", device, target, wanted)


def rack_outlet(points: PlantPoints) -> Iterator[Found]:
    """Air behind a rack follows the air before it and the rack's power."""
    for rack in points.racks:
        target = points.outlet(rack)
        if target is None:
            continue
        wanted = (
            Wanted("inlet", points.inlet(rack), INLET, sign=1, trailing_s=(RECENT_S,)),
            Wanted("load", points.rack_power(rack), POWER, sign=1, trailing_s=(RECENT_S,)),
        )
        yield place("rack_outlet", rack, target, wanted)


def rack_inlet(points: PlantPoints) -> Iterator[Found]:
    """Air before a rack follows the supply air of the room and the rack's power."""
    for rack in points.racks:
        target = points.inlet(rack)
        if target is None:
            continue
        wanted = (
            Wanted("supply_air", points.air_units(SUPPLY), SUPPLY, sign=1, trailing_s=(RECENT_S,)),
            Wanted("load", points.rack_power(rack), POWER, trailing_s=(RECENT_S,)),
        )
        yield place("rack_inlet", rack, target, wanted)
