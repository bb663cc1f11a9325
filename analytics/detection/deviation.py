"""Whether a residual is larger than it has ever been for its pace: over a quarter of an hour, an hour and six.

Three exponentially weighted means of the residual are each compared with a limit: so many of their own deviations as
the family of all series asks for, more than they have lately reached, and no less than what matters at all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.detection.intake import BoolArray, FloatArray

SCALES = ("quarter", "hour", "hours")
LENGTHS = (3.0, 12.0, 72.0)
STEPS_A_DAY = 288
STEPS_A_WEEK = 2016
WARM_STEPS = STEPS_A_DAY
MEMORY_STEPS = 2.0 * STEPS_A_WEEK
PEAK_FACTOR = 1.3
"""A residual must go that much beyond what it has lately reached."""
PEAK_HALF_LIFE = 4 * STEPS_A_WEEK
CLIP = 4.0
"""A residual counts no more than so many deviations for the learning."""
HOLD_STEPS = 2
RELEASE = 0.6
YOUNG = 1.5
"""A series of no age is believed so much less; from a week on it is believed in full."""
LONGEST = STEPS_A_DAY
"""An episode ends after a day at the latest: what lasts is the new normal."""
_ALPHA = 1.0 / np.array(LENGTHS)
_PEAK_FORGET = 0.5 ** (1.0 / PEAK_HALF_LIFE)


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a step showed: ``ratio`` to the limit by series (1 is at it), and which scale is worst.

    ``mean`` and ``limit`` are those of the worst scale. ``begins`` marks a new episode, ``active`` one that stands,
    ``ends`` one that has lasted so long that it is the new normal.
    """

    ratio: np.ndarray
    ratios: np.ndarray
    scale: np.ndarray
    mean: np.ndarray
    limit: np.ndarray
    sigma: np.ndarray
    begins: np.ndarray
    active: np.ndarray
    ends: np.ndarray


