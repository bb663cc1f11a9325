"""Change points: the level of a series is lastingly another one. Each is an event on the timeline, with its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.contracts import Event
from greendc.model import Principal, SeriesKey

if TYPE_CHECKING:
    from analytics.detection.intake import BoolArray, FloatArray
    from greendc.contracts import Ledger

CHANGED = "change.point"
"""The ledger's kind of event; its subject is the series, its body a `ChangePoint`."""
CONFIRM_STEPS = 36
"""Three hours of an episode make a change that lasts."""
WINDOW = 6
"""Half an hour whose median must agree."""
CERTAIN = 3.0
HOURS_A_DAY = 24.0
W_PER_KW = 1000.0
_SYSTEM = Principal(name="greendc", role="system")


class ChangePoint(msgspec.Struct, frozen=True, kw_only=True):
    """When a series changed [ns, UTC], from what it would be to what it is, in ``unit``; what power costs [kWh/day]."""

    series: SeriesKey
    time_ns: int
    before: float
    after: float
    unit: str
    cost_kwh_day: float | None = None


class Confirm:
    """Keeps the last half hour of residuals, and tells whether an episode is a change of level."""

    def __init__(self, size: int) -> None:
        """Begin knowing nothing."""
        self._ring = np.full((size, WINDOW), np.nan)
        self._at = 0

    def grow(self, size: int) -> None:
        """Make room for ``size`` series."""
        self._ring = np.concatenate([self._ring, np.full((size - len(self._ring), WINDOW), np.nan)])

    def step(self, residual: FloatArray, due: BoolArray, sigma: FloatArray) -> dict[int, float]:
        """Take a step; return the size of the change for those of the ``due`` series whose last half hour agrees."""
        self._ring[:, self._at % WINDOW] = residual
        self._at += 1
        found = {}
        for place in np.flatnonzero(due).tolist():
            window = self._ring[place][np.isfinite(self._ring[place])]
            if len(window) <= WINDOW // 2:
                continue
            size = float(np.median(window))
            if abs(size) > CERTAIN * float(sigma[place]):
                found[place] = size
        return found


def cost_of(size: float, unit: str) -> float | None:
    """Return what a change of power [W] costs in kWh/day; None for what is no power."""
    return size / W_PER_KW * HOURS_A_DAY if unit == "W" else None


def keep(ledger: Ledger, change: ChangePoint, now_ns: int) -> None:
    """Write a change into the ledger.

    Raises:
        StoreAway, StoreRefused: the ledger cannot be used.
    """
    body = msgspec.json.encode(change).decode()
    ledger.append(
        Event(time_ns=now_ns, kind=CHANGED, subject=change.series.label(), principal=_SYSTEM, reason="", body=body)
    )


def changes(ledger: Ledger) -> list[ChangePoint]:
    """Return all changes that were noted, in the order in which they were."""
    return [msgspec.json.decode(event.body, type=ChangePoint) for event in ledger.events(kind=CHANGED)]
