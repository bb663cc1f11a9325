"""What a machine's sensors do in normal running, each by itself: level, spread, noise, and how they drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.arrays import BoolArray, FloatArray

if TYPE_CHECKING:
    from analytics.detection.group_config import GroupConfig

GAUSS = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution."""
OUTLYING = 5.0
FARTHEST = 50.0
LEAST_SPREAD = 0.3
TINY = 1e-12


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """Level and spread of each sensor, robust against outliers."""

    centre: FloatArray
    spread: FloatArray

    def apply(self, rows: FloatArray) -> FloatArray:
        """Return rows in spreads from the level; NaN stays NaN."""
        scaled: FloatArray = np.clip((rows - self.centre) / self.spread, -FARTHEST, FARTHEST)
        return scaled


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """How sensors move, in squares of their spread: noise, walk a step, squared slope a step; how fast to follow."""

    noise: FloatArray
    walk: FloatArray
    slope: FloatArray
    gain: FloatArray
    restless: BoolArray

    def doubt(self, steps: FloatArray) -> FloatArray:
        """Return by how much a level that was last seen so many steps ago may have moved since, in squared spreads."""
        moved: FloatArray = steps * self.walk + steps**2 * self.slope
        return moved


def scale_of(train: FloatArray, config: GroupConfig) -> Scale:
    """Return level and spread of the columns of ``train``, which has no NaN."""
    centre = np.median(train, axis=0)
    typical = GAUSS * np.median(np.abs(train - centre), axis=0)
    reach = OUTLYING * np.maximum(typical, LEAST_SPREAD * train.std(axis=0))
    spread = np.maximum(typical, np.clip(train, centre - reach, centre + reach).std(axis=0))
    level = np.abs(centre)
    constant = spread <= TINY * np.maximum(level, 1.0)
    alone = np.where(level > 0.0, config.constant_share * level, config.constant_share)
    return Scale(centre=centre, spread=np.where(constant, alone, np.maximum(spread, config.resolution * level)))


def drift_of(scaled: FloatArray, config: GroupConfig) -> Drift:
    """Return how the columns of scaled rows drift.

    Means of blocks tell drift from noise: noise makes them differ as much from one block to the next as over a quarter
    of the time, drift makes them differ more the farther apart they are.
    """
    rows = len(scaled)
    length = max(rows // (config.blocks // 2), 5)
    count = rows // length
    blocks = scaled[rows - count * length :].reshape(count, length, -1)
    means = blocks.mean(axis=1)
    noise = blocks.var(axis=1).mean(axis=0) + 1e-3
    apart = max(count // 4, 2)
    near, far = _difference(means, 1), _difference(means, apart)
    walk = np.maximum(far - config.restless * near, 0.0) / (length * (apart - 1))
    slope = _slope(means, length)
    restless = walk + slope > 0.0
    walk += config.wander / rows
    shortest = max(rows // config.blocks, 5)
    span = np.clip(np.sqrt(noise / (walk + slope * shortest)), shortest, rows)
    return Drift(noise=noise, walk=walk, slope=slope, gain=1.0 / span, restless=restless)


def _difference(means: FloatArray, apart: int) -> FloatArray:
    """Return the mean squared difference of means that lie so many blocks apart."""
    squares: FloatArray = ((means[apart:] - means[:-apart]) ** 2).mean(axis=0)
    return squares


def _slope(means: FloatArray, length: int) -> FloatArray:
    """Return the square of the slope a row, as far as it is beyond its uncertainty."""
    at = (np.arange(len(means)) - (len(means) - 1) / 2) * length
    slope = at @ means / (at @ at)
    rest = means - means.mean(axis=0) - np.outer(at, slope)
    certain: FloatArray = np.maximum(slope**2 - 4.0 * (rest**2).mean(axis=0) / (at @ at), 0.0)
    return certain