class Deviations:
    """The state of ``size`` series."""

    def __init__(self, size: int) -> None:
        """Begin knowing nothing."""
        count = len(LENGTHS)
        self._mean = np.zeros((size, count))
        self._square = np.zeros((size, count))
        self._peak = np.zeros((size, count))
        self._step_square = np.zeros(size)
        self._seen = np.zeros(size, dtype=np.int64)
        self._over = np.zeros(size, dtype=np.int64)
        self._active = np.zeros(size, dtype=np.bool_)
        self._age = np.zeros(size, dtype=np.int64)

    @property
    def size(self) -> int:
        """Return the number of series."""
        return len(self._seen)

    @property
    def active(self) -> BoolArray:
        """Tell which series are in an episode."""
        return self._active

    @property
    def seen(self) -> NDArray[np.int64]:
        """Return how many steps each series has been learned from."""
        return self._seen

    @property
    def age(self) -> NDArray[np.int64]:
        """Return for how many steps each episode has lasted, 0 without one."""
        return self._age

    @property
    def step_sigma(self) -> FloatArray:
        """Return the deviation of single steps."""
        return np.sqrt(self._step_square)

    def grow(self, size: int) -> None:
        """Make room for ``size`` series."""
        fresh = Deviations(size - self.size)
        for name, own in vars(self).items():
            setattr(self, name, np.concatenate([own, getattr(fresh, name)]))

    def step(
        self, residual: FloatArray, floors: FloatArray, deviations: float, *, patient: BoolArray | None = None
    ) -> Judged:
        """Judge a step's residuals and learn from them; NaN is nothing new.

        ``floors`` are the least deviations that matter, ``deviations`` how many sigma the family of series asks for.
        ``patient`` series are judged by their hours alone: what is over within minutes is nothing there.
        """
        told = np.isfinite(residual)
        clipped = self._clipped(np.where(told, residual, 0.0))
        self._mean += np.where(told[:, None], _ALPHA * (clipped[0][:, None] - self._mean), 0.0)
        size = np.abs(self._mean)
        sigma = np.sqrt(self._square)
        warm = self._seen >= WARM_STEPS
        young = 1.0 + YOUNG * np.maximum(0.0, 1.0 - self._seen / STEPS_A_WEEK)[:, None]
        own = np.maximum(deviations * sigma, PEAK_FACTOR * self._peak)
        limit = np.maximum(young * own, floors[:, None])
        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = np.where((limit > 0.0) & warm[:, None], size / limit, 0.0)
        if patient is not None:
            ratios[patient, 0] = 0.0
        scale = np.argmax(ratios, axis=1)
        rows = np.arange(self.size)
        ratio = ratios[rows, scale]
        begins, ends = self._episodes(ratio, told)
        self._learn(told & ~self._active, size, own, clipped[1])
        return Judged(
            ratio=ratio,
            ratios=ratios,
            scale=scale,
            mean=self._mean[rows, scale],
            limit=limit[rows, scale],
            sigma=sigma[rows, scale],
            begins=begins,
            active=self._active.copy(),
            ends=ends,
        )

    def forget(self, which: BoolArray) -> None:
        """Begin anew with some series: what they show now is their new normal."""
        self._mean[which] = 0.0
        self._over[which] = self._age[which] = 0
        self._active[which] = False

    def _clipped(self, residual: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the residual bounded for the means, which may see more than the deviations learn from."""
        sigma = np.sqrt(self._step_square)
        bound = np.where(self._seen >= WARM_STEPS, CLIP * sigma, np.inf)
        return residual, np.clip(residual, -bound, bound)

    def _learn(self, told: BoolArray, size: FloatArray, own: FloatArray, clipped: FloatArray) -> None:
        weight = np.where(told, 1.0 / np.minimum(self._seen + 1.0, MEMORY_STEPS), 0.0)
        self._step_square += weight * (clipped**2 - self._step_square)
        sigma = np.sqrt(self._square)
        young = (self._seen < WARM_STEPS)[:, None]
        usual = np.where(young, size, np.minimum(size, CLIP * sigma))
        self._square += weight[:, None] * (usual**2 - self._square)
        # What goes beyond the limit raises it step by step only, so that the first step of a fault does not hide it.
        reached = np.where(young, size, np.minimum(size, own))
        peak = np.maximum(self._peak * _PEAK_FORGET, reached)
        self._peak = np.where(told[:, None], peak, self._peak)
        self._seen += told

    def _episodes(self, ratio: FloatArray, told: BoolArray) -> tuple[BoolArray, BoolArray]:
        over = told & (ratio >= 1.0)
        self._over = np.where(over, self._over + 1, np.where(told, 0, self._over))
        begins = ~self._active & (self._over >= HOLD_STEPS)
        stays = self._active & (~told | (ratio >= RELEASE))
        self._age = np.where(stays | begins, self._age + 1, 0)
        self._active = begins | stays
        ends = self._active & (self._age > LONGEST)
        return begins, ends

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return the state."""
        return {name.removeprefix("_"): own for name, own in vars(self).items()}

    @classmethod
    def resume(cls, arrays: dict[str, NDArray[np.generic]]) -> Deviations:
        """Return a state that goes on."""
        made = cls(len(arrays["seen"]))
        for name, own in vars(made).items():
            setattr(made, name, arrays[name.removeprefix("_")].astype(own.dtype))
        return made


def deviations_for(series: int, *, alarms_per_week: float, steps_per_week: float = STEPS_A_WEEK) -> float:
    """Return how many sigma a residual must be off so that a family of series gives ``alarms_per_week`` by chance.

    The chance of one step of one series is p = alarms / (steps x series); a normal tail of that chance lies near
    sqrt(2 ln(1/p)) less its usual correction (Abramowitz and Stegun, 26.2.23).
    """
    chance = alarms_per_week / (steps_per_week * max(series, 1))
    t = math.sqrt(-2.0 * math.log(min(0.5, chance)))
    return t - (2.515517 + 0.802853 * t + 0.010328 * t**2) / (1 + 1.432788 * t + 0.189269 * t**2 + 0.001308 * t**3)
