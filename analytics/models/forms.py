"""The shapes that a learned expectation may take: linear, quadratic, or boosted trees that rise with what they must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from greendc.physics.kinds import FloatArray

FOLDS = 5
BETTER = 0.9
"""A less simple form is taken where it lowers the held-out error below this share of the simpler one's."""
GOOD_ENOUGH = 0.2
"""No other form is tried where the held-out error is below this share of the floor."""
TRIM_SIGMA = 6.0
TREES = {"max_iter": 100, "learning_rate": 0.1, "max_leaf_nodes": 15, "min_samples_leaf": 30, "l2_regularization": 1.0}


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which numerical libraries use one thread.

    Some thousand rows are not worth a second one, and on a busy machine threads wait for each other for minutes.
    """
    found: AbstractContextManager[object] = ThreadpoolController().limit(limits=1)
    return found


class Estimator(Protocol):
    """What scikit-learn's regressors have in common."""

    def fit(self, x: FloatArray, y: FloatArray) -> Estimator:
        """Learn."""

    def predict(self, x: FloatArray) -> FloatArray:
        """Return the expected value of each row."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The form that was chosen, its estimator, and the residuals of each row when its day was held out."""

    form: str
    estimator: object
    residuals: np.ndarray


def make(form: str, signs: Sequence[int]) -> Estimator:
    """Return an unfitted estimator; ``signs`` are the monotone signs of the features.

    Raises:
        KeyError: there is no such form.
    """
    if form == "boosting":
        trees: Estimator = HistGradientBoostingRegressor(
            **TREES, monotonic_cst=list(signs), early_stopping=False, random_state=0
        )
        return trees
    pipelines = {
        "linear": lambda: make_pipeline(StandardScaler(), Ridge(alpha=0.1)),
        "quadratic": lambda: make_pipeline(
            StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler(), Ridge(alpha=1.0)
        ),
    }
    made: Estimator = pipelines[form]()
    return made


def choose(
    x: FloatArray, y: FloatArray, days: np.ndarray, signs: Sequence[int], forms: Sequence[str], floor: float
) -> Chosen:
    """Return the simplest form that blocked cross-validation does not find much worse than another.

    Folds are runs of whole ``days`` (a number per row), because neighbouring steps know each other.
    """
    best: Chosen | None = None
    error = np.inf
    for form in forms:
        residuals = held_out(form, x, y, days, signs)
        spread = float(np.median(np.abs(residuals))) / 0.6745
        found = float(np.minimum(np.abs(residuals), max(TRIM_SIGMA * spread, floor)).mean())
        if best is None or (found < BETTER * error and _rises(form, x, y, signs)):
            best, error = Chosen(form=form, estimator=None, residuals=residuals), found
        if error < GOOD_ENOUGH * floor:
            break
    if best is None:
        message = "no form to choose from"
        raise ValueError(message)
    return msgspec.structs.replace(best, estimator=fitted(best.form, x, y, signs))


def held_out(form: str, x: FloatArray, y: FloatArray, days: np.ndarray, signs: Sequence[int]) -> FloatArray:
    """Return the residual of each row by an estimator that has not seen the days around it."""
    residuals = np.zeros(len(y))
    for block in np.array_split(np.unique(days), min(FOLDS, len(np.unique(days)))):
        out = (days >= block[0]) & (days <= block[-1])
        residuals[out] = y[out] - fitted(form, x[~out], y[~out], signs).predict(x[out])
    return residuals


def fitted(form: str, x: FloatArray, y: FloatArray, signs: Sequence[int]) -> Estimator:
    """Return an estimator that was fitted twice, the second time without what the first found far out."""
    first = make(form, signs).fit(x, y)
    residuals = y - first.predict(x)
    centre = float(np.median(residuals))
    spread = float(np.median(np.abs(residuals - centre))) / 0.6745
    kept = np.abs(residuals - centre) <= TRIM_SIGMA * max(spread, 1e-9)
    if kept.all() or kept.mean() < 0.5:  # noqa: PLR2004 (half of the rows are no outliers)
        return first
    return make(form, signs).fit(x[kept], y[kept])


def _rises(form: str, x: FloatArray, y: FloatArray, signs: Sequence[int]) -> bool:
    """Tell whether a quadratic form keeps the signs at the middle of the data; the others need no proof."""
    if form != "quadratic" or not any(signs):
        return True
    estimator = fitted(form, x, y, signs)
    middle = np.median(x, axis=0)
    for sign in (1, -1):
        signed = np.flatnonzero(np.array(signs) == sign)
        if len(signed) == 0:
            continue
        rows = np.tile(middle, (9, 1))
        rows[:, signed] = np.quantile(x[:, signed], np.linspace(0.02, 0.98, 9), axis=0)
        line = estimator.predict(rows) * sign
        if np.diff(line).min() < -0.05 * max(float(np.ptp(line)), 1e-12):
            return False
    return True
