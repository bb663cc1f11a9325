"""How far a model's quantiles are moved so that as many values lie below each as should."""

from __future__ import annotations

import msgspec
import numpy as np

from analytics.counters import Floats
from analytics.forecast.features import BUCKETS_H, Samples, bucket
from analytics.forecast.models import QUANTILES
from analytics.forecast.observed import DAY_H, Observed

FEWEST = 30
"""A bucket with fewer errors borrows those of all leads."""
LEAST_SCALE = 1e-3


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """``moves`` [buckets, 3] for each bucket of leads and quantile, times ``scale`` [24] of the local hour."""

    moves: Floats
    scale: Floats

    def applied(self, rows: Observed, samples: Samples, quantiles: Floats) -> Floats:
        """Return calibrated quantiles [n, 3], in order."""
        moved = self.moves[bucket(rows, samples.lead)] * self.scale[_hour(rows, samples)][:, None]
        return np.sort(quantiles + moved, axis=1)


def hourly_scale(rows: Observed) -> Floats:
    """Return how much the target differs from the day before, by local hour [24]: nights are quieter."""
    change = np.abs(rows.values[rows.day :] - rows.values[: -rows.day])
    hours = rows.hour[rows.day : len(rows)].astype(np.int64)
    known = np.isfinite(change)
    sums = np.bincount(hours[known], weights=change[known], minlength=DAY_H)
    found = sums / np.maximum(np.bincount(hours[known], minlength=DAY_H), 1)
    return np.asarray(np.maximum(found, LEAST_SCALE * (found.max(initial=0.0) or 1.0)), dtype=np.float64)


def calibrated(rows: Observed, samples: Samples, quantiles: Floats, actual: Floats, scale: Floats) -> Calibration:
    """Return the moves that errors of unseen times ask for."""
    errors = (actual[:, None] - quantiles) / scale[_hour(rows, samples)][:, None]
    of = bucket(rows, samples.lead)
    known = np.isfinite(errors).all(axis=1)
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
