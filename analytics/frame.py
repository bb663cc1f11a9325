"""Aligned frames: series or meters on one grid of equal steps, so that what is compared covers the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.energy import meter_curves
from analytics.points import SERIES_AT_ONCE, runs
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analytics.counters import Floats
    from analytics.energy import MeterCurve
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Meter, Site


KNOWN_SHARE = 0.95
"""A step counts as known when this share of it is."""
ROWS_AT_ONCE = 250_000
"""A longer answer takes more memory and is no faster."""
METERS_AT_ONCE = 100
"""More meters in one query take more memory and are no faster."""


def mean_frame(
    history: History,
    series: Mapping[str, SeriesKey],
    start_ns: int,
    end_ns: int,
    step_ns: int,
    *,
    value: str = "mean",
) -> pd.DataFrame:
    """Return step means of gauges, a named column each, indexed by the start of the step [ns]; NaN where unknown.

    ``value`` is another column of `History.aggregated` where a mean tells nothing, such as the last state.
    """
    grid = _grid(start_ns, end_ns, step_ns)
    # Column by column in memory, as frames are read.
    means = np.full((len(grid), len(series)), np.nan, order="F")
    columns: dict[SeriesKey, list[int]] = {}
    for column, key in enumerate(series.values()):
        columns.setdefault(key, []).append(column)
    keys = sorted(columns) if len(grid) else []
    at_once = max(1, min(SERIES_AT_ONCE, ROWS_AT_ONCE // max(1, len(grid))))
    for at in range(0, len(keys), at_once):
        some = keys[at : at + at_once]
        table = history.aggregated(some, int(grid[0]), end_ns, step_ns)
        times, values = table.column("time_ns").to_numpy(), table.column(value).to_numpy()
        for key, rows in runs(table, some).items():
            steps = (times[rows] - grid[0]) // step_ns
            whole = steps < len(grid)
            means[np.ix_(steps[whole], columns[key])] = values[rows][whole].astype(float)[:, None]
    return pd.DataFrame(means, index=grid, columns=list(series), copy=False)


def power_frame(
    history: History,
    site: Site,
    groups: Mapping[str, Sequence[Meter]],
    start_ns: int,
    end_ns: int,
    step_ns: int,
) -> pd.DataFrame:
    """Return the mean power [W] of groups of meters in each step, from energy; NaN where a meter is not known."""
    # Many groups of few meters, such as racks, cost a query each if they are asked one by one.
    every = list(dict.fromkeys(meter for meters in groups.values() for meter in meters))
    if len(_grid(start_ns, end_ns, step_ns)) == 0:
        every = []
    curves = (
        curve
        for at in range(0, len(every), METERS_AT_ONCE)
        for curve in meter_curves(history, site, every[at : at + METERS_AT_ONCE], start_ns, end_ns, fine_ns=step_ns)
    )
    return frame_of(curves, groups, start_ns, end_ns, step_ns)


def frame_of(
    curves: Iterable[MeterCurve], groups: Mapping[str, Sequence[Meter]], start_ns: int, end_ns: int, step_ns: int
) -> pd.DataFrame:
    """Return the mean power [W] of groups of meters in each step from the meters' curves, as `power_frame`."""
    grid = _grid(start_ns, end_ns, step_ns)
    edges = np.append(grid, grid[-1] + step_ns) if len(grid) else grid
    powers: dict[Meter, Floats] = {}
    for curve in curves:
        covered_ns = np.diff(curve.curve.covered(edges))
        energy_j = np.diff(curve.curve.energies(edges))
        mean_w = np.where(covered_ns >= KNOWN_SHARE * step_ns, energy_j / step_ns * NS_PER_SECOND, np.nan)
        powers[curve.meter] = mean_w
    nothing = np.zeros(len(grid))
    columns = {
        name: sum((powers.get(meter, nothing) for meter in meters), start=nothing)
        if meters
        else np.full(len(grid), np.nan)
        for name, meters in groups.items()
    }
    return pd.DataFrame(columns, index=grid)


def _grid(start_ns: int, end_ns: int, step_ns: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the starts of the whole steps within a window."""
    # Counted in whole steps: in nanoseconds numpy rounds the length of a long grid, and its last step is lost.
    return np.arange(-(-start_ns // step_ns), end_ns // step_ns, dtype=np.int64) * step_ns
