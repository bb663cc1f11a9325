"""Rows of a target and its drivers on even hours, ready to be modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

DAY_H = 24.0
LEAST_OF_HOUR = 0.75
"""An hour with less of its rows is not known: its mean may be of another time of day or load than the hour's."""


class Observations(msgspec.Struct, frozen=True, kw_only=True):
    """Complete rows in the order of time.

    ``hours`` [h since 1970, n] are the starts of the rows and ``step_h`` their length. ``rate`` [n] is the target in
    its unit per hour (a power), ``drivers`` [n, k] the drivers in their own units, ``switched`` [n] whether the measure
    was on (None when it was never switched). ``span_h`` is the time from the first to the last row, known or not.
    """

    hours: Floats
    step_h: float
    rate: Floats
    drivers: Floats
    names: tuple[str, ...]
    switched: Flags | None
    span_h: float

    def __len__(self) -> int:
        """Return how many rows are complete."""
        return len(self.hours)

    @property
    def per_day(self) -> int:
        """Return how many rows a day has, at least 1."""
        return max(1, round(DAY_H / self.step_h))

    @property
    def days(self) -> float:
        """Return how many days of complete rows there are."""
        return len(self) * self.step_h / DAY_H

    @property
    def completeness(self) -> float:
        """Return the share of the time between first and last row that is known, 0..1."""
        return min(1.0, len(self) * self.step_h / self.span_h) if self.span_h else 0.0

    def only(self, rows: Flags) -> Observations:
        """Return the rows that are flagged; the span stays."""
        return self.taken(np.flatnonzero(rows))

    def taken(self, rows: NDArray[np.int64]) -> Observations:
        """Return rows by their places, a place as often as it is named; the span stays."""
        return msgspec.structs.replace(
            self,
            hours=self.hours[rows],
            rate=self.rate[rows],
            drivers=self.drivers[rows],
            switched=None if self.switched is None else self.switched[rows],
        )

    def with_drivers(self, kept: Flags) -> Observations:
        """Return the rows with some of the drivers."""
        names = tuple(name for name, keep in zip(self.names, kept, strict=True) if keep)
        return msgspec.structs.replace(self, drivers=self.drivers[:, kept], names=names)


def observations(
    time_ns: NDArray[np.int64],
    target: Floats,
    drivers: Floats,
    names: Sequence[str],
    *,
    switched: Floats | None = None,
    energy: bool,
) -> Observations:
    """Return complete rows, finer ones averaged to hours.

    ``time_ns`` [n] are the starts of the rows in UTC, in any order. ``energy`` tells that the target counts energy per
    row; otherwise it is a power. ``switched`` [n] is 0 while the measure is off, 1 while it is on; hours in which it
    changed belong to neither and are left out. Rows with a missing value are left out.

    Raises:
        ValueError: fewer than two rows have different times.
    """
    order = np.argsort(time_ns, kind="stable")
    order = order[np.append(np.diff(time_ns[order]) != 0, [True])] if len(order) else order
    steps = np.diff(time_ns[order])
    if not len(steps):
        message = "fewer than two rows"
        raise ValueError(message)
    step_h = float(np.median(steps)) / NS_PER_HOUR
    hours = time_ns[order] / NS_PER_HOUR
    columns = [target[order] / step_h if energy else target[order], *drivers[order].T]
    if switched is not None:
        columns.append(switched[order])
    rows = np.column_stack(columns)
    complete = np.isfinite(rows).all(axis=1)
    span_h = float(hours[-1] - hours[0]) + step_h
    hours, rows = hours[complete], rows[complete]
    if step_h < 1.0:
        hours, rows = _hourly(hours, rows, step_h)
        step_h = 1.0
    flags = None
    if switched is not None:
        clear = np.isin(rows[:, -1], (0.0, 1.0))
        hours, rows = hours[clear], rows[clear]
        flags = rows[:, -1] > 0
        rows = rows[:, :-1]
    return Observations(
        hours=hours,
        step_h=step_h,
        rate=rows[:, 0],
        drivers=rows[:, 1:],
        names=tuple(names),
        switched=flags,
        span_h=span_h,
    )


def _hourly(hours: Floats, rows: Floats, step_h: float) -> tuple[Floats, Floats]:
    """Return the means of the hours of which enough is known."""
    if not len(hours):
        return hours, rows
    starts, first, count = np.unique(np.floor(hours + 1e-9), return_index=True, return_counts=True)
    sums = np.add.reduceat(rows, first, axis=0)
    enough = count >= LEAST_OF_HOUR / step_h - 1e-9
    return starts[enough], (sums / count[:, None])[enough]
