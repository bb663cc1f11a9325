"""How many independent observations a run of errors is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analytics.verification.observations import Floats

NOTHING = 0.02
"""A correlation below it ends the sum."""
LONGEST_SHARE = 3
"""Lags above a third of the run are too seldom seen."""


def correlation_time(errors: Floats, most: int) -> float:
    """Return by how many rows one independent observation is spread, at least 1.

    It is 1 + 2 x the sum of the autocorrelations up to the first that is nothing (initial positive sequence, Geyer
    1992), over at most ``most`` lags; n' of ASHRAE Guideline 14 is n over it.
    """
    centred = errors - errors.mean()
    variance = float(np.mean(centred**2))
    if variance <= 0:
        return 1.0
    total = 0.0
    for lag in range(1, min(most, len(errors) // LONGEST_SHARE)):
        correlation = float(np.mean(centred[lag:] * centred[:-lag])) / variance
        if correlation <= NOTHING:
            break
        total += correlation
    return 1.0 + 2.0 * total
