"""Fans, pumps and towers: power against speed, ``P = P0 [a + (1 - a) f^n]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.linear import FEWEST_ROWS, narrowed
from analytics.site_model.parameter import Draws, Parameter
from greendc.physics.flow import fan_power

if TYPE_CHECKING:
    from analytics.counters import Floats

VARIED = 0.02
"""Speeds that moved less than this share of their mean tell nothing of the law."""
_FIXED = np.linspace(0.0, 0.3, 61)
_EXPONENT = np.linspace(1.2, 3.3, 22)
_NOISE = 0.01
STILL = 0.02


class Drive(msgspec.Struct, frozen=True, kw_only=True):
    """The law of a drive; below the speed ``stands`` it does not run."""

    fixed: Parameter
    exponent: Parameter
    stands: float = 0.06

    def ratio(self, then: Floats, now: Floats, draws: Draws) -> Floats:
        """Return power at a speed over power at another, [draws x rows]; 0 where it stands then."""
        a, n = self.fixed.draw(draws), self.exponent.draw(draws)
        before = _relative(np.maximum(now, STILL), a, n)
        return np.where(then > STILL, _relative(np.maximum(then, STILL), a, n) / before, 0.0)

    def parameters(self) -> tuple[Parameter, ...]:
        """Return both coefficients."""
        return self.fixed, self.exponent


def fit_drive(speed: Floats, power: Floats, fixed: Parameter, exponent: Parameter) -> Drive:
    """Return the law of drives of one kind, each in a column, whose rated powers are free.

    The posterior of ``a`` and ``n`` is worked out on a grid, with the priors' normals.
    """
    columns = [_known(speed[:, i], power[:, i]) for i in range(speed.shape[1])]
    columns = [(f, w) for f, w in columns if len(f) >= FEWEST_ROWS]
    if not columns:
        reason = "too_few" if np.isfinite(power).any() else "not_metered"
        return Drive(fixed=_because(fixed, reason), exponent=_because(exponent, reason))
    if max(float(f.std() / f.mean()) for f, _ in columns) < VARIED:
        return Drive(fixed=_because(fixed, "not_varied"), exponent=_because(exponent, "not_varied"))
    score, best = np.zeros((len(_FIXED), len(_EXPONENT))), 0.0
    for f, w in columns:
        misfit, spread = _misfit(f, w)
        noise = max(_NOISE, spread)
        # Quarters of an hour are alike; a day of them counts as a few.
        score -= 0.5 * misfit / noise**2 * min(1.0, 8.0 * (len(f) / 96.0 + 1.0) / len(f))
        best = max(best, noise)
    grid_a, grid_n = np.meshgrid(_FIXED, _EXPONENT, indexing="ij")
    score -= 0.5 * ((grid_a - fixed.value) / fixed.error) ** 2 + 0.5 * ((grid_n - exponent.value) / exponent.error) ** 2
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    rows = sum(len(f) for f, _ in columns)
    found = []
    for prior, grid in ((fixed, grid_a), (exponent, grid_n)):
        value = float((weight * grid).sum())
        error = float(((weight * (grid - value) ** 2).sum()) ** 0.5)
        found.append(narrowed(prior, value, max(error, 0.02 * abs(value)), rows))
    return Drive(fixed=found[0], exponent=found[1])


def _misfit(f: Floats, w: Floats) -> tuple[Floats, float]:
    """Return the sum of squared relative residuals for each law, and the least root mean square of them."""
    grid = np.empty((len(_FIXED), len(_EXPONENT)))
    for i, a in enumerate(_FIXED.tolist()):
        for j, n in enumerate(_EXPONENT.tolist()):
            share = w / fan_power(np.ones(len(f)), f, fixed_share=a, exponent=n)
            grid[i, j] = float(((share / share.mean() - 1.0) ** 2).sum())
    return grid, float((grid.min() / len(f)) ** 0.5)


def _known(speed: Floats, power: Floats) -> tuple[Floats, Floats]:
    known = np.isfinite(speed) & np.isfinite(power) & (speed > STILL) & (power > 0)
    return speed[known], power[known]


def _relative(speed: Floats, a: Floats, n: Floats) -> Floats:
    return np.asarray(a + (1.0 - a) * speed**n, dtype=np.float64)


def _because(prior: Parameter, reason: str) -> Parameter:
    return msgspec.structs.replace(prior, reason=reason)
