"""One layer of the air field at one instant: a cell for each rack, judged by the limits of the site's altitude."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from analytics.envelope import InletLimits
from analytics.overview import State
from analytics.thermal_view.day import HOUR_STEPS, STEP_NS, Sensor, ThermalDay
from analytics.thermal_view.plan import RoomPlan, lanes_of
from greendc.device import Height

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greendc.site import Rack, Site


class Layer(StrEnum):
    """What is shown of a rack: air before it, behind it, the rise between [K], or the change of the first [K/h]."""

    INLET = "inlet"
    OUTLET = "outlet"
    RISE = "rise"
    TREND = "trend"


class Level(StrEnum):
    """At which height: the hottest of all, or one of three."""

    HOTTEST = "hottest"
    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Zone(StrEnum):
    """How a value stands to the limits. Only air that enters a rack, and how fast it changes, has limits."""

    COLD = "cold"
    INSIDE = "inside"
    WARM = "warm"
    HOT = "hot"
    PLAIN = "plain"
    UNKNOWN = "unknown"


ORDER = (Zone.HOT, Zone.WARM, Zone.COLD, Zone.INSIDE, Zone.PLAIN, Zone.UNKNOWN)
"""The worst first."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One rack. ``value`` is in degrees Celsius, K or K/h by the layer; ``sensors`` are those that tell it.

    ``reason`` is a code of `overview.reason.*` where nothing is known; ``time_ns`` is when the value was read.
    """

    rack: str
    room: str
    row: str
    position: int
    value: float | None
    zone: Zone
    state: State
    time_ns: int = 0
    reason: str = ""
    sensors: int = 0


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A layer at ``at_ns``. ``unplaced`` are racks without a place on the floor.

    ``loose`` are sensors at no rack, ``heightless`` those at a rack whose height the site file does not say.
    ``sensors`` counts those that the layer looks at, ``known`` those of them with a value.
    """

    at_ns: int
    live: bool
    layer: Layer
    level: Level
    rooms: tuple[RoomPlan, ...]
    cells: dict[str, Cell]
    unplaced: tuple[str, ...]
    loose: tuple[Sensor, ...]
    heightless: tuple[Sensor, ...]
    sensors: int
    known: int
    limits: InletLimits
    change_k_per_h: float

    @property
    def worst(self) -> list[Cell]:
        """Return the racks, those that need a look first."""
        known = [cell for cell in self.cells.values() if cell.value is not None]
        return sorted(known, key=lambda cell: (ORDER.index(cell.zone), -abs(cell.value or 0.0), cell.rack))

    def count(self, zone: Zone) -> int:
        """Return how many racks stand in a zone."""
        return sum(cell.zone is zone for cell in self.cells.values())


def field_of(day: ThermalDay, site: Site, layer: Layer, level: Level, at_ns: int | None = None) -> Field:
    """Return a layer of a day at the end of one of its steps, or now.

    Raises:
        ValueError: ``at_ns`` is not one of the day's moments.
    """
    step = None
    if at_ns is not None:
        step = (at_ns - STEP_NS - int(day.steps_ns[0])) // STEP_NS
        if at_ns not in day.moments():
            raise ValueError(at_ns)
    at_racks: dict[str, list[Sensor]] = {}
    for sensor in day.sensors:
        at_racks.setdefault(sensor.rack, []).append(sensor)
    rooms, loose = lanes_of(site.racks)
    read = _reader(day, layer, step)
    used = {rack.name: _used(at_racks.get(rack.name, []), layer, level) for rack in site.racks}
    cells = {rack.name: _cell(day, rack, used[rack.name], layer, read) for rack in site.racks}
    watched = [sensor for sensors in used.values() for sensor in sensors]
    return Field(
        at_ns=day.now_ns if at_ns is None else at_ns,
        live=at_ns is None,
        layer=layer,
        level=level,
        rooms=tuple(rooms),
        cells=cells,
        unplaced=tuple(rack.name for rack in loose),
        loose=tuple(at_racks.get("", [])),
        heightless=tuple(s for s in day.sensors if s.rack and not s.behind and s.height is None),
        sensors=len(watched),
        known=sum(read(sensor)[0] is not None for sensor in watched),
        limits=day.limits,
        change_k_per_h=day.change_k_per_h,
    )


