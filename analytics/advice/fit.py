"""What a site's own data tell: robust fits with scikit-learn, and None where the drivers did not vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from analytics.counters import Floats

FEWEST_ROWS = 30
VARIED_K = 0.2
"""A temperature that moved less than this (standard deviation) teaches nothing about its effect."""
VARIED_SHARE = 0.02
MOST_ITERATIONS = 1000


class Slope(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted slope and its standard error, in the units of response by driver."""

    value: float
    error: float
    rows: int


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """Mean power [W] at the mean drivers of the window, its standard error [W], and how it was found."""

    mean_w: float
    error_w: float
    method: str
    rows: int


def inlet_response(frame: pd.DataFrame, inlet: str, supply: str) -> Slope | None:
    """Return kelvins of inlet for one kelvin of supply air, or None when the supply did not vary enough."""
    known = frame[[inlet, supply]].dropna()
    if len(known) < FEWEST_ROWS or float(known[supply].std()) < VARIED_K:
        return None
    drivers = known[[supply]].to_numpy(dtype=np.float64)
    response = known[inlet].to_numpy(dtype=np.float64)
    slopes, residuals = _huber(drivers, response)
    spread = float(drivers.std()) * len(known) ** 0.5
    return Slope(value=float(slopes[0]), error=float(residuals.std()) / spread, rows=len(known))


def power_base(frame: pd.DataFrame, power: str, drivers: list[str]) -> Base | None:
    """Return a cooling power at equal IT work and weather: fitted on its drivers where they varied, else the mean.

    Drivers that are unknown or did not vary are left out; the method names those that are in.
    """
    series = frame[power].dropna()
    if series.empty:
        return None
    used = [name for name in drivers if name in frame and _varied(frame[name])]
    known = frame[[power, *used]].dropna()
    if not used or len(known) < FEWEST_ROWS:
        return Base(
            mean_w=float(series.mean()), error_w=_standard_error(series.to_numpy()), method="mean", rows=len(series)
        )
    _, residuals = _huber(known[used].to_numpy(dtype=np.float64), known[power].to_numpy(dtype=np.float64))
    # A robust fit at the mean drivers: the mean of the response less the mean of what the outliers add.
    mean_w = float(known[power].mean() - residuals.mean())
    return Base(mean_w=mean_w, error_w=_standard_error(residuals), method="huber:" + ",".join(used), rows=len(known))


def _varied(series: pd.Series[float]) -> bool:
    known = series.dropna()
    if len(known) < FEWEST_ROWS:
        return False
    return float(known.std()) > VARIED_SHARE * max(abs(float(known.mean())), 1.0)


def _huber(drivers: Floats, response: Floats) -> tuple[Floats, Floats]:
    """Return slopes and residuals of a Huber regression on scaled columns."""
    from sklearn.linear_model import HuberRegressor  # noqa: PLC0415 (half a second, wanted by advice alone)

    centre, scale = drivers.mean(axis=0), drivers.std(axis=0)
    level, height = float(response.mean()), max(float(response.std()), 1e-12)
    model = HuberRegressor(max_iter=MOST_ITERATIONS, alpha=1e-6)
    model.fit((drivers - centre) / scale, (response - level) / height)
    fitted = np.asarray(model.predict((drivers - centre) / scale), dtype=np.float64) * height + level
    return np.asarray(model.coef_, dtype=np.float64) * height / scale, response - fitted


def _standard_error(values: Floats) -> float:
    """Return the standard error of a mean; by lag-1 autocorrelation n values count as n (1-r)/(1+r)."""
    n = len(values)
    spread = float(np.std(values))
    if n <= 2 or spread == 0:  # noqa: PLR2004 (no autocorrelation of two values)
        return spread
    centred = values - values.mean()
    rho = float(np.clip((centred[1:] * centred[:-1]).sum() / (centred**2).sum(), 0.0, 0.99))
    return float(spread / max(1.0, n * (1 - rho) / (1 + rho)) ** 0.5)
