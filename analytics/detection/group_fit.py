"""Learning a group from normal running: baseline, shrunk covariance, and thresholds from rows held out in blocks."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from sklearn.covariance import LedoitWolf

from analytics.detection.arrays import BoolArray, FloatArray
from analytics.detection.group_config import GROUP_CONFIG, GroupConfig
from analytics.detection.group_scale import Drift, Scale, drift_of, scale_of
from greendc.errors import GreendcError

if TYPE_CHECKING:
    from numpy.typing import NDArray

EULER = 0.5772
FINEST = 0.02
"""Relations are judged no finer than this share of the sensors' variance: tighter ones bend with the load."""
PRINCIPAL = 0.9
STEADY = 3.0
"""A reading moves the baseline as if it lay at most so many spreads away."""
NEVER = 1e18


class NotEnoughRows(GreendcError):
    """There are too few rows, or no sensor with enough values, to learn a group from."""

    def __init__(self, rows: int, needed: int) -> None:
        """Keep how many rows there are and how many it takes."""
        self.rows = rows
        self.needed = needed
        super().__init__(f"{rows} rows to learn from, {needed} are needed")


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """The largest values a statistic takes in normal running, by Gumbel's law over the logs of block maxima."""

    place: float
    width: float
    rows: float
    threshold: float

    def surprise(self, value: float) -> float:
        """Return -log10 of the chance that a step of normal running exceeds a value."""
        beyond = (np.log(max(value, 1e-9)) - self.place) / self.width
        return float(max(np.log10(self.rows) + beyond / np.log(10.0), 0.0))


