"""From true values to registers and back to what a collector stores: all points of a device at once, or one over time.

Both ways give the same numbers, so that a past that is written column by column is the past that would have been read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.quantities import quantity
from simulators.devices.registers import Reader, Registers
from simulators.devices.sensors import Sensors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.physics.kinds import FloatArray
    from simulators.devices.device import WiredPoint
    from simulators.devices.registers import Qualities
    from simulators.devices.sensors import Counts, SensorErrors, SensorFault


class Instrument:
    """One point of a device: its sensor, its register, and how a collector reads it."""

    def __init__(self, wired: WiredPoint, errors: SensorErrors, sensors: Sensors, registers: Registers) -> None:
        """Take the point's own sensor and register."""
        self._wired = wired
        self._errors = errors
        self._sensors = sensors
        self._registers = registers
        self._reader = Reader.of(wired.point)
        # Where several codes stand for a state, the first.
        self._codes = {name: float(code) for code, name in reversed(wired.point.states.items())}
        known = quantity(wired.point.quantity).states
        self._states = {float(code): float(known[name]) for code, name in wired.point.states.items()}

    def raw(self, true: FloatArray, times_s: FloatArray, faults: Sequence[SensorFault]) -> FloatArray:
        """Return what stands in the register for true values at rising times [s since 1970]."""
        updates = self._errors.updates(times_s)
        true = _held(true, updates)
        if self._wired.is_state:
            return self._wired.codes(true, self._codes)
        measured = self._sensors.measured(true, updates)
        return self._registers.raw(self.bent(measured, times_s, faults))

    def bent(self, measured: FloatArray, times_s: FloatArray, faults: Sequence[SensorFault]) -> FloatArray:
        """Return what a faulty device takes for measured."""
        for fault in faults:
            if fault.touches(self._wired.part, self._wired.point.quantity):
                measured = fault.values(measured, times_s)
        return measured

    def read_back(self, raw: FloatArray) -> tuple[FloatArray, Qualities]:
        """Return what a collector stores for raw values: the values, NaN where there is none, and their qualities."""
        if not self._wired.is_state:
            return self._reader.stored(raw)
        values = np.array([self._states[code] for code in raw.tolist()])
        return values, np.zeros(len(raw), dtype=np.uint8)

    def believed(self, raw: float) -> tuple[float | None, str]:
        """Return what a collector stores for one raw value, or why it stores none."""
        if self._wired.is_state:
            return self._states[raw], ""
        reason = self._reader.reason(raw)
        return (None, reason) if reason else (raw * self._reader.step + self._reader.zero, "")


class Instruments:
    """All points of a device."""

    def __init__(self, points: Sequence[WiredPoint], errors: SensorErrors) -> None:
        """Prepare the sensors and registers of some points."""
        self._points = points
        self._errors = errors
        plain = [wired.point for wired in points]
        self._sensors = Sensors.of(errors, plain, [f"{wired.part} {wired.point.quantity}" for wired in points])
        self._registers = Registers.of(plain)
        self._single: dict[int, Instrument] = {}
        self._states = [row for row, wired in enumerate(points) if wired.is_state]

    def one(self, row: int) -> Instrument:
        """Return the instrument of one point."""
        if row not in self._single:
            sensors, registers = self._sensors.one(row), self._registers.one(row)
            self._single[row] = Instrument(self._points[row], self._errors, sensors, registers)
        return self._single[row]

    def at_once(self, true: FloatArray, time_s: FloatArray, faults: Sequence[SensorFault]) -> FloatArray:
        """Return the raw values of all points for their true values at one time [1, s since 1970]."""
        measured = self._sensors.measured(true, self._errors.updates(time_s))
        if faults:
            for row in range(len(true)):
                measured[row : row + 1] = self.one(row).bent(measured[row : row + 1], time_s, faults)
        raw = self._registers.raw(measured)
        for row in self._states:
            raw[row : row + 1] = self.one(row).raw(true[row : row + 1], time_s, ())
        return raw


def _held(true: FloatArray, updates: Counts) -> FloatArray:
    """Return the values with all those of one update made the first of them."""
    fresh = np.diff(updates) != 0
    if fresh.all():
        return true
    first = np.concatenate(([0], np.where(fresh, np.arange(1, len(true)), 0)))
    return true[np.maximum.accumulate(first)]
