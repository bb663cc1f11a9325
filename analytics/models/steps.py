"""Step means of many series on one grid, and the columns and features that models are made of."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analytics.points import SERIES_AT_ONCE, runs
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.models.plan import Column, Driver, Plan
    from greendc.contracts import History
    from greendc.physics.kinds import FloatArray

HOURS_A_DAY = 24.0
LATELY_NS = 2 * NS_PER_HOUR
"""For how long a mode that was left is still told by its guard."""


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch [start_ns, end_ns) that is not learned from: an alarm, a maintenance window, bad data.

    It covers one series, all of a ``device``, or with neither the whole site.
    """

    start_ns: int
    end_ns: int
    device: str = ""
    series: SeriesKey | None = None

    def covers(self, key: SeriesKey) -> bool:
        """Tell whether a series is meant."""
        if self.series is not None:
            return key == self.series
        return self.device in {"", key.device}


class Steps:
    """Step means by series; NaN where too little of a step is known. ``time_ns`` are the starts of the steps."""

    def __init__(self, time_ns: np.ndarray, step_ns: int, values: dict[SeriesKey, FloatArray]) -> None:
        """Keep arrays as long as ``time_ns``."""
        self.time_ns = time_ns
        self.step_ns = step_ns
        self.values = values
        self._unknown = np.full(len(time_ns), np.nan)

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.time_ns)

    def series(self, key: SeriesKey) -> FloatArray:
        """Return the means of a series."""
        return self.values.get(key, self._unknown)

    def column(self, column: Column) -> FloatArray:
        """Return a column: known where all of its series are."""
        return self._all(column.plus, mean=column.mean) - self._all(column.minus, mean=column.mean)

    def _all(self, keys: Sequence[SeriesKey], *, mean: bool) -> FloatArray:
        if not keys:
            return np.zeros(len(self))
        total: FloatArray = np.sum([self.series(key) for key in keys], axis=0)
        return total / len(keys) if mean else total


def read_steps(
    history: History,
    keys: Iterable[SeriesKey],
    window: tuple[int, int],
    step_ns: int,
    least_known: float,
    exclude: Sequence[Exclusion] = (),
) -> Steps:
    """Return the means of the whole steps in a window; of each step ``least_known`` of the readings must be known."""
    start_ns, end_ns = -(-window[0] // step_ns) * step_ns, window[1] // step_ns * step_ns
    grid = np.arange(start_ns, end_ns, step_ns, dtype=np.int64)
    wanted = sorted(set(keys))
    values: dict[SeriesKey, FloatArray] = {}
    for i in range(0, len(wanted) if len(grid) else 0, SERIES_AT_ONCE):
        some = wanted[i : i + SERIES_AT_ONCE]
        table = history.aggregated(some, start_ns, end_ns, step_ns)
        at = (table.column("time_ns").to_numpy() - start_ns) // step_ns
        means = table.column("mean").to_numpy().astype(np.float64)
        known, count = table.column("known").to_numpy(), table.column("count").to_numpy()
        means = np.where(known >= least_known * count, means, np.nan)
        for key, rows in runs(table, some).items():
            values[key] = np.full(len(grid), np.nan)
            values[key][at[rows]] = means[rows]
    for exclusion in exclude:
        out = (grid + step_ns > exclusion.start_ns) & (grid < exclusion.end_ns)
        for key, means in values.items():
            if exclusion.covers(key):
                means[out] = np.nan
    return Steps(grid, step_ns, values)


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """What a model sees: ``drivers`` [steps x drivers] as they are, and ``features`` made of them.

    ``owner`` is the driver of each feature and ``signs`` its monotone sign. ``target`` and ``usable`` are by step.
    """

    target: np.ndarray
    drivers: np.ndarray
    features: np.ndarray
    owner: tuple[int, ...]
    signs: tuple[int, ...]
    running: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Tell for each step whether all is known."""
        given = np.isfinite(self.features).all(axis=1) & np.isfinite(self.drivers).all(axis=1)
        known: np.ndarray = np.isfinite(self.target) & given
        return known


def design(steps: Steps, plan: Plan, zone: dt.tzinfo) -> Design:
    """Return target, drivers and features of a plan over some steps."""
    raw, features, owner, signs = [], [], [], []
    for i, driver in enumerate(plan.drivers):
        if driver.column is None:
            made = _clock(steps, zone)
            raw.append(np.zeros(len(steps)))
        else:
            value = steps.column(driver.column)
            raw.append(_lately(value, steps.step_ns) if driver.guard else value)
            made = [] if driver.guard else _made(driver, value, steps.step_ns)
        features += made
        owner += [i] * len(made)
        signs += [driver.sign] * len(made)
    running = np.ones(len(steps)) if plan.running is None else steps.column(plan.running)
    return Design(
        target=steps.column(plan.target),
        drivers=np.column_stack(raw),
        features=np.column_stack(features),
        owner=tuple(owner),
        signs=tuple(signs),
        running=running,
    )


def _made(driver: Driver, value: FloatArray, step_ns: int) -> list[FloatArray]:
    made = [value, *(value**power for power in driver.powers)]
    for trailing_s in driver.trailing_s:
        count = max(1, round(trailing_s * NS_PER_SECOND / step_ns))
        window = pd.Series(value).rolling(count, min_periods=-(-count // 2))
        made.append(window.mean().to_numpy(dtype=np.float64))
    return made


def _lately(value: FloatArray, step_ns: int) -> FloatArray:
    """Return the highest value of the last hours: what a plant did as it left a mode is still of that mode."""
    count = max(1, round(LATELY_NS / step_ns))
    return pd.Series(value).rolling(count, min_periods=1).max().to_numpy(dtype=np.float64)


def _clock(steps: Steps, zone: dt.tzinfo) -> list[FloatArray]:
    """Return sine and cosine of the hour of the site's day."""
    if not len(steps):
        return [np.zeros(0), np.zeros(0)]
    days = steps.time_ns // (86_400 * NS_PER_SECOND)
    offset_s = np.zeros(len(steps))
    for day in np.unique(days):
        noon = dt.datetime.fromtimestamp(int(day) * 86_400 + 43_200, tz=zone).utcoffset()
        offset_s[days == day] = 0.0 if noon is None else noon.total_seconds()
    hour = (steps.time_ns / NS_PER_SECOND + offset_s) / SECONDS_PER_HOUR % HOURS_A_DAY
    angle = 2.0 * np.pi * hour / HOURS_A_DAY
    return [np.sin(angle), np.cos(angle)]


def reach_back_ns(plans: Iterable[Plan]) -> int:
    """Return how far before a step its features reach [ns]."""
    longest_s = max((s for plan in plans for driver in plan.drivers for s in driver.trailing_s), default=0.0)
    return round(longest_s * NS_PER_SECOND)
