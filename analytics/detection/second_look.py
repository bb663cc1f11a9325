"""The detector of single series, on what the site's drivers leave unexplained; it counts where something agrees.

On its own it would bring a site of thousands of series some pieces of advice a day, most of them about work that moves
from server to server. What it finds new counts once the residual has also come near its own limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.config import COMPONENTS, CONFIG, Config
from analytics.detection.detector import Detector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analytics.detection.deviation import Judged
    from analytics.detection.intake import BoolArray, FloatArray
    from analytics.detection.surprise import Surprise

AGREES = 0.7
"""A residual at this part of its limit agrees."""
GONE = 0.35
LEAST_UNIT = 1e-9


class SecondLook:
    """The detector of ``size`` series, in units of what matters of each."""

    def __init__(self, size: int) -> None:
        """Begin with nothing seen."""
        self._detector = Detector(size, together(size), np.ones(size))
        self._unit = np.full(size, np.nan)
        self._alarmed = np.zeros(size, dtype=np.bool_)
        self.active: BoolArray = np.zeros(size, dtype=np.bool_)
        self._band = np.full((size, 3), np.nan)
        self.last: Surprise | None = None

    def grow(self, size: int) -> None:
        """Watch more series; with more of them together each is believed less."""
        more = size - len(self._unit)
        if more <= 0:
            return
        self._detector.grow(more, np.ones(more))
        self._detector.config = together(size)
        self._unit = np.append(self._unit, np.full(more, np.nan))
        self._band = np.concatenate([self._band, np.full((more, 3), np.nan)])
        self._alarmed = np.append(self._alarmed, np.zeros(more, dtype=np.bool_))
        self.active = np.append(self.active, np.zeros(more, dtype=np.bool_))

    def step(self, residual: FloatArray, floors: FloatArray, judged: Judged, time_ns: int) -> BoolArray:
        """Take a step of residuals; return where an episode begins that the deviations agree with."""
        told = np.isfinite(residual)
        fresh = told & np.isnan(self._unit)
        self._unit[fresh] = np.maximum(floors[fresh], LEAST_UNIT)
        found = self._detector.step(residual / self._unit, time_ns)
        self._alarmed = np.where(told, found.active & (self._alarmed | found.alarm), self._alarmed)
        agrees = self._alarmed & told & (judged.ratio >= AGREES)
        stays = self.active & (~told | (self._alarmed & (judged.ratio >= GONE)))
        seen = np.stack([residual / self._unit, found.low, found.high], axis=1)
        self._band = np.where(found.alarm[:, None], seen, self._band)
        begins: BoolArray = agrees & ~self.active
        self.active = begins | stays
        self.last = found
        return begins

    def band(self, place: int) -> tuple[float, float, float]:
        """Return the residual that was alarmed and the edges of what was known then, in the unit of the series."""
        value, low, high = (self._band[place] * self._unit[place]).tolist()
        return value, low, high

    def parts(self, place: int) -> dict[str, float]:
        """Return how much each component of the detector says of a series now."""
        if self.last is None or not self.active[place]:
            return {}
        return dict(zip(COMPONENTS, self.last.shares[place].tolist(), strict=True))

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return the state."""
        own = {"unit": self._unit, "band": self._band, "alarmed": self._alarmed, "active": self.active}
        return own | {f"detector.{name}": array for name, array in self._detector.snapshot().items()}

    @classmethod
    def resume(cls, arrays: Mapping[str, NDArray[np.generic]]) -> SecondLook:
        """Return a state that goes on.

        Raises:
            StateMismatch: it is of another configuration.
        """
        size = len(arrays["unit"])
        made = cls(0)
        kept = {name.removeprefix("detector."): a for name, a in arrays.items() if name.startswith("detector.")}
        made._detector = Detector.resume(kept, together(size))
        made._unit = arrays["unit"].astype(np.float64)
        made._band = arrays["band"].astype(np.float64)
        made._alarmed = arrays["alarmed"].astype(np.bool_)
        made.active = arrays["active"].astype(np.bool_)
        return made


def together(size: int) -> Config:
    """Return the one configuration for a family of series; its size is rounded up, so that growth rarely changes it."""
    return msgspec.structs.replace(CONFIG, together=1 << max(0, size - 1).bit_length())
