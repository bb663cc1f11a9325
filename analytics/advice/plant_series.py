"""Series of the plant room that the site model does not know, on the rows that are replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.columns import columns
from analytics.advice.situation import LONGEST_NS
from greendc.physics import moist_air
from greendc.physics.air import station_pressure

if TYPE_CHECKING:
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from greendc.model import SeriesKey

_HALVINGS = 24
_COLDEST_C = -40.0


def in_sample(situation: Situation, quantity: str, part: str = "") -> Floats:
    """Return the mean of the series of a quantity in each row of `Situation.sample`, NaN where it is not known.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    keys = [key for key in situation.series if key.quantity == quantity and key.part == part]
    return mean_in_sample(situation, keys)


def mean_in_sample(situation: Situation, keys: list[SeriesKey], *, how: str = "mean") -> Floats:
    """Return the mean, or with ``how`` the sum, of series in each row of `Situation.sample`.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    frame = situation.sample
    unknown = np.full(len(frame), np.nan)
    if not keys or not len(frame):
        return unknown
    read = columns(situation, keys, step_ns=frame.step_ns, span_ns=LONGEST_NS)
    if not len(read):
        return unknown
    at = (frame.time_ns - read.time_ns[0]) // frame.step_ns
    inside = (at >= 0) & (at < len(read))
    values = read.of(keys)[:, np.clip(at, 0, len(read) - 1)]
    known = np.isfinite(values) & inside
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(count > 0, total if how == "sum" else total / np.maximum(count, 1), np.nan)


def outdoor_dew_point(situation: Situation) -> Floats:
    """Return the outdoor air's dew point [degC] in each row of `Situation.sample`, from dry and wet bulb."""
    frame = situation.sample
    dry, wet = frame.outdoor_c, frame.wet_bulb_c
    known = np.isfinite(dry) & np.isfinite(wet)
    found = np.full(len(frame), np.nan)
    if not known.any():
        return found
    pressure = np.full(int(known.sum()), float(station_pressure(situation.site.info.altitude_m)))
    high = np.minimum(wet[known], dry[known])
    low, aim = np.full_like(high, _COLDEST_C), high.copy()
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        drier = moist_air.wet_bulb(dry[known], middle, pressure) < aim
        low, high = np.where(drier, middle, low), np.where(drier, high, middle)
    found[known] = 0.5 * (low + high)
    return found
