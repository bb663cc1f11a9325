"""Two witnesses of one amount: a register and the rate that the same device reports beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.quality.pace import STEP_S
from greendc.model import SeriesKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.counters import Floats
    from analytics.quality.pace import Declared
    from analytics.quality.steps import SeriesSteps

RATES = {
    "active_energy_j": "active_power_w",
    "heat_energy_j": "heat_power_w",
    "water_volume_m3": "water_flow_m3_s",
    "fuel_volume_m3": "fuel_flow_m3_s",
}
"""The rate of each register."""
APART = 0.05
"""How far an hour's register and the mean rate of its readings may differ."""
QUANTA = 2.0
STEPS_PER_HOUR = 4
FEWEST_HOURS = 2
FACTORS = (10.0, 100.0, 1000.0, 3600.0, 1e6)
NEAR_FACTOR = 0.08
REAL_CHANGE = 1e-6
"""Differences smaller than this share are the rounding of doubles."""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Hours in which a register and its rate could be compared, in how many they agree, and by how much they do not.

    ``ratio`` is register by rate, the median of the hours that disagree, else of all.
    """

    hours: int
    agreeing: int
    ratio: float

    @property
    def factor(self) -> float | None:
        """Return the mistake of units that explains the ratio, if one does."""
        return factor_near(self.ratio)


def factor_near(ratio: float) -> float | None:
    """Return the factor between units (10, 1000, 3600 ... or one by it) that a ratio is close to, or None."""
    for factor in FACTORS:
        for wanted in (factor, 1.0 / factor):
            if abs(ratio / wanted - 1.0) <= NEAR_FACTOR:
                return wanted
    return None


def rate_key(key: SeriesKey) -> SeriesKey | None:
    """Return the series of the rate that belongs to a register."""
    rate = RATES.get(key.quantity)
    return None if rate is None else SeriesKey(key.site, key.device, key.part, rate)


def agreement(register: SeriesSteps, rate: SeriesSteps, grain: float | None = None) -> Agreement | None:
    """Compare a register with its rate hour by hour; None where fewer than two hours can be.

    An hour counts when both are known in all its steps, the register is fine enough for it, and the rate is above 0
    throughout: most registers do not count backwards. ``grain`` is what one count is worth, where the profile says it.
    """
    moved = np.concatenate(([np.nan], np.diff(register.last)))
    rated = np.divide(rate.total, rate.known, out=np.full(len(rate.total), np.nan), where=rate.known > 0) * STEP_S
    with np.errstate(invalid="ignore"):
        running = rate.low > 0
    # A step counts from the last reading of the step before it.
    usable = (moved >= 0) & running & np.concatenate(([False], running[:-1]))
    hours = len(moved) // STEPS_PER_HOUR
    whole, counted, wanted = (
        column[: hours * STEPS_PER_HOUR].reshape(hours, STEPS_PER_HOUR) for column in (usable, moved, rated)
    )
    at = whole.all(axis=1)
    hourly, wanted_hourly = counted[at].sum(axis=1), wanted[at].sum(axis=1)
    quantum = _grain(moved[moved >= 0]) if grain is None else grain
    fine = QUANTA * quantum <= APART * wanted_hourly
    if np.count_nonzero(fine) < FEWEST_HOURS:
        return None
    ratio = hourly[fine] / wanted_hourly[fine]
    slack = APART + QUANTA * quantum / wanted_hourly + _coarseness(rate, hours)[at]
    agree = np.abs(ratio - 1.0) <= slack[fine]
    shown = ratio if agree.all() else ratio[~agree]
    return Agreement(hours=len(ratio), agreeing=int(agree.sum()), ratio=float(np.median(shown)))


def _coarseness(rate: SeriesSteps, hours: int) -> Floats:
    """Return how far the mean of an hour may be off because it was sampled, as a share of the mean."""
    shape = (hours, STEPS_PER_HOUR)
    low, high, total = (one[: hours * STEPS_PER_HOUR].reshape(shape) for one in (rate.low, rate.high, rate.total))
    span = high.max(axis=1) - low.min(axis=1)
    whole = np.abs(total.sum(axis=1))
    return np.asarray(np.divide(QUANTA * span, whole, out=np.zeros(hours), where=whole > 0))


def _grain(moved: Floats) -> float:
    """Return the least by which two steps of a register differ [its unit]; 0 where none differ."""
    apart = np.diff(np.unique(moved))
    apart = apart[apart > REAL_CHANGE * float(moved.max(initial=1.0))]
    return float(apart.min()) if len(apart) else 0.0


def agreements(steps: Mapping[SeriesKey, SeriesSteps], declared: Declared) -> dict[SeriesKey, Agreement]:
    """Return the agreement of every register that has a rate beside it, under both series."""
    found = {}
    for key, register in steps.items():
        other = rate_key(key)
        if other is None or other not in steps:
            continue
        judged = agreement(register, steps[other], declared.grain(key))
        if judged is not None:
            found[key] = found[other] = judged
    return found
