"""One device: its profile, and everything that it measures with quality, age and the unit that it speaks in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from analytics.overview import Figure
from analytics.overview.pulse import take_pulse
from greendc.device import DeviceEntry
from greendc.model import Quality, SeriesKey
from greendc.profiles import Point, Profile, profile
from greendc.quantities import Kind, quantities
from greendc.units import from_stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import History
    from greendc.model import Reading
    from greendc.site import Site

_PLACE = re.compile(r"\\\{\w+\\\}")
FIRST = ("active_power_w", "air_temperature_c", "supply_air_temperature_c", "water_temperature_c")
"""What is drawn of a device where nobody has chosen, the first that it has."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How a device writes a value: its ``unit`` (UCUM), what one raw step is worth, and the raw value behind it.

    ``varies`` says that the device decides what a step is worth; ``raw`` is then None.
    """

    unit: str
    step: float
    varies: bool
    raw: float | None


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """The newest reading of one series. ``unit`` is the stored one; ``stored`` None where there is no value.

    ``reason`` is a code of `collectors.reason.*`, empty for a good reading. ``scale`` is None where the profile tells
    none, or more than one.
    """

    key: SeriesKey
    kind: Kind
    figure: Figure
    unit: str
    quality: Quality
    reason: str
    scale: Scale | None
    slow: bool = False

    @property
    def stored(self) -> float | None:
        """Return the value in the stored unit."""
        return self.figure.value


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a device; ``entry`` and ``profile`` are None for one that an edge node alone knows."""

    now_ns: int
    name: str
    entry: DeviceEntry | None
    profile: Profile | None
    measurements: tuple[Measurement, ...]

    @property
    def first(self) -> SeriesKey | None:
        """Return the series to draw where nobody has chosen one."""
        keys = [one.key for one in self.measurements]
        wanted = (key for quantity in FIRST for key in keys if key.quantity == quantity)
        gauges = (one.key for one in self.measurements if one.kind is Kind.GAUGE)
        return next(wanted, None) or next(gauges, None) or next(iter(keys), None)


def devices_of(site: Site) -> list[str]:
    """Return every device that can be looked at: those of the centre, edge nodes, and the devices of these."""
    return list(site.owners())


def device_of(history: History, site: Site, now_ns: int, name: str) -> DeviceView:
    """Return what a device says now.

    Raises:
        KeyError: the site has no device of this name.
        StoreAway, StoreRefused: the store cannot be read.
    """
    if name not in site.owners():
        raise KeyError(name)
    entry = next((device for device in site.devices if device.name == name), None)
    known = profile(entry.profile) if entry else None
    pulse = take_pulse(history, site, now_ns, history.series(site.name, device=name))
    points = [] if known is None else [(_pattern(point), point) for point in known.points]
    measurements = [
        _measurement(key, reading, pulse.figure(key, quantities()[key.quantity].unit), points)
        for key, reading in sorted(pulse.latest.items())
        if key.quantity in quantities()
    ]
    # The device as a whole goes before its parts, and what changes before what stands still.
    measurements.sort(key=lambda one: (one.key.part != "", _natural(one.key.part), one.slow, one.key.quantity))
    return DeviceView(now_ns=now_ns, name=name, entry=entry, profile=known, measurements=tuple(measurements))


def _measurement(
    key: SeriesKey, reading: Reading, figure: Figure, points: Sequence[tuple[re.Pattern[str], Point]]
) -> Measurement:
    own = [point for pattern, point in points if point.quantity == key.quantity and pattern.fullmatch(key.part)]
    known = quantities()[key.quantity]
    return Measurement(
        key=key,
        kind=known.kind,
        figure=figure,
        unit=known.unit,
        quality=reading.quality,
        reason=reading.reason,
        scale=_scale(own[0], reading.value) if len({(p.unit, p.scale, p.offset) for p in own}) == 1 else None,
        slow=any(point.tier == "slow" for point in own),
    )


def _scale(point: Point, value: float | None) -> Scale | None:
    if point.states:
        return None
    raw = None
    if value is not None and not point.varies and not point.terms:
        raw = (from_stored(value, point.unit) - point.offset) / point.scale
    return Scale(unit=point.unit, step=point.scale, varies=point.varies, raw=raw)


def _pattern(point: Point) -> re.Pattern[str]:
    """Return what the parts of a point look like: a table's rows put their index or label into it."""
    return re.compile(_PLACE.sub(".+", re.escape(point.part)))


def _natural(part: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts ``outlet/10`` behind ``outlet/9``."""
    return tuple((int(piece), "") if piece.isdecimal() else (-1, piece) for piece in re.split(r"(\d+)", part))
