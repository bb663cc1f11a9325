"""What a linear baseline model sees of the drivers and of the time: columns of a design matrix.

Piecewise-linear drivers with a time-of-week part are the form of the TOWT model (Mathieu et al., IEEE Trans. Smart Grid
2011); change points are those of the inverse modelling toolkit (ASHRAE RP-1050).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from analytics.verification.observations import Floats, Observations

HOURS = 24
DAYS_OF_WEEK = 7
EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday, counted from Monday as 0."""
WEEKEND = 5
LOOSE, TIGHT = 1e-3, 1.0
"""How strongly ridge holds back a column: hardly for the slope of a driver, fully for bends, products and the time."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns a model has: the drivers themselves, ``bends`` in each, their ``products``, the ``time``."""

    drivers: bool = True
    bends: int = 0
    products: bool = False
    time: bool = False


class Basis:
    """The columns of a form, scaled by the rows it was made from."""

    def __init__(self, form: Form, rows: Observations) -> None:
        """Take means, spreads and the places of the bends from ``rows``."""
        self.form = form
        self._mean = rows.drivers.mean(axis=0)
        spread = rows.drivers.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        scaled = (rows.drivers - self._mean) / self._spread
        shares = np.linspace(0, 1, form.bends + 2)[1:-1]
        self._bends = [np.unique(np.quantile(column, shares)) for column in scaled.T] if form.bends else []

    def columns(self, rows: Observations) -> tuple[Floats, Floats]:
        """Return the design matrix [n, p] and how strongly each column is held back [p]."""
        found: list[tuple[Floats, float]] = [(np.ones(len(rows)), 0.0)]
        if self.form.drivers:
            found += self._of_drivers((rows.drivers - self._mean) / self._spread)
        if self.form.time:
            found += _of_time(rows.hours, hourly=rows.per_day > 1)
        return np.column_stack([column for column, _ in found]), np.array([hold for _, hold in found])

    def _of_drivers(self, scaled: Floats) -> list[tuple[Floats, float]]:
        found = [(column, LOOSE) for column in scaled.T]
        for column, bends in zip(scaled.T, self._bends, strict=False):
            found += [(np.maximum(column - bend, 0.0), TIGHT) for bend in bends]
        if self.form.products:
            count = scaled.shape[1]
            found += [(scaled[:, i] * scaled[:, j], TIGHT) for i in range(count) for j in range(i + 1, count)]
        return found


def clock_of(hours: Floats) -> tuple[Floats, Floats]:
    """Return the hour of the day [0, 24) and whether it is a weekend (1.0) of hours since 1970."""
    day = np.floor(hours / HOURS)
    weekday = (day + EPOCH_WEEKDAY) % DAYS_OF_WEEK
    return hours - HOURS * day, (weekday >= WEEKEND).astype(np.float64)


def _of_time(hours: Floats, *, hourly: bool) -> list[tuple[Floats, float]]:
    hour, weekend = clock_of(hours)
    found = [(weekend, TIGHT)]
    if not hourly:
        return found
    # A column for each hour: batteries, defrosting and backups come and go by the clock, not in waves.
    found += [((np.floor(hour) == number).astype(np.float64), TIGHT) for number in range(HOURS)]
    angle = 2.0 * np.pi * hour / HOURS
    return [*found, (weekend * np.sin(angle), TIGHT), (weekend * np.cos(angle), TIGHT)]