class GroupModel(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a group. Nothing in it changes while it judges. ``used`` are the sensors it judges by.

    ``follows`` are the sensors whose level moves by itself, so that an episode of others does not stop it.
    ``axes`` whiten the deviations, ``loads`` are the variances of their moving means in normal running, ``principal``
    the axes that normal running moves along: what lies in them is T2, what lies outside is Q.
    """

    used: BoolArray
    scale: Scale
    drift: Drift
    start: FloatArray
    deviation: FloatArray
    axes: FloatArray
    loads: FloatArray
    principal: BoolArray
    tail: Tail
    stuck_after: FloatArray
    follows: BoolArray
    rows: int
    config: GroupConfig

    @property
    def version(self) -> str:
        """Return the first digits of the hash of everything that was learned."""
        digest = hashlib.sha256(self.config.version.encode())
        for part in (self.scale.centre, self.scale.spread, self.drift.gain, self.axes, self.loads):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()[:12]


def fit(train: FloatArray, config: GroupConfig = GROUP_CONFIG) -> GroupModel:
    """Learn from rows x sensors of normal running, in the order of time; NaN is a missing value.

    Raises:
        NotEnoughRows: there are too few rows, or no sensor has enough values.
    """
    rows = len(train)
    share = np.isfinite(train).mean(axis=0) if rows else np.zeros(train.shape[1])
    used = share >= config.fewest_share
    if rows < config.fewest_rows or not used.any():
        raise NotEnoughRows(rows if used.any() else 0, config.fewest_rows)
    whole = filled(train[:, used])
    scale = scale_of(whole, config)
    scaled = scale.apply(whole)
    drift = drift_of(scaled, config)
    start, deviations = _followed(scaled, drift, config)
    deviation = np.maximum(deviations.var(axis=0), 1e-3)
    held_out = _held_out(deviations, config)
    least = config.memory / (2.0 - config.memory)
    loads = np.maximum((np.vstack(held_out) ** 2).mean(axis=0), least)
    axes, variances = whitening(deviations, config.clip)
    explained = np.cumsum(variances[::-1])[::-1] / variances.sum()
    return GroupModel(
        used=used,
        scale=scale,
        drift=drift,
        start=start,
        deviation=deviation,
        axes=axes,
        loads=loads,
        principal=np.append(explained[1:], 0.0) < PRINCIPAL,
        tail=_tail(np.concatenate([(part**2 / loads).sum(axis=1) for part in held_out]), config),
        stuck_after=_stuck_after(whole, config),
        follows=(drift.restless | (drift.noise <= config.slow_noise)) & (_explained(axes) < config.related),
        rows=rows,
        config=config,
    )


def filled(rows: FloatArray) -> FloatArray:
    """Return rows in which the last value before stands where one is missing, at the start the first one behind."""
    here = np.isfinite(rows)
    at = np.where(here, np.arange(len(rows))[:, None], -1)
    last = np.maximum.accumulate(at, axis=0)
    last = np.where(last < 0, here.argmax(axis=0), last)
    found: FloatArray = np.take_along_axis(rows, last, axis=0)
    return found


def smoothed(rows: FloatArray, memory: float) -> FloatArray:
    """Return the exponentially weighted moving mean of rows, which begins at zero."""
    out = np.empty_like(rows)
    mean = np.zeros(rows.shape[1])
    for place, row in enumerate(rows):
        mean = mean + memory * (row - mean)
        out[place] = mean
    return out


def whitening(deviations: FloatArray, clip: float) -> tuple[FloatArray, FloatArray]:
    """Return the axes in which deviations are uncorrelated with unit variance, and their variances, rising."""
    shrunk = LedoitWolf(assume_centered=True).fit(np.clip(deviations, -clip, clip)).covariance_
    variances, vectors = np.linalg.eigh(shrunk)
    variances = np.maximum(variances, FINEST)
    return vectors / np.sqrt(variances), variances


def whitened(deviations: FloatArray, axes: FloatArray, clip: float) -> FloatArray:
    """Return deviations along the axes, none larger than ``clip``."""
    along: FloatArray = np.clip(np.clip(deviations, -clip, clip) @ axes, -clip, clip)
    return along


def _followed(scaled: FloatArray, drift: Drift, config: GroupConfig) -> tuple[FloatArray, FloatArray]:
    """Return the baseline after the rows, and how each row deviated from that before it."""
    baseline = scaled[: max(len(scaled) // config.blocks, 5)].mean(axis=0)
    out = np.empty_like(scaled)
    for place, row in enumerate(scaled):
        out[place] = row - baseline
        baseline = baseline + drift.gain * np.clip(out[place], -STEADY, STEADY)
    return baseline, out


def _explained(axes: FloatArray) -> FloatArray:
    """Return the share of each sensor's variance that the other sensors explain."""
    precision = axes @ axes.T
    share: FloatArray = 1.0 - 1.0 / (np.diag(np.linalg.inv(precision)) * np.diag(precision))
    return share


def _held_out(deviations: FloatArray, config: GroupConfig) -> list[FloatArray]:
    """Return the moving means of each part of the rows along axes that the other parts taught."""
    edges = np.linspace(0, len(deviations), config.folds + 1).astype(int)
    out = []
    for begin, end in pairwise(edges):
        axes, _ = whitening(np.vstack([deviations[:begin], deviations[end:]]), config.clip)
        out.append(smoothed(whitened(deviations[begin:end], axes, config.clip), config.memory))
    return out


def _tail(values: FloatArray, config: GroupConfig) -> Tail:
    """Return the tail of a statistic; maxima of blocks are taken because neighbouring rows are alike."""
    maxima = np.array([block.max() for block in np.array_split(np.log(values + 1e-9), config.spans)])
    width = float(max(maxima.std(ddof=1) * np.sqrt(6.0) / np.pi, 1e-3))
    place = float(maxima.mean() - EULER * width)
    threshold = float(np.exp(place + width * np.log(config.calm_spans)))
    return Tail(place=place, width=width, rows=len(values) / config.spans, threshold=threshold)


def _stuck_after(rows: FloatArray, config: GroupConfig) -> NDArray[np.float64]:
    """Return after how many repeats of one value each sensor is stuck; one that repeats itself often never is."""
    longest = run = np.zeros(rows.shape[1])
    for before, row in pairwise(rows):
        run = np.where(row == before, run + 1.0, 0.0)
        longest = np.maximum(longest, run)
    least = max(len(rows) / config.blocks, 10.0)
    return np.where(longest < least, np.maximum(config.stuck_runs * longest, least), NEVER)
