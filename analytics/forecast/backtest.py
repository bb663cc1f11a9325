"""How well each model would have done: forecasts from many past times, with what was known then."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats
from analytics.forecast.calibration import Calibration, HourlyScale, calibrated, hourly_scale, judged
from analytics.forecast.features import BUCKETS_H, Samples, bucket, every, value_at
from analytics.forecast.models import QUANTILES
from analytics.wall_clock import Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.forecast.models import Candidate
    from analytics.forecast.observed import Observed

FOLDS = 4
FOLD_DAYS = 14
TESTED_SHARE = 0.4
"""At most this share of the past is forecast again; the rest is there to learn from."""
ORIGIN_H = 5.0
"""From one origin to the next; no whole part of a day, so that origins come to lie in every hour."""
LEADS_H = (0.25, 1, 2, 4, 6, 9, 12, 18, 24, 30, 36, 42, 48)


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """How a model does at leads up to ``hours``: mean absolute error, and share of values within P10 to P90."""

    hours: float
    mae: float
    skill: float
    coverage: float


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How a model does at times it had not seen.

    ``pinball`` is the mean loss over the quantiles, ``mae`` that of the median, both in the target's unit.
    ``coverage`` is the share of values within P10 to P90, which should be 0.8.
    """

    pinball: float
    mae: float
    coverage: float


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """One model's forecasts of past times: pairs, raw quantiles [n, 3], the fold of each and what came."""

    name: str
    samples: Samples
    quantiles: Floats
    actual: Floats
    fold: Ints
    scale: HourlyScale

    def calibration(self, rows: Observed) -> Calibration:
        """Return what all folds ask for."""
        return self._calibrated(rows, np.ones(len(self.fold), dtype=np.bool_))

    def judged(self, rows: Observed) -> NDArray[np.bool_]:
        """Return which pairs are known and say something about a model."""
        return np.asarray(np.isfinite(self.actual) & judged(rows, self.samples, self.scale), dtype=np.bool_)

    def honest(self, rows: Observed) -> Floats:
        """Return the quantiles of each fold, calibrated by the other folds."""
        found = np.full_like(self.quantiles, np.nan)
        for fold in np.unique(self.fold):
            mine, others = self.fold == fold, self.fold != fold
            used = others if others.any() else mine
            moves = self._calibrated(rows, used)
            found[mine] = moves.applied(rows, self.samples.only(mine), self.quantiles[mine])
        return found

    def _calibrated(self, rows: Observed, used: NDArray[np.bool_]) -> Calibration:
        """Return the moves of the range half way from those of all folds to those of the fold that asks for most.

        What comes is another stretch of time and not more of the same: errors of one stretch hang together.
        """
        whole = self._moves(rows, used)
        each = np.stack([self._moves(rows, used & (self.fold == fold)).moves for fold in np.unique(self.fold[used])])
        moves = whole.moves.copy()
        moves[:, 0] = (moves[:, 0] + each[:, :, 0].min(axis=0)) / 2
        moves[:, -1] = (moves[:, -1] + each[:, :, -1].max(axis=0)) / 2
        return Calibration(moves=moves, scale=self.scale)

    def _moves(self, rows: Observed, used: NDArray[np.bool_]) -> Calibration:
        return calibrated(rows, self.samples.only(used), self.quantiles[used], self.actual[used], self.scale)


def backtest(rows: Observed, candidate: Candidate) -> Backtest:
    """Return a candidate's forecasts of the last weeks, fitted anew before each fold."""
    parts = []
    for fold, (first, last) in enumerate(_folds(rows)):
        known = rows.until(first)
        model = candidate.fit(known)
        step = max(1, round(ORIGIN_H * rows.per_hour))
        leads = sorted({max(1, round(hours * rows.per_hour)) for hours in LEADS_H})
        samples = every(np.arange(first - 1, last - 1, step, dtype=np.int64), leads)
        samples = samples.only(samples.at < len(rows))
        parts.append((samples, model.predict(rows, samples), np.full(len(samples), fold)))
    samples = Samples(
        origin=np.concatenate([part[0].origin for part in parts]),
        lead=np.concatenate([part[0].lead for part in parts]),
    )
    actual = value_at(rows.values, samples.at)
    return Backtest(
        name=candidate.name,
        samples=samples,
        quantiles=np.concatenate([part[1] for part in parts]),
        actual=actual,
        fold=np.concatenate([part[2] for part in parts]),
        scale=hourly_scale(rows),
    )


def score(quantiles: Floats, actual: Floats) -> Score:
    """Return how well quantiles [n, 3] met what came, over what is known of both."""
    known = np.isfinite(quantiles).all(axis=1) & np.isfinite(actual)
    if not known.any():
        return Score(pinball=np.inf, mae=np.inf, coverage=0.0)
    met, guess = actual[known], quantiles[known]
    losses = [_pinball(met - guess[:, i], quantile) for i, quantile in enumerate(QUANTILES)]
    inside = (met >= guess[:, 0]) & (met <= guess[:, -1])
    middle = np.abs(met - guess[:, len(QUANTILES) // 2]).mean()
    return Score(pinball=float(np.mean(losses)), mae=float(middle), coverage=float(inside.mean()))


def by_lead(rows: Observed, samples: Samples, quantiles: Floats, reference: Floats, actual: Floats) -> tuple[Lead, ...]:
    """Return how a model does at short and long leads, with its skill against a reference."""
    of = bucket(rows, samples.lead)
    found = []
    for place, hours in enumerate(BUCKETS_H):
        mine = of == place
        if mine.any():
            own, other = score(quantiles[mine], actual[mine]), score(reference[mine], actual[mine])
            found.append(Lead(hours=hours, mae=own.mae, skill=skill(own.mae, other.mae), coverage=own.coverage))
    return tuple(found)


def skill(error: float, reference: float) -> float:
    """Return the share of a reference's error that is gone: 1 is perfect, 0 no better, below 0 worse."""
    return 1.0 - error / reference if reference > 0 else 0.0


def _pinball(errors: Floats, quantile: float) -> float:
    return float(np.maximum(quantile * errors, (quantile - 1) * errors).mean())


def _folds(rows: Observed) -> list[tuple[int, int]]:
    """Return the rows [first, last) of each fold; the last row of all can still be forecast from the last origin."""
    tested = int(min(FOLDS * FOLD_DAYS * rows.day, TESTED_SHARE * len(rows)))
    edges = np.linspace(len(rows) - tested, len(rows), FOLDS + 1).astype(np.int64)
    return [(int(a), int(b)) for a, b in itertools.pairwise(edges)]
