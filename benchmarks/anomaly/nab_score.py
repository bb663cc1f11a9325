"""The score of the Numenta Anomaly Benchmark, written anew from its published rules.

Per window only the best-placed detection counts, the left edge most; each row above the threshold outside a window
costs, the more the farther it is behind a window; a missed window costs. 0 is a detector that never speaks, 100 is one
that speaks at the left edge of each window and nowhere else.

A sweep over every threshold needs one pass: each row says by how much the raw score moves once the threshold falls to
the row's own score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.anomaly.nab_series import Series

    FloatArray = NDArray[np.float64]

STEEPNESS = 5.0
FAR = 3.0
"""Farther behind a window than so many of its widths, a false alarm costs all."""


class Profile(msgspec.Struct, frozen=True):
    """What a false alarm and a missed window cost, where a detection at the left edge brings 1."""

    name: str
    false_alarm: float
    missed: float


STANDARD = Profile("standard", 0.11, 1.0)
LOW_FP = Profile("low FP", 0.22, 1.0)
LOW_FN = Profile("low FN", 0.11, 2.0)


class Sweep(msgspec.Struct, frozen=True):
    """By how much the raw score of a series moves when the threshold falls to each of these scores."""

    scores: FloatArray
    gains: FloatArray
    missed: float
    """The raw score when nothing is detected."""

    def at(self, threshold: float) -> float:
        """Return the raw score with this threshold; a row that reaches it is a detection."""
        return self.missed + float(self.gains[self.scores >= threshold].sum())


def place(position: FloatArray) -> FloatArray:
    """Return what a detection is worth by its place: -1 left edge of a window, 0 right edge, above it behind."""
    worth: FloatArray = np.where(
        position > FAR, -1.0, 2.0 / (1.0 + np.exp(STEEPNESS * np.minimum(position, FAR))) - 1.0
    )
    return worth


LEFT_EDGE = float(place(np.array([-1.0]))[0])


def sweep(series: Series, score: FloatArray, profile: Profile) -> Sweep:
    """Return how the raw score of a series depends on the threshold."""
    rows = np.arange(len(score))
    position = np.full(len(score), np.inf)
    scores, gains = [], []
    for first, last in series.windows:
        width = last - first + 1
        position[rows > last] = (rows[rows > last] - last) / max(width - 1, 1)
        inside = rows[max(first, series.probation) : last + 1]
        worth = place((inside - last - 1.0) / width) / LEFT_EDGE
        order = np.argsort(-score[inside], kind="stable")
        best = np.maximum.accumulate(worth[order])
        scores.append(score[inside][order])
        gains.append(np.diff(best, prepend=-profile.missed))
    outside = rows[~series.inside() & (rows >= series.probation)]
    scores.append(score[outside])
    gains.append(place(position[outside]) * profile.false_alarm)
    return Sweep(np.concatenate(scores), np.concatenate(gains), -profile.missed * len(series.windows))


def best_threshold(sweeps: Sequence[Sweep]) -> float:
    """Return the threshold with the highest raw score over all series; infinity when silence is best."""
    scores = np.concatenate([each.scores for each in sweeps])
    gains = np.concatenate([each.gains for each in sweeps])
    order = np.argsort(-scores, kind="stable")
    # Rows of one score are above the threshold together or not at all.
    last = np.append(np.diff(scores[order]) != 0.0, True)
    total = np.cumsum(gains[order])[last]
    if not len(total) or float(total.max()) <= 0.0:
        return float("inf")
    return float(scores[order][last][int(np.argmax(total))])


def normalised(raw: FloatArray, windows: FloatArray, profile: Profile) -> float:
    """Return 100 x (raw - null) / (perfect - null) from the raw scores and the numbers of windows of all series."""
    null = -profile.missed * float(windows.sum())
    perfect = float(windows.sum())
    return 100.0 * (float(raw.sum()) - null) / (perfect - null) if perfect else float("nan")
