"""A coefficient of the model with what is known about it, and the draws by which its uncertainty is carried along."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

if TYPE_CHECKING:
    from analytics.counters import Floats

FITTED_SHARE = 0.6
"""Data have spoken where they have narrowed the prior's standard error to this share of it."""

Origin = Literal["fitted", "prior"]


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A coefficient: its value, standard error and bounds, all in ``unit``.

    ``source`` is ``fitted`` (from this site's data) or ``prior`` (from ``evidence``, a dated figure); then ``reason``
    says why the data could not tell: ``not_metered``, ``not_varied``, ``too_few``, ``implausible``.
    """

    name: str
    value: float
    error: float
    low: float = -math.inf
    high: float = math.inf
    unit: str = "1"
    source: Origin = "prior"
    reason: str = ""
    evidence: str = ""
    rows: int = 0

    def draw(self, draws: Draws) -> Floats:
        """Return one value for each draw, a column [draws x 1]; the same whenever the same is asked."""
        values = self.value + self.error * draws.normal(self.name)
        return np.clip(values, self.low, self.high)[:, None]


class Draws:
    """The seeded random numbers of a Monte Carlo run: every name has a stream of its own.

    ``certain`` gives the expected value alone, in one draw: no error of coefficient, meter or realisation.
    """

    def __init__(self, count: int = 200, seed: int = 20_260_101, *, certain: bool = False) -> None:
        """Take how many draws there are and where they start."""
        self.count = 1 if certain else count
        self.seed = seed
        self._certain = certain

    def normal(self, name: str) -> Floats:
        """Return standard normal values of a name."""
        if self._certain:
            return np.zeros(1)
        return np.random.default_rng((self.seed, zlib.crc32(name.encode()))).standard_normal(self.count)
