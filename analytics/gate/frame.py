"""One step of the gate: what came in, and what the kernels make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate.columns import Columns, field
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.gate.columns import AnyArray, BoolArray, FloatArray, TimeArray
    from analytics.gate.fault import Fault

FAULT_SLOTS = 14
DAY_S = 86_400.0
HOUR_S = 3600.0
TICK_S = 300
"""Slow kernels look at means of five minutes."""


class Standing:
    """Which faults stand at which series, since when [s since 1970, 0 for not], and the values that show it."""

    def __init__(self, size: int) -> None:
        """Make room for ``size`` series without a fault."""
        self.state = Columns(
            {
                "since_s": field("u4", width=FAULT_SLOTS),
                "before": field("f4", np.nan, FAULT_SLOTS),
                "after": field("f4", np.nan, FAULT_SLOTS),
                "conversion": field("u1"),
            },
            size,
        )

    def at(self, fault: Fault) -> BoolArray:
        """Return at which series a fault stands."""
        return np.asarray(self.state["since_s"][:, fault] > 0)

    def stand(
        self, fault: Fault, where: BoolArray, since_s: FloatArray | float, before: FloatArray, after: FloatArray
    ) -> None:
        """Let a fault stand where it does not yet; ``after`` follows what is seen now where it does."""
        if not where.any():
            return
        state = self.state
        fresh = where & ~self.at(fault)
        state["since_s"][fresh, fault] = np.broadcast_to(since_s, where.shape)[fresh]
        state["before"][fresh, fault] = np.broadcast_to(before, where.shape)[fresh]
        state["after"][where, fault] = np.broadcast_to(after, where.shape)[where]

    def over(self, fault: Fault, where: BoolArray) -> None:
        """Let a fault stand no longer."""
        ended = where & self.at(fault)
        if ended.any():
            self.state["since_s"][ended, fault] = 0
            self.state["before"][ended, fault] = np.nan
            self.state["after"][ended, fault] = np.nan


class Frame:
    """What came in with one step. Kernels narrow ``good`` one after another.

    ``values`` are NaN where a series said nothing; ``stamps`` [ns since 1970] are the times that the readings bear and
    ``now_ns`` is the time of the step. ``interval_s`` is the time since the reading before, NaN for the first one;
    ``stepped`` tells where a series has leapt to another level.
    """

    def __init__(self, now_ns: int, values: FloatArray, stamps: TimeArray, standing: Standing) -> None:
        """Take the readings of a step."""
        self.now_ns = now_ns
        self.now_s = now_ns / NS_PER_SECOND
        self.values = values
        self.stamps = stamps
        self.standing = standing
        self.fresh = ~np.isnan(values)
        self.good = self.fresh.copy()
        self.interval_s: FloatArray = np.full(len(values), np.nan)
        self.stepped = np.zeros(len(values), dtype=np.bool_)
        self.moment = np.zeros(len(values), dtype=np.uint8)

    def reject(self, fault: Fault, where: BoolArray) -> None:
        """Trust readings no more; the fault that was found first is told."""
        if where.any():
            self.good &= ~where
            self.moment[where & (self.moment == 0)] = fault


class Kernel:
    """Looks for one kind of fault in all series at once. Kernels keep what they know in ``state``."""

    def __init__(self, fields: Mapping[str, tuple[str, float, int]], size: int) -> None:
        """Make the state of ``size`` series."""
        self.state = Columns(fields, size)

    def grow(self, size: int) -> None:
        """Make room for more series."""
        self.state.grow(size)

    def snapshot(self, prefix: str) -> dict[str, AnyArray]:
        """Return the state as arrays."""
        return self.state.snapshot(prefix)

    def resume(self, prefix: str, arrays: Mapping[str, AnyArray]) -> None:
        """Take the state of a snapshot."""
        self.state.resume(prefix, arrays)
