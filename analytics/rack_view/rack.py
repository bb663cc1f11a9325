"""One rack: its contents, its air by height, its phases, and how much of it is still free."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from analytics.envelope import InletLimits, inlet_limits
from analytics.inlets import QUANTITY, inlet_keys, outlet_keys
from analytics.overview import Figure, State
from analytics.overview.power import summed
from analytics.overview.pulse import take_pulse
from analytics.rack_view.contents import POWER, Item, Plugged, devices_of, items_of, plugged_of
from analytics.rack_view.phases import PhaseLine, phases_of
from analytics.thermal_view import Zone
from analytics.thermal_view.field import zone_of
from greendc.device import Height
from greendc.model import SeriesKey
from greendc.site import Rack
from greendc.units import W_PER_KW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.overview.pulse import Pulse
    from greendc.contracts import History
    from greendc.site import Site

_ORDER = (Height.HIGH, Height.MIDDLE, Height.LOW, None)


class HeightLine(msgspec.Struct, frozen=True, kw_only=True):
    """One air sensor of the rack [degree Celsius]. ``zone`` is how air that enters stands to the limits."""

    key: SeriesKey
    height: Height | None
    behind: bool
    figure: Figure
    zone: Zone


class Spare(msgspec.Struct, frozen=True, kw_only=True):
    """What is free. ``units`` counts those that are free on both sides, ``block`` the longest run of them.

    ``power`` and ``mass`` are what is left of the ratings; ``unweighed`` counts the things without a mass.
    """

    units: int
    block: int
    power: Figure
    mass: Figure
    unweighed: int = 0


class RackView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a rack. ``beside`` are the racks before and after it in its row, empty where there is none."""

    now_ns: int
    rack: Rack
    power: Figure
    items: tuple[Item, ...]
    plugged: tuple[Plugged, ...]
    heights: tuple[HeightLine, ...]
    phases: tuple[PhaseLine, ...]
    spare: Spare
    limits: InletLimits
    beside: tuple[str, str]

    def names(self) -> tuple[str, ...]:
        """Return the rack and every device and thing in it."""
        return self.rack.name, *(item.mounted.name for item in self.items), *(one.name for one in self.plugged)


def rack_of(history: History, site: Site, now_ns: int, name: str) -> RackView:
    """Return one rack as it stands now.

    Raises:
        KeyError: the site has no rack of this name.
        StoreAway, StoreRefused: the store cannot be read.
    """
    rack = next((rack for rack in site.racks if rack.name == name), None)
    if rack is None:
        raise KeyError(name)
    keys = [key for device in devices_of(site, rack) for key in history.series(site.name, device=device)]
    pulse = take_pulse(history, site, now_ns, keys)
    limits = inlet_limits(site.info.altitude_m, site.info.equipment_class)
    items, plugged = items_of(pulse, site, rack), plugged_of(pulse, site, rack)
    power = _power(pulse, site, plugged)
    return RackView(
        now_ns=now_ns,
        rack=rack,
        power=power,
        items=tuple(items),
        plugged=tuple(plugged),
        heights=tuple(_heights(pulse, site, rack, limits)),
        phases=tuple(phases_of(pulse, site, rack)),
        spare=_spare(rack, items, power),
        limits=limits,
        beside=_beside(site.racks, rack),
    )


def _power(pulse: Pulse, site: Site, plugged: Iterable[Plugged]) -> Figure:
    """Return what the rack draws: the sum of its PDUs, unknown when one of them is."""
    pdus = [one.name for one in plugged if one.kind == "pdu"]
    if not pdus:
        return Figure(unit="W", reason="not_measured")
    return summed([pulse.figure(SeriesKey(site.name, name, "", POWER), "W") for name in pdus])


def _heights(pulse: Pulse, site: Site, rack: Rack, limits: InletLimits) -> list[HeightLine]:
    devices = {device.name: device for device in site.devices}
    keys = [key for key in pulse.latest if key.quantity == QUANTITY]
    sides = [
        (key, behind)
        for behind, of in ((False, inlet_keys), (True, outlet_keys))
        for key in of(site, keys).get(rack.name, [])
    ]
    lines = []
    for key, behind in sides:
        figure = pulse.figure(key, "Cel")
        zone = Zone.UNKNOWN
        if figure.value is not None:
            zone = Zone.PLAIN if behind else zone_of(figure.value, limits)
        height = devices[key.device].heights.get(key.part)
        lines.append(HeightLine(key=key, height=height, behind=behind, figure=figure, zone=zone))
    return sorted(lines, key=lambda line: (line.behind, _ORDER.index(line.height), line.key))


def _spare(rack: Rack, items: list[Item], power: Figure) -> Spare:
    taken = {unit for item in items for unit in range(item.mounted.unit, item.mounted.top + 1)}
    free = [unit not in taken for unit in range(1, rack.units + 1)]
    return Spare(
        units=sum(free),
        block=max((len(list(run)) for is_free, run in groupby(free) if is_free), default=0),
        power=_power_left(rack, power),
        mass=_mass_left(rack, items),
        unweighed=sum(item.mounted.mass_kg is None for item in items),
    )


def _power_left(rack: Rack, power: Figure) -> Figure:
    if rack.nominal_kw is None:
        return Figure(unit="W", reason="no_rating")
    if power.value is None:
        return power
    return msgspec.structs.replace(power, value=rack.nominal_kw * W_PER_KW - power.value)


def _mass_left(rack: Rack, items: list[Item]) -> Figure:
    masses = [item.mounted.mass_kg for item in items]
    if rack.nominal_kg is None:
        return Figure(unit="kg", reason="no_rating")
    if None in masses:
        return Figure(unit="kg", reason="not_weighed")
    left_kg = rack.nominal_kg - sum(mass for mass in masses if mass is not None)
    return Figure(value=left_kg, unit="kg", state=State.FRESH)


def _beside(racks: list[Rack], rack: Rack) -> tuple[str, str]:
    row = sorted((one for one in racks if (one.room, one.row) == (rack.room, rack.row)), key=lambda one: one.position)
    at = row.index(rack)
    return row[at - 1].name if at else "", row[at + 1].name if at + 1 < len(row) else ""
