"""From when on a sensor fault shows in what its device says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from greendc.quantities import Kind as Behaviour
from greendc.quantities import quantity
from simulators.scenarios.visibility import sight

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.devices.device import Device, WiredPoint
    from simulators.plant.record import Record
    from simulators.scenarios.event import Event
    from simulators.scenarios.sensor_fault import SensorFault
    from simulators.scenarios.timeline import Timeline


class SensorWatch:
    """When a sensor fault first shows in a series of its device."""

    def __init__(self, event: Event, plant: str, device: Device, timeline: Timeline) -> None:
        self.event = event
        self.plant = plant
        self.first_s = math.inf
        self.series = ""
        self._device = device
        self._record: Record | None = None
        faults = [fault for fault in timeline.sensor_faults(device, self._signal) if fault.event == event]
        self._points = [(wired, fault) for wired in device.points for fault in faults if _is_at(fault, wired)]
        self._before: dict[int, tuple[float, float]] = {}

    def look(self, record: Record) -> None:
        """Compare what the sensor shows with what it measures."""
        span = self.event.span
        if self.series or not len(record) or record.times_s[-1] < span.onset_s or record.times_s[0] >= span.end_s:
            return
        self._record = record
        for number, (wired, fault) in enumerate(self._points):
            self._look_at(record, wired, fault, number)
        self._record = None

    def _look_at(self, record: Record, wired: WiredPoint, fault: SensorFault, number: int) -> None:
        times_s = record.times_s
        usual = record.signal(wired.signal) if wired.signal else np.full(len(times_s), wired.fixed)
        shown = fault.values(usual, times_s)
        resolved = sight(self._device, wired)
        active = self.event.span.active(times_s)
        if quantity(wired.point.quantity).kind is Behaviour.COUNTER:
            # A register says how much it grew; by how much it is off in all is known to nobody.
            held = np.mod(shown, fault.width) if fault.width else shown
            before = self._before.get(number, (float(usual[0]), float(held[0])))
            self._before[number] = (float(usual[-1]), float(held[-1]))
            usual, shown = np.diff(usual, prepend=before[0]), np.diff(held, prepend=before[1])
        rows = np.flatnonzero(resolved.shows(shown, usual) & active)
        if len(rows) and times_s[rows[0]] < self.first_s:
            self.first_s, self.series = float(times_s[rows[0]]), resolved.series

    def _signal(self, name: str, times_s: FloatArray) -> FloatArray:
        if self._record is None:
            return np.full(len(times_s), np.nan)
        return np.interp(times_s, self._record.times_s, self._record.signal(name))


def _is_at(fault: SensorFault, wired: WiredPoint) -> bool:
    return fault.touches(wired.part, wired.point.quantity) and not wired.is_state
