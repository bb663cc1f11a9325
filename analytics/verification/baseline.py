"""The model of the time before: candidates from simple to flexible, judged on blocks of time they have not seen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Protocol

import msgspec
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from analytics.verification.basis import Basis, Form, clock_of
from analytics.verification.observations import Floats, Observations

FOLDS_LEAST, FOLDS_MOST = 4, 10
FOLD_DAYS = 7
WITHIN = 1.10
"""The simplest candidate whose error is within a tenth of the best one's is taken."""
BOOSTED_ROWS = 500
"""Trees need that many rows to see anything."""


class Model(Protocol):
    """A fitted baseline. ``parameters`` is how many numbers the data had to give."""

    parameters: float

    def predict(self, rows: Observations) -> Floats:
        """Return the expected rate of each row."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of model by name, and how it is fitted."""

    name: str
    fit: Callable[[Observations], Model]


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The candidate taken, fitted to all rows.

    ``unseen`` [n] are its errors on rows it had not seen; ``scores`` are the CV(RMSE) of every candidate.
    """

    name: str
    candidate: Candidate
    model: Model
    unseen: Floats
    scores: dict[str, float]


class Linear:
    """Ridge regression on a basis."""

    def __init__(self, form: Form, strength: float, rows: Observations) -> None:
        """Fit to rows."""
        self._basis = Basis(form, rows)
        matrix, hold = self._basis.columns(rows)
        normal = matrix.T @ matrix
        # A hair of ridge on every column keeps the system solvable where drivers move together.
        held = normal + np.diag(strength * hold + 1e-9 * np.trace(normal) / len(normal))
        self._weights = np.linalg.solve(held, matrix.T @ rows.rate)
        self.parameters = float(np.trace(np.linalg.solve(held, normal)))

    def predict(self, rows: Observations) -> Floats:
        """Return the expected rate of each row."""
        matrix, _ = self._basis.columns(rows)
        return np.asarray(matrix @ self._weights, dtype=np.float64)


class Boosted:
    """Gradient-boosted trees on drivers, hour of the day and weekend."""

    parameters = 20.0

    def __init__(self, rows: Observations) -> None:
        """Fit to rows."""
        self._trees = HistGradientBoostingRegressor(
            max_iter=150,
            learning_rate=0.06,
            max_leaf_nodes=12,
            min_samples_leaf=max(20, len(rows) // 60),
            l2_regularization=1.0,
            random_state=0,
        )
        # One thread: on a busy machine several wait for each other a hundred times longer than they work.
        with threadpool_limits(limits=1, user_api="openmp"):
            self._trees.fit(_inputs(rows), rows.rate)

    def predict(self, rows: Observations) -> Floats:
        """Return the expected rate of each row."""
        with threadpool_limits(limits=1, user_api="openmp"):
            return np.asarray(self._trees.predict(_inputs(rows)), dtype=np.float64)


def _inputs(rows: Observations) -> Floats:
    return np.column_stack([rows.drivers, *clock_of(rows.hours)])


def _linear(name: str, form: Form, strength: float) -> Candidate:
    return Candidate(name=name, fit=lambda rows: Linear(form, strength, rows))


LINEAR: tuple[Candidate, ...] = (
    _linear("mean", Form(drivers=False), 0.0),
    _linear("linear", Form(), 0.1),
    _linear("linear_time", Form(time=True), 1.0),
    _linear("change_point", Form(bends=1), 1.0),
    _linear("spline", Form(bends=4, products=True), 3.0),
    _linear("spline_time", Form(bends=4, products=True, time=True), 3.0),
)
"""From simple to flexible."""
BOOSTED = Candidate(name="boosted", fit=Boosted)


def choose(rows: Observations, *, linear_only: bool = False) -> Chosen:
    """Return the simplest candidate that predicts unseen blocks nearly as well as the best one does."""
    usable = [one for one in LINEAR if rows.names or one.name in {"mean", "linear_time"}]
    if not linear_only and len(rows) >= BOOSTED_ROWS and rows.names:
        usable.append(BOOSTED)
    errors = {one.name: unseen_errors(one, rows) for one in usable}
    scores = {name: float(np.sqrt(np.mean(error**2)) / abs(rows.rate.mean())) for name, error in errors.items()}
    best = min(scores.values())
    taken = next(one for one in usable if scores[one.name] <= WITHIN * best)
    return Chosen(name=taken.name, candidate=taken, model=taken.fit(rows), unseen=errors[taken.name], scores=scores)


def unseen_errors(candidate: Candidate, rows: Observations) -> Floats:
    """Return measured less expected of every row [n], expected by a model that had not seen its block of time."""
    errors = np.empty(len(rows))
    for block in blocks_of(rows):
        inside = np.zeros(len(rows), dtype=np.bool_)
        inside[block] = True
        model = candidate.fit(rows.only(~inside))
        errors[inside] = rows.rate[inside] - model.predict(rows.only(inside))
    return errors


def blocks_of(rows: Observations) -> list[slice]:
    """Return stretches of about a week, four at least and ten at most."""
    count = int(np.clip(len(rows) // (FOLD_DAYS * rows.per_day), FOLDS_LEAST, FOLDS_MOST))
    edges = np.linspace(0, len(rows), count + 1).astype(np.int64)
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(edges)]
