"""The ladder of models: the same hour before, ridge regression, gradient-boosted quantiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from analytics.forecast.features import BUCKETS_H, Samples, base, bucket, features, same_hour, usual_season, value_at
from analytics.forecast.observed import Observed

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.wall_clock import Ints

QUANTILES = (0.1, 0.5, 0.9)
RIDGE_ROWS = 4000
"""Rows a bucket of leads is fitted on, spread over the whole past."""
BOOSTED_ROWS = 15_000
STRENGTH = 3.0
RIDGE_DAYS, BOOSTED_DAYS = 21.0, 56.0
"""With fewer known days a model has not seen enough weeks."""


class Model(Protocol):
    """A fitted model."""

    def predict(self, rows: Observed, samples: Samples) -> Floats:
        """Return the quantiles [n, 3] of each pair, not yet calibrated; NaN where it does not know."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of model, how it is fitted, and how many known days it needs."""

    name: str
    fit: Callable[[Observed], Model]
    least_days: float = 0.0


class Naive:
    """The value at the same time a season before."""

    def __init__(self, season: str) -> None:
        """Take a ``day`` or a ``week``."""
        self._season = season

    def predict(self, rows: Observed, samples: Samples) -> Floats:
        """Return one value for all quantiles."""
        found = same_hour(rows, samples, rows.day if self._season == "day" else rows.week)
        return np.column_stack([found] * len(QUANTILES))


class Ridge:
    """One ridge regression for each bucket of leads, of what differs from the same hour before."""

    def __init__(self, rows: Observed) -> None:
        """Fit to rows."""
        self._season = usual_season(rows)
        self._fits = [self._fitted(rows, i) for i in range(len(BUCKETS_H))]

    def predict(self, rows: Observed, samples: Samples) -> Floats:
        """Return one value for all quantiles."""
        given = features(rows, samples, self._season)
        found = np.full(len(samples), np.nan)
        of = bucket(rows, samples.lead)
        for i, (weights, centre, spread, mean) in enumerate(self._fits):
            at = of == i
            # What is not known counts as usual.
            scaled = np.nan_to_num((given[at] - centre) / spread)
            found[at] = scaled @ weights + mean
        return np.column_stack([found + base(rows, samples, self._season)] * len(QUANTILES))

    def _fitted(self, rows: Observed, place: int) -> tuple[Floats, Floats, Floats, float]:
        high = round(BUCKETS_H[place] * rows.per_hour)
        low = 1 if not place else round(BUCKETS_H[place - 1] * rows.per_hour) + 1
        samples, target = training(rows, (low, max(low, high)), RIDGE_ROWS, self._season)
        given = features(rows, samples, self._season)
        centre, spread = _moments(given)
        scaled = np.nan_to_num((given - centre) / spread)
        mean = float(target.mean()) if len(target) else 0.0
        normal = scaled.T @ scaled + STRENGTH * np.eye(scaled.shape[1])
        with threadpool_limits(limits=1):
            weights = np.linalg.solve(normal, scaled.T @ (target - mean))
        return np.asarray(weights, dtype=np.float64), centre, spread, mean


class Boosted:
    """Gradient-boosted trees for each quantile, of what differs from the same hour before."""

    def __init__(self, rows: Observed) -> None:
        """Fit to rows."""
        self._season = usual_season(rows)
        samples, target = training(rows, (1, rows.horizon), BOOSTED_ROWS, self._season)
        given = features(rows, samples, self._season)
        # One thread: on a busy machine several wait for each other far longer than they work.
        with threadpool_limits(limits=1):
            self._trees = [self._tree(quantile).fit(given, target) for quantile in QUANTILES]

    def predict(self, rows: Observed, samples: Samples) -> Floats:
        """Return the quantiles, in order."""
        given, start = features(rows, samples, self._season), base(rows, samples, self._season)
        with threadpool_limits(limits=1):
            found = np.column_stack([tree.predict(given) for tree in self._trees])
        return np.asarray(np.sort(found, axis=1) + start[:, None], dtype=np.float64)

    @staticmethod
    def _tree(quantile: float) -> HistGradientBoostingRegressor:
        return HistGradientBoostingRegressor(
            loss="quantile",
            quantile=quantile,
            max_iter=80,
            learning_rate=0.08,
            max_leaf_nodes=15,
            min_samples_leaf=40,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=0,
        )


def training(rows: Observed, leads: tuple[int, int], count: int, season: int) -> tuple[Samples, Floats]:
    """Return pairs spread evenly over the past with leads from one to another, and their targets less the base.

    Their targets are known, and so is what models start from. The first week is only looked back at.
    """
    low, high = leads
    first, last = rows.week, len(rows) - 1 - low
    if last <= first:
        empty: Ints = np.zeros(0, dtype=np.int64)
        return Samples(origin=empty, lead=empty), np.zeros(0)
    origin = np.unique(np.linspace(first, last, count).astype(np.int64))
    lead = np.random.default_rng(0).integers(low, high + 1, len(origin))
    samples = Samples(origin=origin, lead=lead)
    target = value_at(rows.values, samples.at) - base(rows, samples, season)
    known = np.isfinite(target)
    return samples.only(known), target[known]


def _moments(given: Floats) -> tuple[Floats, Floats]:
    """Return mean and spread of each column over what is known; a column that nobody knows counts for nothing."""
    known = np.isfinite(given)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, given, 0.0).sum(axis=0) / count
    squares = np.where(known, given - centre, 0.0) ** 2
    spread = np.sqrt(squares.sum(axis=0) / count)
    return centre, np.where(spread > 0, spread, 1.0)


LADDER = (
    Candidate(name="naive_day", fit=lambda _rows: Naive("day")),
    Candidate(name="naive_week", fit=lambda _rows: Naive("week")),
    Candidate(name="ridge", fit=Ridge, least_days=RIDGE_DAYS),
    Candidate(name="boosted", fit=Boosted, least_days=BOOSTED_DAYS),
)
"""From simple to flexible."""
SIMPLE = LADDER[:3]
"""Those that are fitted in a moment."""
REFERENCES = ("naive_day", "naive_week")
