"""What load, weather, hour and peers explain of every series: a ridge regression for each, all at once and on line.

What moves many series together is no anomaly of any of them. The regression takes it out before a detector looks, so
that a burst of load or a weather front leaves nothing behind, while a device that goes its own way stands out.
Least squares with exponential forgetting (Haykin, Adaptive Filter Theory, chapter on recursive least squares), solved
anew each few hours from its normal equations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.detection.intake import BoolArray, FloatArray

TERMS = ("level", "load", "load_hour", "outdoor", "outdoor_hours", "dry_bulb", "sun", "hour", "peers")
"""Names of the terms that an explanation shows; the two parts of the hour are one."""
SHARED = 9
"""Terms that are the same for all series: 1, load, its mean of an hour, wet bulb and its mean, dry bulb, sun, hour."""
SIZE = SHARED + 1
FIRST_FIT = 72
"""Six hours of steps before anything is explained; the detectors' own warm-up comes on top."""
FIT_STEPS = 36
HALF_LIFE_STEPS = 7 * 288
RIDGE = 1.0
LEVEL_RIDGE = 1e-6
_FORGET = 0.5 ** (1.0 / HALF_LIFE_STEPS)


class DriverModel:
    """The regressions of ``size`` series."""

    def __init__(self, size: int) -> None:
        """Begin knowing nothing."""
        self._gram = np.zeros((size, SIZE, SIZE))
        self._cross = np.zeros((size, SIZE))
        self._beta = np.zeros((size, SIZE))
        self._seen = np.zeros(size, dtype=np.int64)
        self._fitted = np.zeros(size, dtype=np.bool_)
        self._steps = 0

    @property
    def size(self) -> int:
        """Return the number of series."""
        return len(self._seen)

    def grow(self, size: int) -> None:
        """Make room for ``size`` series."""
        more = size - self.size
        self._gram = np.concatenate([self._gram, np.zeros((more, SIZE, SIZE))])
        self._cross = np.concatenate([self._cross, np.zeros((more, SIZE))])
        self._beta = np.concatenate([self._beta, np.zeros((more, SIZE))])
        self._seen = np.append(self._seen, np.zeros(more, dtype=np.int64))
        self._fitted = np.append(self._fitted, np.zeros(more, dtype=np.bool_))

    def expected(self, shared: FloatArray, peers: FloatArray) -> FloatArray:
        """Return what is expected of each series now; NaN before its first fit.

        ``shared`` are the terms that all series share, ``peers`` the one that each has of its own.
        """
        explained: FloatArray = self._beta[:, :SHARED] @ shared + self._beta[:, SHARED] * peers
        return np.where(self._fitted, explained, np.nan)

    def learn(self, values: FloatArray, shared: FloatArray, peers: FloatArray, *, held: BoolArray) -> None:
        """Take a step's values; NaN and ``held`` series learn nothing."""
        told = np.isfinite(values) & ~held
        row = np.empty((len(values), SIZE))
        row[:, :SHARED], row[:, SHARED] = shared, peers
        row *= told[:, None]
        self._gram *= _FORGET
        self._cross *= _FORGET
        self._gram += row[:, :, None] * row[:, None, :]
        self._cross += row * np.where(told, values, 0.0)[:, None]
        self._seen += told
        self._steps += 1
        if self._steps % FIT_STEPS == 0:
            self._fit(held)

    def terms(self, place: int, shared: FloatArray, peers: float) -> dict[str, float]:
        """Return what each term adds to the expected value of one series."""
        parts = self._beta[place, :SHARED] * shared
        return dict(
            zip(
                TERMS,
                (*parts[:7].tolist(), float(parts[7] + parts[8]), float(self._beta[place, SHARED] * peers)),
                strict=True,
            )
        )

    def _fit(self, held: BoolArray) -> None:
        due = (self._seen >= FIRST_FIT) & ~held
        if not due.any():
            return
        ridge = np.full(SIZE, RIDGE)
        ridge[0] = LEVEL_RIDGE
        self._beta[due] = np.linalg.solve(self._gram[due] + np.diag(ridge), self._cross[due][..., None])[..., 0]
        self._fitted |= due

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return the state."""
        return {
            "gram": self._gram,
            "cross": self._cross,
            "beta": self._beta,
            "seen": self._seen,
            "fitted": self._fitted,
            "steps": np.array([self._steps], dtype=np.int64),
        }

    @classmethod
    def resume(cls, arrays: dict[str, NDArray[np.generic]]) -> DriverModel:
        """Return a model that goes on from a state."""
        made = cls(len(arrays["seen"]))
        made._gram = arrays["gram"].astype(np.float64)
        made._cross = arrays["cross"].astype(np.float64)
        made._beta = arrays["beta"].astype(np.float64)
        made._seen = arrays["seen"].astype(np.int64)
        made._fitted = arrays["fitted"].astype(np.bool_)
        made._steps = int(arrays["steps"][0])
        return made
