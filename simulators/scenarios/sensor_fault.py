"""A sensor fault at one point of a device: other readings than those that were measured, as a function of time."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from simulators.plant.noise import Draws
from simulators.scenarios.kind import Stretch

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray
    from simulators.scenarios.event import Event

_STREAM = 7000
_PER_SECOND = 1000


class SensorFault:
    """What one event makes of one point.

    Values are in the stored unit, after the sensor's own errors and before its register: a value too large for the
    register wraps or stops there. A fault that holds on to the value at its onset takes it from the first readings that
    reach the onset; `anchor` says it where readings do not come in order.
    """

    def __init__(
        self,
        event: Event,
        part: str,
        quantity: str,
        *,
        seed: int,
        width: float,
        other: Callable[[FloatArray], FloatArray] | None = None,
    ) -> None:
        """Prepare a point.

        ``width`` is where its register starts again, ``other`` gives by how much a swapped point is higher.
        """
        self.event = event
        self.part = part
        self.quantity = quantity
        self.width = width
        self.other = other
        name = f"{event.number} {event.target} {part} {quantity}"
        self._draws = Draws(seed, _STREAM + zlib.crc32(name.encode()), 2)
        self._anchors: dict[int, float] = {}

    def touches(self, part: str, quantity: str) -> bool:
        """Tell whether this is the point."""
        return (part, quantity) == (self.part, self.quantity)

    def anchor(self, value: float, round_number: int = 0) -> None:
        """Say what the point measured when the fault began, or began again for the nth time."""
        self._anchors[round_number] = value

    def values(self, measured: FloatArray, times_s: FloatArray) -> FloatArray:
        """Return what the point shows at times [s since 1970]; NaN where it shows nothing."""
        span, bend = self.event.span, self.event.kind.bend
        active = span.active(times_s)
        if bend is None or not active.any():
            return measured
        shown = np.array(measured, dtype=np.float64)
        rounds = span.round_of(times_s)
        for number in np.unique(rounds[active]).tolist():
            if number not in self._anchors:
                self._anchors[number] = self._value_at(span.begin_of(number), measured, times_s)
            rows = np.flatnonzero(active & (rounds == number))
            shown[rows] = bend(self._stretch(measured[rows], times_s[rows], number), self.event.severity)
        return shown

    def _value_at(self, begin_s: float, measured: FloatArray, times_s: FloatArray) -> float:
        """Return what was measured at a time, the nearest reading where there is none on both sides."""
        known = np.isfinite(measured)
        return float(np.interp(begin_s, times_s[known], measured[known])) if known.any() else float("nan")

    def _stretch(self, measured: FloatArray, times_s: FloatArray, number: int) -> Stretch:
        span = self.event.span
        drawn = self._draws
        moments = np.rint(times_s * _PER_SECOND).astype(np.int64)
        other = self.other(times_s) if self.other is not None else np.full(len(times_s), np.nan)
        return Stretch(
            quantity=self.quantity,
            values=measured,
            since_s=np.maximum(span.since_s(times_s), 0.0),
            progress=span.ramped(times_s),
            chance=drawn.uniform(moments)[:, 0],
            normal=drawn.normal(moments)[:, 1],
            other=other,
            anchor=self._anchors[number],
            width=self.width,
            in_total=bool(self.event.part) and not self.part,
        )
