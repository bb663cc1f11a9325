"""How rare a statistic is: the empirical body of what held-out days showed, and an exponential tail beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

BODY = tuple(np.linspace(0.0, 0.98, 50).tolist())
HIGHEST = 30.0


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """``quantiles`` at the levels `BODY`; beyond the last the chance falls by e with every ``slope``."""

    quantiles: tuple[float, ...]
    slope: float

    def surprise(self, value: float) -> float:
        """Return -log10 of the chance of a value at least this high."""
        last = self.quantiles[-1]
        left = 1.0 - BODY[-1]
        if value > last:
            found = (-np.log(left) + (value - last) / self.slope) / np.log(10.0)
        else:
            found = -np.log10(1.0 - np.interp(value, self.quantiles, BODY))
        return float(min(found, HIGHEST))


def tail(values: FloatArray, least_slope: float) -> Tail:
    """Return the tail of a statistic; a slope below ``least_slope`` is not believed."""
    quantiles = np.quantile(values, BODY) if len(values) else np.zeros(len(BODY))
    beyond = values[values > quantiles[-1]]
    slope = float((beyond - quantiles[-1]).mean()) if len(beyond) else 0.0
    return Tail(quantiles=tuple(quantiles.tolist()), slope=max(slope, least_slope, 1e-12))
