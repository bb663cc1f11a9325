"""What stands in a rack, as the site file says, each with what it draws and when it was last heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.overview import Figure, State
from analytics.overview.power import summed
from greendc.model import SeriesKey
from greendc.mounted import Mounted
from greendc.profiles import profile

if TYPE_CHECKING:
    from analytics.overview.pulse import Pulse
    from greendc.device import DeviceEntry
    from greendc.site import Rack, Site

POWER = "active_power_w"


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A thing with a place in the rack. ``device`` tells whether it is read itself; ``heard`` is the state of that.

    ``heard`` is None for what is not read; ``heard_ns`` is the time of its newest reading.
    """

    mounted: Mounted
    device: bool
    power: Figure
    heard: State | None = None
    heard_ns: int = 0


class Plugged(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the rack that takes no units: a rack PDU, a sensor. ``kind`` is that of its profile."""

    name: str
    title: str
    kind: str
    power: Figure
    heard: State
    heard_ns: int


def items_of(pulse: Pulse, site: Site, rack: Rack) -> list[Item]:
    """Return what stands in a rack, from top to bottom."""
    devices = {device.name for device in site.devices}
    inside = [one for one in site.mounted if one.rack == rack.name]
    return [_item(pulse, site, one, device=one.name in devices) for one in sorted(inside, key=lambda one: -one.unit)]


def plugged_of(pulse: Pulse, site: Site, rack: Rack) -> list[Plugged]:
    """Return the devices of a rack that take no units."""
    mounted = {one.name for one in site.mounted}
    return [
        _plugged(pulse, site, device)
        for device in site.devices
        if device.rack == rack.name and device.name not in mounted
    ]


def devices_of(site: Site, rack: Rack) -> list[str]:
    """Return the devices that are in a rack, or that measure what is in it."""
    names = [device.name for device in site.devices if device.rack == rack.name]
    inside = [one for one in site.mounted if one.rack == rack.name]
    names += [one.name for one in inside]
    names += [meter.partition("/")[0] for one in inside for meter in one.power]
    return list(dict.fromkeys(names))


def _item(pulse: Pulse, site: Site, one: Mounted, *, device: bool) -> Item:
    keys = [_meter(site, text) for text in one.power] or [SeriesKey(site.name, one.name, "", POWER)] * device
    if not one.power and not any(key in pulse.latest for key in keys):
        power = Figure(unit="W", reason="not_measured")
    else:
        power = summed([pulse.figure(key, "W") for key in keys])
    heard, heard_ns = _heard(pulse, one.name)
    return Item(mounted=one, device=device, power=power, heard=heard if device else None, heard_ns=heard_ns)


def _plugged(pulse: Pulse, site: Site, device: DeviceEntry) -> Plugged:
    known = profile(device.profile)
    key = SeriesKey(site.name, device.name, "", POWER)
    power = pulse.figure(key, "W") if key in pulse.latest else Figure(unit="W", reason="not_measured")
    heard, heard_ns = _heard(pulse, device.name)
    return Plugged(name=device.name, title=known.title, kind=known.kind, power=power, heard=heard, heard_ns=heard_ns)


def _meter(site: Site, text: str) -> SeriesKey:
    device, _, part = text.partition("/")
    return SeriesKey(site.name, device, part, POWER)


def _heard(pulse: Pulse, name: str) -> tuple[State, int]:
    said = [reading for key, reading in pulse.latest.items() if key.device == name]
    if not said:
        return State.MISSING, 0
    fresh = any(reading.value is not None and pulse.is_fresh(reading) for reading in said)
    return State.FRESH if fresh else State.STALE, max(reading.time_ns for reading in said)
