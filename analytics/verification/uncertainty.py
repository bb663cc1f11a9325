"""How wrong the saving may be: four answers, of which the largest holds.

ASHRAE Guideline 14 assumes a linear model that is right; refits on resampled blocks see how far the model itself may
turn; blocks of unseen errors see drift and what no driver explains; no meter is better than it repeats. Each misses
what another sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from scipy import stats

from analytics.verification.autocorrelation import correlation_time
from analytics.verification.limits import limits

if TYPE_CHECKING:
    from analytics.verification.baseline import Chosen
    from analytics.verification.observations import Floats, Observations

METER_SIGMAS = float(stats.norm.ppf(0.95))
"""Of how many standard errors half of a range of 90 % is."""
WEEK_D = 7
REFITS = 60
REFITS_OF_TREES = 15
LEAST_FREEDOM = 3.0
BLOCKS_LEAST = 6
FALL_LEAST, FALL_MOST = 0.15, 0.5
"""By which power of the length the mean error of a block falls: 0.5 if errors are independent, 0 if they stay."""
USUAL_FALL = 0.4


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Standard errors of the saving in the target's energy, with the degrees of freedom of each.

    ``meter`` is what the meter shows otherwise in another season. ``effective`` is n', the number of independent rows
    of the baseline.
    """

    guideline: float
    refits: float
    blocks: float
    meter: float
    freedom: float
    block_freedom: float
    effective: float

    def half_width(self, level: float) -> float:
        """Return half the width of the interval that holds the saving with a probability, by the widest answer."""
        row = float(stats.t.ppf(0.5 + level / 2.0, self.freedom))
        block = float(stats.t.ppf(0.5 + level / 2.0, self.block_freedom))
        meter = float(stats.norm.ppf(0.5 + level / 2.0))
        return max(row * self.guideline, row * self.refits, block * self.blocks, meter * self.meter)


def spread_of(chosen: Chosen, baseline: Observations, reporting: Observations) -> Spread:
    """Return the standard errors of the sum of expected less measured over the reporting rows."""
    n, m = len(baseline), len(reporting)
    spread = correlation_time(chosen.unseen, WEEK_D * baseline.per_day)
    effective, effective_m = n / spread, max(1.0, m / spread)
    parameters = min(chosen.model.parameters, effective / 2.0)
    error = float(np.sqrt(np.sum(chosen.unseen**2) / max(1.0, n - chosen.model.parameters)))
    total = m * reporting.step_h
    noise = error * total / np.sqrt(effective_m)
    expected = float(np.abs(chosen.model.predict(reporting)).sum()) * reporting.step_h
    blocks, block_count = _block_error(chosen.unseen, baseline.per_day, m)
    return Spread(
        guideline=error * total * float(np.sqrt(1.0 / effective_m + (1.0 + 2.0 / effective) / effective)),
        refits=float(np.hypot(_refit_error(chosen, baseline, reporting), noise)),
        blocks=blocks * total,
        meter=limits().repeatability.ratio / METER_SIGMAS * expected,
        freedom=max(LEAST_FREEDOM, effective - parameters),
        block_freedom=max(LEAST_FREEDOM, block_count - 1.0),
        effective=effective,
    )


def _refit_error(chosen: Chosen, baseline: Observations, reporting: Observations) -> float:
    """Return the standard deviation of the expected energy over models fitted to resampled blocks of weeks."""
    draw = np.random.default_rng(0)
    n = len(baseline)
    length = max(1, min(WEEK_D * baseline.per_day, n // 4))
    count = REFITS if hasattr(chosen.model, "_weights") else REFITS_OF_TREES
    totals = []
    for _ in range(count):
        starts = draw.integers(0, n - length + 1, -(-n // length))
        rows = (starts[:, None] + np.arange(length)).ravel()[:n]
        model = chosen.candidate.fit(baseline.taken(rows))
        totals.append(float(model.predict(reporting).sum()) * reporting.step_h)
    return float(np.std(totals, ddof=1))


def _block_error(errors: Floats, per_day: int, length: int) -> tuple[float, float]:
    """Return the standard deviation of the mean error of ``length`` rows, and of how many blocks it is known.

    Beyond the longest block that repeats often enough, it falls as it was seen to fall with the blocks' length.
    """
    lengths: list[int] = []
    deviations: list[float] = []
    size = per_day
    while size <= max(per_day, len(errors) // BLOCKS_LEAST) and (not lengths or size <= 2 * length):
        count = len(errors) // size
        means = errors[: count * size].reshape(count, size).mean(axis=1)
        lengths.append(size)
        deviations.append(float(np.sqrt(np.sum(means**2) / max(1, count - 1))))
        size *= 2
    fall = USUAL_FALL
    if len(lengths) > 1:
        slope = np.polyfit(np.log(lengths), np.log(np.maximum(deviations, 1e-12)), 1)[0]
        fall = float(np.clip(-slope, FALL_LEAST, FALL_MOST))
    if length > lengths[-1]:
        return deviations[-1] * (lengths[-1] / length) ** fall, len(errors) // lengths[-1]
    return float(np.interp(length, lengths, deviations)), len(errors) // lengths[-1]
