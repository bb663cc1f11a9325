"""Linear regression that starts from a prior: where the data say nothing, the prior stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats
from analytics.site_model.parameter import FITTED_SHARE, Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST_ROWS = 24
ROUNDS = 8
_HUBER = 1.5
_MAD = 1.4826
_LARGEST_RHO = 0.98


class Posterior(msgspec.Struct, frozen=True, kw_only=True):
    """Coefficients with their standard errors, and the spread of the residuals."""

    values: Floats
    errors: Floats
    noise: float
    rows: int


def regress(terms: Floats, target: Floats, means: Floats, errors: Floats, floor: float) -> Posterior:
    """Return the coefficients of ``target ~ terms`` [rows x terms], normal priors given by ``means`` and ``errors``.

    Outliers count less (Huber), rows that are alike in time count as fewer (lag-1 autocorrelation), and the residuals
    are never taken to be smaller than ``floor``.
    """
    values: Floats = np.array(means, dtype=np.float64)
    precision = np.diag(1.0 / errors**2)
    noise, rho = floor, 0.0
    # Plain least squares starts nearer than the prior.
    residuals = target - terms @ np.linalg.lstsq(terms, target, rcond=None)[0]
    for _ in range(ROUNDS):
        noise = max(_MAD * float(np.median(np.abs(residuals))), floor)
        weights = np.asarray(np.minimum(1.0, _HUBER * noise / np.maximum(np.abs(residuals), 1e-12)))
        # As far as the noise is the floor it is that of meters, which has no memory.
        rho = _autocorrelation(residuals) * min(1.0, (float(residuals.std()) / noise) ** 2)
        share = (1.0 - rho) / (1.0 + rho) / noise**2
        normal = (terms * weights[:, None]).T @ terms * share
        right = (terms * weights[:, None]).T @ target * share
        values = np.asarray(np.linalg.solve(normal + precision, right + precision @ means), dtype=np.float64)
        residuals = target - terms @ values
    spread = np.sqrt(np.diag(np.linalg.inv(normal + precision)))
    return Posterior(values=values, errors=spread, noise=noise, rows=len(target))


def learned(
    priors: Sequence[Parameter],
    terms: Floats,
    target: Floats,
    *,
    floor: float,
    least_error: float = 0.03,
    varied: Sequence[float] = (),
) -> list[Parameter]:
    """Return the parameters of ``target ~ terms``, each fitted or left as it was, with the reason.

    Rows with anything unknown are left out. A fitted error is at least ``least_error`` of the value: a model is never
    quite right. A term whose standard deviation is below its ``varied`` is mostly noise, which makes any slope too
    small: its coefficient stays as it was believed.
    """
    known = np.isfinite(target) & np.isfinite(terms).all(axis=1)
    if int(known.sum()) < FEWEST_ROWS:
        return [_kept(prior, "too_few") for prior in priors]
    terms, target = terms[known], target[known]
    least = np.array(varied) if len(varied) else np.zeros(len(priors))
    moved = terms.std(axis=0) >= least
    means, errors = np.array([p.value for p in priors]), np.array([p.error for p in priors])
    rest = target - terms[:, ~moved] @ means[~moved]
    found = regress(terms[:, moved], rest, means[moved], errors[moved], floor)
    values, spread = means.copy(), errors.copy()
    values[moved], spread[moved] = found.values, found.errors
    return [
        narrowed(prior, float(value), max(float(error), least_error * abs(float(value))), found.rows)
        if told
        else _kept(prior, prior.reason if prior.reason not in {"", "not_metered"} else "not_varied")
        for prior, value, error, told in zip(priors, values, spread, moved, strict=True)
    ]


def narrowed(prior: Parameter, value: float, error: float, rows: int) -> Parameter:
    """Return what data made of a prior; beyond the prior's bounds it is held at them."""
    if error > FITTED_SHARE * prior.error:
        reason = prior.reason or "not_varied"
        held = min(max(value, prior.low), prior.high)
        kept = _kept(prior, reason if reason != "not_metered" else "not_varied")
        return _replace(kept, value=held, error=min(error, prior.error))
    if not prior.low <= value <= prior.high:
        return _replace(_kept(prior, "implausible"), value=min(max(value, prior.low), prior.high))
    return _replace(prior, value=value, error=error, source="fitted", reason="", rows=rows)


def free(name: str, value: float, error: float, rows: int, unit: str = "1", low: float = 0.0) -> Parameter:
    """Return a parameter that was fitted without a prior."""
    return Parameter(name=name, value=value, error=error, low=low, unit=unit, source="fitted", rows=rows)


def _kept(prior: Parameter, reason: str) -> Parameter:
    return _replace(prior, source="prior", reason=reason)


def _replace(parameter: Parameter, **changes: object) -> Parameter:
    return msgspec.structs.replace(parameter, **changes)


def _autocorrelation(residuals: Floats) -> float:
    centred = residuals - residuals.mean()
    total = float((centred**2).sum())
    if total <= 0.0:
        return 0.0
    return float(np.clip((centred[1:] * centred[:-1]).sum() / total, 0.0, _LARGEST_RHO))
