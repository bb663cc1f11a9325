"""What has to be known for a forecast, read from a store's rollups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.day_types import calendar_of
from analytics.forecast.forecaster import Untrained
from analytics.forecast.observed import Observed, observed
from analytics.forecast.target import Target
from analytics.frame import mean_frame
from analytics.inlets import inlets
from analytics.metered import BACKUP, metered_w
from analytics.outdoors import DRY_BULB, dry_bulb_keys
from analytics.overview.power import ELECTRIC, IT_ROLES
from greendc.site import Role
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from analytics.counters import Floats, Times
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Meter, Site

STEP_NS = 900 * NS_PER_SECOND


def gather(
    history: History,
    site: Site,
    target: Target,
    start_ns: int,
    end_ns: int,
    *,
    expected: Mapping[str, tuple[Times, Floats]] | None = None,
) -> Observed | Untrained:
    """Return the rows of a target in [start_ns, end_ns) with the weather that was measured, or why there are none.

    ``expected`` are forecasts of the weather with their times, as they were given before each time came.
    """
    first, last = -(-start_ns // STEP_NS) * STEP_NS, end_ns // STEP_NS * STEP_NS
    grid = np.arange(first, last, STEP_NS, dtype=np.int64)
    values = None
    if len(grid) > 1:
        if target is Target.INLET:
            values = _hottest(history, site, first, last)
        else:
            values = metered_w(history, site, lambda day: _signed(site, target, day), grid, STEP_NS)
    if values is None or not np.isfinite(values).any():
        return Untrained(target=target, code="no_series")
    weather = {}
    if keys := dry_bulb_keys(history, site):
        outside = _means(history, keys, first, last)
        weather = {DRY_BULB: _mean_known(outside)}
    return observed(grid, values, site.zone(), calendar_of(site.info.region), weather=weather, expected=expected)


def _signed(site: Site, target: Target, day: dt.date) -> list[tuple[float, Sequence[Meter]]]:
    """Return the meters of a target on a day with the sign that each counts with; nothing without its main meter."""
    if target is Target.SITE:
        if not site.meters_of(Role.FACILITY_INPUT, day):
            return []
        return [(sign, site.meters_of(role, day)) for role, sign in ELECTRIC.items()]
    if target is Target.IT:
        return [(1.0, next((found for role in IT_ROLES if (found := site.meters_of(role, day))), []))]
    if target is Target.COOLING:
        return [(1.0, site.meters_of(Role.COOLING, day))]
    return [(1.0, [meter for meter in site.meters_of(Role.GENERATION, day) if meter.kind != BACKUP])]


def _hottest(history: History, site: Site, start_ns: int, end_ns: int) -> Floats | None:
    """Return the hottest inlet [degC] of each row, unknown where no inlet is known."""
    keys = [key for of_rack in inlets(history, site).values() for key in of_rack]
    if not keys:
        return None
    values = _means(history, keys, start_ns, end_ns)
    return np.where(np.isfinite(values).any(axis=1), np.fmax.reduce(values, axis=1), np.nan)


def _means(history: History, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> Floats:
    """Return step means [rows, series]."""
    frame = mean_frame(history, {str(i): key for i, key in enumerate(keys)}, start_ns, end_ns, STEP_NS)
    return frame.to_numpy(dtype=np.float64)


def _mean_known(values: Floats) -> Floats:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
