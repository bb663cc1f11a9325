"""How well a baseline model fits, and how sure a saving is: ASHRAE Guideline 14 and CalTRACK."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HOURLY_CORRECTION = 1.26
DAYS_PER_MONTH = 30.0


def cv_rmse(measured: Sequence[float], modelled: Sequence[float], parameters: int) -> float:
    """Return ``sqrt(sum(e^2) / (n - p)) / mean(measured)``, the relative scatter of the residuals e."""
    n = len(measured)
    squares = sum((y - model) ** 2 for y, model in zip(measured, modelled, strict=True))
    return math.sqrt(squares / (n - parameters)) / (sum(measured) / n)


def nmbe(measured: Sequence[float], modelled: Sequence[float], parameters: int) -> float:
    """Return ``sum(measured - modelled) / ((n - p) mean(measured))``, the relative bias; others swap its sign."""
    n = len(measured)
    bias = sum(y - model for y, model in zip(measured, modelled, strict=True))
    return bias / ((n - parameters) * (sum(measured) / n))


def independent_points(n: float, lag_one: float) -> float:
    """Return ``n' = n (1 - rho) / (1 + rho)``: how many independent points n autocorrelated residuals are worth."""
    return n * (1.0 - lag_one) / (1.0 + lag_one)


def daily_correction(baseline_days: float) -> float:
    """Return CalTRACK's factor for daily models, ``-0.00024 M^2 + 0.03535 M + 1.00286`` with M months of 30 days."""
    months = baseline_days / DAYS_PER_MONTH
    return -0.00024 * months**2 + 0.03535 * months + 1.00286


def fractional_savings_uncertainty(
    *,
    t: float,
    correction: float,
    cv: float,
    saving_ratio: float,
    baseline: float,
    independent: float,
    reporting: float,
) -> float:
    """Return the uncertainty of a saving relative to it: ``t c CV / F sqrt((n/n') (1 + 2/n') / m)``.

    ``t`` is the t-statistic of the confidence wanted, ``correction`` 1.26 or `daily_correction`, ``cv`` the model's
    CV(RMSE), ``baseline`` n and ``independent`` n' points of the baseline, ``reporting`` m points. ASHRAE Guideline 14.
    """
    spread = (baseline / independent) * (1.0 + 2.0 / independent) / reporting
    return t * correction * cv / saving_ratio * math.sqrt(spread)
