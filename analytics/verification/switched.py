"""The effect of a measure that was switched on and off in turns (ABAB), from rows of both kinds of one period.

A regression with a term for "on" compares hours of like drivers and time; its error allows for correlation in time
(Newey and West, Econometrica 1987) and is held against the scatter of whole blocks.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.verification.autocorrelation import correlation_time
from analytics.verification.basis import Basis, Form
from analytics.verification.observations import DAY_H, Flags, Floats

if TYPE_CHECKING:
    from analytics.verification.observations import Observations

FORMS: dict[str, Form] = {
    "linear": Form(),
    "linear_time": Form(time=True),
    "spline": Form(bends=3, products=True),
    "spline_time": Form(bends=3, products=True, time=True),
}
STRENGTH = 1.0
SETTLING_H = 1.0
"""After a switch the plant is between both states for about so long."""
BLOCKS_LEAST = 2
WITHIN = 1.05
FOLDS = 6


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What being on changes: ``rate`` [target per hour, negative is a saving] with its standard error.

    ``freedom`` are the error's degrees of freedom; ``errors`` [n] what the regression leaves of each row, ``clear`` [n]
    which rows it used, ``parameters`` how many numbers it has.
    """

    rate: float
    error: float
    freedom: float
    errors: Floats
    clear: Flags
    form: str
    parameters: int
    effective: float
    blocks: tuple[int, int]


def effect_of(rows: Observations, switched: Flags) -> Effect:
    """Return what being on changes.

    Raises:
        ValueError: one of the two states was not there twice.
    """
    block = _blocks(rows, switched)
    clear = _settled(rows, block)
    counts = (_count(block[clear & ~switched]), _count(block[clear & switched]))
    if min(counts) < BLOCKS_LEAST:
        raise ValueError(counts)
    used = rows.only(clear)
    on, number = switched[clear], block[clear]
    name = _form(used, on)
    matrix = _matrix(used, on, FORMS[name])
    weights = _fit(matrix, used.rate)
    errors = used.rate - matrix @ weights
    lags = max(used.per_day, int(np.median(np.bincount(number)[np.unique(number)])))
    error = max(_newey_west(matrix, errors, lags), _between_blocks(errors, on, number))
    spread = correlation_time(errors, 7 * used.per_day)
    effective = len(used) / spread
    return Effect(
        rate=float(weights[0]),
        error=error,
        freedom=max(2.0, min(effective - matrix.shape[1], sum(counts) - 2.0)),
        errors=errors,
        clear=clear,
        form=name,
        parameters=matrix.shape[1],
        effective=effective,
        blocks=counts,
    )


def _blocks(rows: Observations, switched: Flags) -> np.ndarray:
    """Number the stretches of one state; a new one begins where a day or more is missing."""
    gap = np.diff(rows.hours) > DAY_H
    return np.concatenate([[0], np.cumsum((np.diff(switched.astype(np.int8)) != 0) | gap)])


def _settled(rows: Observations, block: np.ndarray) -> Flags:
    """Return the rows that begin late enough after the switch before them."""
    first = np.concatenate([[True], np.diff(block) != 0])
    began = rows.hours[np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))]
    return np.asarray((block == 0) | (rows.hours - began >= min(SETTLING_H, rows.step_h)), dtype=np.bool_)


def _count(blocks: np.ndarray) -> int:
    return len(np.unique(blocks))


def _matrix(rows: Observations, on: Flags, form: Form) -> Floats:
    columns, _ = Basis(form, rows).columns(rows)
    trend = (rows.hours - rows.hours.mean()) / max(1.0, float(np.ptp(rows.hours)))
    return np.column_stack([on.astype(np.float64), columns, trend])


def _fit(matrix: Floats, rate: Floats) -> Floats:
    normal = matrix.T @ matrix
    hold = 1e-9 * np.trace(normal) / len(normal)
    return np.asarray(np.linalg.solve(normal + hold * np.eye(len(normal)), matrix.T @ rate), dtype=np.float64)


def _form(rows: Observations, on: Flags) -> str:
    """Return the simplest form that predicts unseen stretches nearly as well as the best."""
    edges = np.linspace(0, len(rows), FOLDS + 1).astype(np.int64)
    scores: dict[str, float] = {}
    for name, form in FORMS.items():
        if not rows.names and name != "linear_time":
            continue
        matrix, total = _matrix(rows, on, form), 0.0
        for first, last in itertools.pairwise(edges):
            inside = np.zeros(len(rows), dtype=np.bool_)
            inside[first:last] = True
            weights = _fit(matrix[~inside], rows.rate[~inside])
            total += float(np.sum((rows.rate[inside] - matrix[inside] @ weights) ** 2))
        scores[name] = float(np.sqrt(total))
    best = min(scores.values())
    return next(name for name, score in scores.items() if score <= WITHIN * best)


def _newey_west(matrix: Floats, errors: Floats, lags: int) -> float:
    """Return the standard error of the first weight, with Bartlett weights up to ``lags``."""
    bread = np.linalg.pinv(matrix.T @ matrix)
    scores = matrix * errors[:, None]
    meat = scores.T @ scores
    for lag in range(1, min(lags, len(errors) - 1) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1.0 - lag / (lags + 1.0)) * (cross + cross.T)
    variance = float((bread @ meat @ bread)[0, 0]) * len(errors) / max(1, len(errors) - matrix.shape[1])
    return float(np.sqrt(max(0.0, variance)))


def _between_blocks(errors: Floats, on: Flags, number: np.ndarray) -> float:
    """Return the standard error of the difference of the two states' mean errors, each block one observation."""
    variance = 0.0
    for state in (False, True):
        means = np.array([errors[number == one].mean() for one in np.unique(number[on == state])])
        variance += float(np.var(means, ddof=1)) / len(means)
    return float(np.sqrt(variance))
