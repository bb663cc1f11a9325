"""Models of UPS, rack PDU and photovoltaics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.models.places.place import HOUR, Found, Wanted, difference, place
from analytics.models.plant_points import POWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.models.plant_points import PlantPoints

IRRADIANCE = "irradiance_w_m2"
SUNNY = ("plane", "horizontal", "")


def ups_loss(points: PlantPoints) -> Iterator[Found]:
    """What a UPS loses follows its load, with a square in it."""
    for device in points.devices("ups"):
        into, out = points.parts(device, POWER, "input"), points.parts(device, POWER, "output")
        loss = difference(into, out)
        if loss is not None:
            yield place("ups_loss", device, loss, (Wanted("load", out, POWER, sign=1, powers=(2,)),), running=out)


def pdu_sum(points: PlantPoints) -> Iterator[Found]:
    """The power of a rack PDU follows the sum of its outlets."""
    for device in points.devices("pdu"):
        target, outlets = points.one(device, POWER), points.parts(device, POWER, "outlet")
        if target is not None:
            yield place("pdu_sum", device, target, (Wanted("outlets", outlets, POWER, sign=1),))


def pv_power(points: PlantPoints) -> Iterator[Found]:
    """The power of an inverter follows the sun and the temperature of the modules."""
    stations = points.devices("weather")
    sun = next((c for d in stations for part in SUNNY if (c := points.one(d, IRRADIANCE, part)) is not None), None)
    module = next((c for d in stations if (c := points.one(d, "component_temperature_c", "module")) is not None), None)
    for device in points.devices("pv_inverter"):
        target = points.one(device, POWER)
        if target is None:
            continue
        wanted = (
            Wanted("irradiance", sun, IRRADIANCE, sign=1, powers=(2,)),
            Wanted("module", module, "component_temperature_c", optional=True),
            HOUR,
        )
        yield place("pv_power", device, target, wanted, running=sun)
