"""Models of chillers, pumps, towers and the whole of the cooling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.models.places.place import HOUR, Found, Wanted, difference, place
from analytics.models.plant_points import IT_ROLES, POWER
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.models.plan import Column
    from analytics.models.plant_points import PlantPoints

HEAT, SPEED = "cooling_power_w", "drive_speed_ratio"
WET, DRY = "outdoor_wet_bulb_c", "outdoor_temperature_c"
RECENT_S, LONG_S = 1800.0, 7200.0


def chiller_power(points: PlantPoints) -> Iterator[Found]:
    """Power of a chiller follows its load and the lift from chilled to condenser water (or to outdoor air)."""
    for device in points.devices("chiller"):
        target = points.one(device, POWER)
        if target is None:
            continue
        load, supply = points.one(device, HEAT), points.one(device, "supply_water_temperature_c")
        condenser = points.one(device, "condenser_supply_temperature_c") or points.one(device, DRY)
        wanted = (
            Wanted("load", load, HEAT, sign=1, powers=(2,)),
            Wanted("condenser", condenser, "condenser_supply_temperature_c", sign=1),
            Wanted("chilled_water", supply, "supply_water_temperature_c", sign=-1),
        )
        yield place("chiller_power", device, target, wanted, running=load)


def cooling_power(points: PlantPoints) -> Iterator[Found]:
    """Power of all cooling follows the IT load, the weather and the set-points, with the day's rhythm."""
    target = points.metered(Role.COOLING)
    if target is None:
        return
    past = (RECENT_S, LONG_S)
    wanted = (
        Wanted("load", points.metered(*IT_ROLES), POWER, sign=1, trailing_s=past),
        Wanted("wet_bulb", _wet_bulb(points), WET, powers=(2,), trailing_s=past),
        Wanted("dry_bulb", _dry_bulb(points), DRY, optional=True, trailing_s=past),
        Wanted("set_point", points.air_units("supply_air_setpoint_c"), "supply_air_setpoint_c", optional=True),
        Wanted("water_set_point", points.across("supply_water_setpoint_c", "chiller"), "", optional=True),
        *_modes(points),
        HOUR,
    )
    yield place("cooling_power", points.site.name, target, wanted)


def delta_t(points: PlantPoints) -> Iterator[Found]:
    """What chilled water warms up by follows the heat that it carries."""
    for meter in points.site.meters_of(Role.HEAT_REMOVED, points.day):
        back = points.one(meter.device, "return_water_temperature_c")
        target = difference(back, points.one(meter.device, "supply_water_temperature_c"))
        if target is None:
            continue
        heat = points.one(meter.device, "heat_power_w")
        wanted = (Wanted("heat", heat, "heat_power_w", powers=(2,), trailing_s=(RECENT_S,)),)
        yield place("delta_t", meter.device, target, wanted, running=heat)


def drive_power(points: PlantPoints) -> Iterator[Found]:
    """Power of a pump or fan follows its speed, with a cube in it, and how many machines it serves."""
    for device in points.devices("drive", "cdu"):
        target, speed = points.one(device, POWER), points.one(device, SPEED)
        if target is None:
            continue
        wanted = (
            Wanted("speed", speed, SPEED, sign=1, powers=(2, 3)),
            Wanted("machines", points.across("unit_state", "chiller", mean=False), "unit_state", optional=True),
        )
        yield place("drive_power", device, target, wanted, running=speed)


def drive_speed(points: PlantPoints) -> Iterator[Found]:
    """Speed of a pump or tower fan follows the heat that is moved and the weather."""
    heat = points.metered_heat()
    for device in points.devices("drive"):
        target = points.one(device, SPEED)
        if target is None:
            continue
        wanted = (
            Wanted("heat", heat, HEAT, sign=1, powers=(2,), trailing_s=(RECENT_S,)),
            Wanted("wet_bulb", _wet_bulb(points), WET, powers=(2,), trailing_s=(RECENT_S,)),
            Wanted("machines", points.across("unit_state", "chiller", mean=False), "unit_state", optional=True),
            Wanted("condenser", points.across("condenser_supply_temperature_c", "chiller"), "", optional=True),
            *_modes(points),
        )
        yield place("drive_speed", device, target, wanted, running=target)


def water_use(points: PlantPoints) -> Iterator[Found]:
    """Make-up water follows the heat that the tower rejects and the weather."""
    for meter in points.site.meters_of(Role.WATER_INPUT, points.day):
        target = points.one(meter.device, "water_flow_m3_s", meter.part)
        if target is None:
            continue
        wanted = (
            Wanted("heat", points.metered_heat(), HEAT, sign=1, trailing_s=(RECENT_S, LONG_S)),
            Wanted("wet_bulb", _wet_bulb(points), WET, trailing_s=(LONG_S,)),
            Wanted("dry_bulb", _dry_bulb(points), DRY, optional=True),
        )
        yield place("water_use", meter.device, target, wanted)


def heat_reuse(points: PlantPoints) -> Iterator[Found]:
    """Heat that is handed off follows the heat there is, the weather and the hour."""
    for meter in points.site.meters_of(Role.HEAT_REUSE, points.day):
        target = points.one(meter.device, "heat_power_w", meter.part)
        if target is None:
            continue
        wanted = (
            Wanted("heat", points.metered_heat(), HEAT, sign=1, trailing_s=(RECENT_S,)),
            Wanted("dry_bulb", _dry_bulb(points), DRY, trailing_s=(LONG_S,)),
            *_modes(points),
            HOUR,
        )
        yield place("heat_reuse", meter.device, target, wanted)


def _modes(points: PlantPoints) -> tuple[Wanted, ...]:
    """Return the ways of free cooling as guards: a plant in a mode that was never seen is another plant."""
    water = points.across("valve_position_ratio", "economiser", part="water")
    air = points.across("damper_position_ratio", "economiser", part="outdoor_air")
    return (
        Wanted("free_water", water, "valve_position_ratio", optional=True, guard=True),
        Wanted("free_air", air, "damper_position_ratio", optional=True, guard=True),
    )


def _wet_bulb(points: PlantPoints) -> Column | None:
    return points.first(WET)


def _dry_bulb(points: PlantPoints) -> Column | None:
    return points.first(DRY)
