"""What a detector is worth on labelled series: every figure of one row of the table.

The oracle threshold is the best one for the labels it is judged by, as on the benchmark's own board. The cross-fitted
one is chosen on every second file in name order and judged on the others, both ways: the honest figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from benchmarks.anomaly.nab_score import LOW_FN, LOW_FP, STANDARD, Profile, Sweep, best_threshold, normalised, sweep
from benchmarks.anomaly.precision import auc_pr, vus_pr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from benchmarks.anomaly.nab_series import Series

    FloatArray = NDArray[np.float64]
    Figure = Callable[[FloatArray, NDArray[np.bool_]], float]

APART_ROWS = 12
"""Alarms that are not farther apart are one episode."""
DRAWS = 2000
COVERAGE = 0.9


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one detector; scores are of 100, delays are shares of a window's length."""

    oracle: float
    low_fp: float
    low_fn: float
    crossed: float
    low: float
    high: float
    own: float | None
    """At the detector's own threshold, which knows no label; None when it has none."""
    false_oracle: float
    """False episodes per series and week at the oracle threshold; also at the two others."""
    false_crossed: float
    false_own: float | None
    hit: int
    windows: int
    delay: float
    """Median of the first alarm in a window, from its left edge, in window lengths."""
    auc_pr: float
    vus_pr: float


class Alarms(msgspec.Struct, frozen=True, kw_only=True):
    """What happens on one series at one threshold."""

    false_episodes: int
    delays: tuple[float, ...]
    """Of the windows that are hit."""


def alarms(series: Series, score: FloatArray, threshold: float) -> Alarms:
    """Return the false episodes and the delays of the hit windows."""
    flagged = score >= threshold
    flagged[: series.probation] = False
    false = np.flatnonzero(flagged & ~series.inside())
    delays = []
    for first, last in series.windows:
        inside = np.flatnonzero(flagged[first : last + 1])
        if len(inside):
            delays.append(float(inside[0]) / (last - first + 1))
    begun = int((np.diff(false) > APART_ROWS).sum()) + 1 if len(false) else 0
    return Alarms(false_episodes=begun, delays=tuple(delays))


def crossed_thresholds(sweeps: Sequence[Sweep]) -> list[float]:
    """Return the threshold of each series: the best one of the other half of the files."""
    halves = [best_threshold(sweeps[1::2]), best_threshold(sweeps[0::2])]
    return [halves[number % 2] for number in range(len(sweeps))]


def judge(series: Sequence[Series], scores: Sequence[FloatArray], own: float | None = None) -> Judgement:
    """Return the figures of a detector from its score of each row of each series.

    ``own`` is the detector's own threshold.
    """
    windows = np.array([len(each.windows) for each in series], dtype=np.float64)
    best = {profile: _at_best(series, scores, windows, profile) for profile in (STANDARD, LOW_FP, LOW_FN)}
    sweeps = [sweep(each, score, STANDARD) for each, score in zip(series, scores, strict=True)]
    thresholds = crossed_thresholds(sweeps)
    raw = np.array([each.at(threshold) for each, threshold in zip(sweeps, thresholds, strict=True)])
    low, high = interval(raw, windows)
    found = [alarms(*each) for each in zip(series, scores, thresholds, strict=True)]
    delays = [delay for each in found for delay in each.delays]
    return Judgement(
        oracle=best[STANDARD][0],
        low_fp=best[LOW_FP][0],
        low_fn=best[LOW_FN][0],
        crossed=normalised(raw, windows, STANDARD),
        low=low,
        high=high,
        own=None if own is None else normalised(np.array([each.at(own) for each in sweeps]), windows, STANDARD),
        false_oracle=false_rate(series, scores, [best[STANDARD][1]] * len(series)),
        false_crossed=false_rate(series, scores, thresholds),
        false_own=None if own is None else false_rate(series, scores, [own] * len(series)),
        hit=len(delays),
        windows=int(windows.sum()),
        delay=float(np.median(delays)) if delays else float("nan"),
        auc_pr=_mean_over(series, scores, auc_pr),
        vus_pr=_mean_over(series, scores, vus_pr),
    )


def false_rate(series: Sequence[Series], scores: Sequence[FloatArray], thresholds: Sequence[float]) -> float:
    """Return the false episodes per series and week."""
    episodes = sum(alarms(*each).false_episodes for each in zip(series, scores, thresholds, strict=True))
    return episodes / sum(each.weeks for each in series)


def _at_best(
    series: Sequence[Series], scores: Sequence[FloatArray], windows: FloatArray, profile: Profile
) -> tuple[float, float]:
    """Return the score at the oracle threshold of a profile, and that threshold."""
    sweeps = [sweep(each, score, profile) for each, score in zip(series, scores, strict=True)]
    threshold = best_threshold(sweeps)
    return normalised(np.array([each.at(threshold) for each in sweeps]), windows, profile), threshold


def interval(raw: FloatArray, windows: FloatArray) -> tuple[float, float]:
    """Return the bootstrap interval of the standard score over files."""
    draws = np.random.default_rng(0).integers(0, len(raw), (DRAWS, len(raw)))
    scores = [normalised(raw[draw], windows[draw], STANDARD) for draw in draws if windows[draw].any()]
    low, high = np.quantile(scores, ((1 - COVERAGE) / 2, (1 + COVERAGE) / 2))
    return float(low), float(high)


def _mean_over(series: Sequence[Series], scores: Sequence[FloatArray], figure: Figure) -> float:
    values = [
        figure(score[each.probation :], each.inside()[each.probation :])
        for each, score in zip(series, scores, strict=True)
        if each.windows
    ]
    return float(np.mean(values)) if values else float("nan")
