"""A scenario that has begun: its events at absolute times, as what plants, devices and networks ask for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from simulators.scenarios.event import Event, PlantEvent
from simulators.scenarios.kind import EventClass
from simulators.scenarios.sensor_fault import SensorFault
from simulators.scenarios.targets import register_width
from simulators.scenarios.troubles import NetworkTroubles

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray
    from simulators.devices.device import Device, WiredPoint

    Signals = Callable[[str, FloatArray], FloatArray]
    """Gives a plant's signal by name at times [s since 1970]."""


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """The events of a scenario in the order of their file. ``seed`` is where chance comes from."""

    name: str
    events: tuple[Event, ...] = ()
    seed: int = 1
    title_zh: str = ""
    title_en: str = ""

    def title(self, lang: str) -> str:
        """Return the title in a language, the name when there is none."""
        return (self.title_zh if lang == "zh" else self.title_en) or self.name

    def plant_events(self) -> list[PlantEvent]:
        """Return what moves the levers of any plant."""
        return [PlantEvent(event, event.place) for event in self.events if event.place is not None]

    def disturbances(self, plant: str) -> list[PlantEvent]:
        """Return what moves the levers of a plant, in the order of the file."""
        return [event for event in self.plant_events() if event.place.plant == plant]

    def sensor_faults(self, device: Device, signals: Signals | None = None) -> list[SensorFault]:
        """Return what is wrong with the points of a device, one object for each point that an event meets.

        ``signals`` is needed where two sensors are swapped.
        """
        events = [e for e in self.events if e.kind.event_class is EventClass.SENSOR and device.name in e.names]
        found: list[SensorFault] = []
        for event in events:
            for wired in device.points:
                if event.kind.wraps and not register_width(wired.point):
                    continue
                if met_by(event, wired.part, wired.point.quantity):
                    other = _other(event, wired, device, signals)
                    found.append(self._fault(event, wired, other))
        return found

    def troubles(self) -> NetworkTroubles:
        """Return the network troubles."""
        events = [event for event in self.events if event.kind.event_class is EventClass.NETWORK]
        return NetworkTroubles(events, self.seed)

    def _fault(self, event: Event, wired: WiredPoint, other: Callable[[FloatArray], FloatArray] | None) -> SensorFault:
        point = wired.point
        return SensorFault(event, wired.part, point.quantity, seed=self.seed, width=register_width(point), other=other)


def met_by(event: Event, part: str, name: str) -> bool:
    """Tell whether a sensor fault meets a point."""
    fits = event.kind.fits
    if fits is None or not fits(name) or event.quantity not in {"", name}:
        return False
    if event.part is None or event.part == part or (event.kind.pair and event.other_part == part):
        return True
    # What is wrong with one phase is also wrong in the meter's total.
    return event.kind_name == "ct_reversed" and event.part.startswith("phase/") and not part


def _other(
    event: Event, wired: WiredPoint, device: Device, signals: Signals | None
) -> Callable[[FloatArray], FloatArray] | None:
    """Return what gives by how much the point that is swapped with this one is higher."""
    if not event.kind.pair or signals is None:
        return None
    wanted = event.other_part if wired.part == event.part else event.part
    twin = next((p for p in device.points if p.part == wanted and p.point.quantity == wired.point.quantity), None)
    if twin is None or not isinstance(twin.wire, str) or not isinstance(wired.wire, str):
        return None
    return partial(_difference, signals, twin.wire, wired.wire)


def _difference(signals: Signals, other: str, own: str, times_s: FloatArray) -> FloatArray:
    return signals(other, times_s) - signals(own, times_s)
