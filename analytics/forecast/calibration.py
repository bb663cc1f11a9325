"""How far a model's quantiles are moved so that as many values lie below each as should."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.counters import Floats
from analytics.forecast.features import BUCKETS_H, Samples, base, bucket
from analytics.forecast.models import QUANTILES
from analytics.forecast.observed import DAY_H, Observed

Flags = NDArray[np.bool_]
FEWEST = 30
"""A bucket with fewer errors borrows those of all leads."""
LEAST_SCALE = 0.05
"""No hour is taken to be quieter than this share of the liveliest one."""
STILL = 2e-3
"""An hour in which the target changes less than this share of its liveliest one stands still: nights without sun."""


class HourlyScale(msgspec.Struct, frozen=True, kw_only=True):
    """How much the target changes from day to day by local hour, ``size`` [24], and which hours are ``still`` [24]."""

    size: Floats
    still: Flags


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """``moves`` [buckets, 3] for each bucket of leads and quantile, times ``scale`` [24] of the local hour."""

    moves: Floats
    scale: HourlyScale

    def applied(self, rows: Observed, samples: Samples, quantiles: Floats) -> Floats:
        """Return calibrated quantiles [n, 3], in order."""
        moved = self.moves[bucket(rows, samples.lead)] * self.scale.size[_hour(rows, samples)][:, None]
        found = np.sort(quantiles + moved, axis=1)
        still = self.scale.still[_hour(rows, samples)]
        found[still] = base(rows, samples.only(still), rows.day)[:, None]
        return found


def hourly_scale(rows: Observed) -> HourlyScale:
    """Return how much the target differs from the day before, by local hour: nights are quieter."""
    change = np.abs(rows.values[rows.day :] - rows.values[: -rows.day])
    hours = rows.hour[rows.day : len(rows)].astype(np.int64)
    known = np.isfinite(change)
    sums = np.bincount(hours[known], weights=change[known], minlength=DAY_H)
    found = sums / np.maximum(np.bincount(hours[known], minlength=DAY_H), 1)
    most = float(found.max(initial=0.0)) or 1.0
    size = np.asarray(np.maximum(found, LEAST_SCALE * most), dtype=np.float64)
    # A target that never changes at all has no lively hour: then none is still.
    return HourlyScale(size=size, still=(found < STILL * most) & bool(found.any()))


def judged(rows: Observed, samples: Samples, scale: HourlyScale) -> Flags:
    """Return which pairs say something about a model: those of hours that do not stand still."""
    return np.asarray(~scale.still[_hour(rows, samples)], dtype=np.bool_)


def calibrated(rows: Observed, samples: Samples, quantiles: Floats, actual: Floats, scale: HourlyScale) -> Calibration:
    """Return the moves that errors of unseen times ask for."""
    errors = (actual[:, None] - quantiles) / scale.size[_hour(rows, samples)][:, None]
    of = bucket(rows, samples.lead)
    known = np.isfinite(errors).all(axis=1) & judged(rows, samples, scale)
    moves = np.zeros((len(BUCKETS_H), len(QUANTILES)))
    for place in range(len(BUCKETS_H)):
        mine = known & (of == place)
        used = errors[mine if mine.sum() >= FEWEST else known]
        for i, quantile in enumerate(QUANTILES):
            moves[place, i] = _quantile(used[:, i], quantile) if len(used) else 0.0
    return Calibration(moves=moves, scale=scale)


def _quantile(errors: Floats, quantile: float) -> float:
    """Return the quantile with the correction of conformal prediction for few errors: outwards, never inwards."""
    count = len(errors)
    outwards = (count + 1) / count
    share = 0.5 + (quantile - 0.5) * outwards
    return float(np.quantile(errors, min(max(share, 0.0), 1.0)))


def _hour(rows: Observed, samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return rows.hour[samples.at].astype(np.int64)