_Read = tuple[float | None, State, int]
"""A value, how far it can be trusted, and when it was read."""


def _reader(day: ThermalDay, layer: Layer, step: int | None) -> Callable[[Sensor], _Read]:
    if layer is Layer.TREND:
        # A single reading wobbles: the change is that between means of a quarter of an hour.
        return lambda sensor: _change(day, sensor, len(day.steps_ns) - 1 if step is None else step)
    if step is None:
        return lambda sensor: (sensor.now.value, sensor.now.state, sensor.now.time_ns)
    return lambda sensor: _at(day, sensor, step)


def _at(day: ThermalDay, sensor: Sensor, step: int) -> _Read:
    value = float(sensor.steps[step])
    if math.isnan(value):
        return None, State.MISSING, 0
    return value, State.FRESH, int(day.steps_ns[step]) + STEP_NS


def _change(day: ThermalDay, sensor: Sensor, step: int) -> _Read:
    change = float(sensor.steps[step] - sensor.steps[step - HOUR_STEPS])
    if math.isnan(change):
        return None, State.MISSING, 0
    return change, State.FRESH, int(day.steps_ns[step]) + STEP_NS


def _used(sensors: Sequence[Sensor], layer: Layer, level: Level) -> list[Sensor]:
    """Return the sensors of a rack that a layer looks at; behind racks there are no heights to choose from."""
    height = None if level is Level.HOTTEST else Height(level.value)
    before = [one for one in sensors if not one.behind and (height is None or one.height is height)]
    behind = [one for one in sensors if one.behind]
    return {Layer.OUTLET: behind, Layer.RISE: [*before, *behind]}.get(layer, before)


def _cell(
    day: ThermalDay, rack: Rack, sensors: Sequence[Sensor], layer: Layer, read: Callable[[Sensor], _Read]
) -> Cell:
    known = [
        (sensor, value, state, at) for sensor in sensors for value, state, at in [read(sensor)] if value is not None
    ]
    # What still speaks is believed before what has fallen silent.
    fresh = [entry for entry in known if entry[2] is not State.STALE] or known
    value = None
    if layer is Layer.RISE:
        value = _rise([(one.behind, celsius) for one, celsius, _, _ in fresh])
    elif fresh:
        value = max((celsius for _, celsius, _, _ in fresh), key=abs if layer is Layer.TREND else None)
    states = {state for _, _, state, _ in fresh}
    state = State.FRESH
    if value is None:
        state = State.MISSING
    elif State.STALE in states:
        state = State.STALE
    elif State.ESTIMATED in states:
        state = State.ESTIMATED
    return Cell(
        rack=rack.name,
        room=rack.room,
        row=rack.row,
        position=rack.position,
        value=value,
        zone=_zone(day, layer, value),
        state=state,
        time_ns=max((at for _, _, _, at in fresh), default=0),
        reason="" if value is not None else "no_value" if sensors else "no_sensor",
        sensors=len(fresh),
    )


def _rise(known: Sequence[tuple[bool, float]]) -> float | None:
    sides = [[celsius for behind, celsius in known if behind is side] for side in (False, True)]
    if not all(sides):
        return None
    before, after = (sum(side) / len(side) for side in sides)
    return after - before


def _zone(day: ThermalDay, layer: Layer, value: float | None) -> Zone:
    if value is None:
        return Zone.UNKNOWN
    if layer is Layer.TREND:
        return Zone.WARM if abs(value) > day.change_k_per_h else Zone.PLAIN
    return zone_of(value, day.limits) if layer is Layer.INLET else Zone.PLAIN


def zone_of(celsius: float, limits: InletLimits) -> Zone:
    """Return how the air that enters a rack [degree Celsius] stands to the limits."""
    if celsius > limits.allowable_high_c:
        return Zone.HOT
    if celsius > limits.recommended_high_c:
        return Zone.WARM
    return Zone.COLD if celsius < limits.recommended_low_c else Zone.INSIDE
