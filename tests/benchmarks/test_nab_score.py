"""The score of the anomaly benchmark, against cases worked by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.anomaly.baselines import BASELINES, once, range_novelty, windowed_gaussian
from benchmarks.anomaly.judgement import alarms, crossed_thresholds, judge
from benchmarks.anomaly.nab_score import (
    LOW_FN,
    LOW_FP,
    STANDARD,
    Profile,
    best_threshold,
    normalised,
    place,
    sweep,
)
from benchmarks.anomaly.nab_series import NoData, Series, load, probation_of
from benchmarks.anomaly.precision import auc_pr, vus_pr

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

HOUR_NS = 3_600_000_000_000


def series(rows: int = 100, windows: tuple[tuple[int, int], ...] = ((50, 59),)) -> Series:
    """Return a series of hours with windows; its first rows (15 %) are probation."""
    return Series(
        name="made",
        time_ns=np.arange(rows, dtype=np.int64) * HOUR_NS,
        values=np.zeros(rows),
        windows=windows,
        probation=probation_of(rows),
    )


def score(rows: int = 100, **at: float) -> NDArray[np.float64]:
    """Return zeros with the scores of rows given as ``r50=0.9``."""
    found = np.zeros(rows)
    for name, value in at.items():
        found[int(name[1:])] = value
    return found


def normal(given: Series, scores: NDArray[np.float64], threshold: float, profile: Profile = STANDARD) -> float:
    """Return the normalised score of one series."""
    raw = sweep(given, scores, profile).at(threshold)
    return normalised(np.array([raw]), np.array([float(len(given.windows))]), profile)


def test_left_edge_is_worth_all_and_silence_nothing() -> None:
    """A detection in the first row of the window gives 100, none gives 0, in every profile."""
    for profile in (STANDARD, LOW_FP, LOW_FN):
        assert normal(series(), score(r50=1), 0.5, profile) == pytest.approx(100)
        assert normal(series(), score(), 0.5, profile) == pytest.approx(0)


def test_right_edge_is_worth_little() -> None:
    """Row 59 of a window of ten lies at -0.1: sigma(-0.1) / sigma(-1) = 0.24492 / 0.98661."""
    raw = sweep(series(), score(r59=1), STANDARD).at(0.5)
    assert raw == pytest.approx(0.244918662 / 0.986614298, rel=1e-6)
    # One window: null -1, perfect 1.
    assert normal(series(), score(r59=1), 0.5) == pytest.approx(100 * (raw + 1) / 2)


def test_only_the_best_placed_detection_of_a_window_counts() -> None:
    """Ten detections in a window are worth the first of them."""
    several = score(r52=0.6, r53=0.9, r55=0.7)
    assert normal(series(), several, 0.5) == pytest.approx(normal(series(), score(r52=1), 0.5))
    assert normal(series(), several, 0.8) == pytest.approx(normal(series(), score(r53=1), 0.5))


def test_false_alarms_cost_more_the_farther_they_are() -> None:
    """Before any window and beyond three widths the cost is whole; nine rows behind the edge it is sigma(1)."""
    missed = -1.0
    assert sweep(series(), score(r20=1), STANDARD).at(0.5) == pytest.approx(missed - 0.11)
    assert sweep(series(), score(r68=1), STANDARD).at(0.5) == pytest.approx(missed - 0.11 * 0.986614298)
    assert sweep(series(), score(r60=1), STANDARD).at(0.5) == pytest.approx(
        missed + 0.11 * (2 / (1 + math.exp(5 / 9)) - 1)
    )
    assert sweep(series(), score(r87=1), STANDARD).at(0.5) == pytest.approx(missed - 0.11)
    assert sweep(series(), score(r87=1), LOW_FP).at(0.5) == pytest.approx(missed - 0.22)
    assert sweep(series(), score(r87=1), LOW_FN).at(0.5) == pytest.approx(-2 - 0.11)


def test_the_distance_is_to_the_window_before() -> None:
    """A false alarm between two windows is measured by the first, one behind both by the second."""
    given = series(windows=((30, 39), (60, 64)))
    between = sweep(given, score(r48=1), STANDARD).at(0.5)
    assert between == pytest.approx(-2 - 0.11 * 0.986614298)
    behind = sweep(given, score(r68=1), STANDARD).at(0.5)
    assert behind == pytest.approx(-2 - 0.11 * 0.986614298)


def test_probation_is_never_scored() -> None:
    """Alarms in the first 15 % of the rows, at most 750, cost nothing and find nothing."""
    assert probation_of(100) == 15
    assert probation_of(4032) == 604
    assert probation_of(15_902) == 750
    loud = score()
    loud[:15] = 1.0
    assert normal(series(), loud, 0.5) == pytest.approx(0)


def test_sweep_agrees_with_every_threshold_one_by_one() -> None:
    """The best threshold of the sweep is the best of all, and the sum of gains is the score counted directly."""
    random = np.random.default_rng(5)
    given = [series(windows=((40, 49), (70, 84))), series(windows=()), series(windows=((20, 29),))]
    scores = [random.random(100).round(2) for _ in given]
    sweeps = [sweep(one, its, STANDARD) for one, its in zip(given, scores, strict=True)]
    totals = {t: sum(each.at(t) for each in sweeps) for t in np.unique(np.concatenate(scores))}
    best = best_threshold(sweeps)
    assert best == float("inf") or sum(each.at(best) for each in sweeps) == pytest.approx(max(totals.values()))
    for threshold in (0.2, 0.9, 0.97):
        direct = sum(_direct(one, its >= threshold) for one, its in zip(given, scores, strict=True))
        assert sum(each.at(threshold) for each in sweeps) == pytest.approx(direct)


def _direct(given: Series, flagged: NDArray[np.bool_]) -> float:
    """Return the raw standard score, row by row as the rules are told."""
    total = 0.0
    for first, last in given.windows:
        width = last - first + 1
        worths = [
            float(place(np.array([-(last - row + 1) / width]))[0]) / (1 - 2 / (1 + math.exp(5)))
            for row in range(first, last + 1)
            if flagged[row] and row >= given.probation
        ]
        total += max(worths, default=-1.0)
    for row in range(given.probation, len(flagged)):
        if flagged[row] and not given.inside()[row]:
            before = [(last, last - first) for first, last in given.windows if last < row]
            position = (row - before[-1][0]) / before[-1][1] if before else 9.0
            total += 0.11 * float(place(np.array([position]))[0])
    return total


def test_crossed_threshold_comes_from_the_other_half() -> None:
    """Files with even places are judged by the threshold that is best for odd ones, and the other way round."""
    given = [series() for _ in range(4)]
    scores = [score(r50=0.8, r20=0.7), score(r50=0.4, r20=0.3), score(r50=0.8, r20=0.7), score(r50=0.4, r20=0.3)]
    sweeps = [sweep(one, its, STANDARD) for one, its in zip(given, scores, strict=True)]
    assert crossed_thresholds(sweeps) == [0.4, 0.8, 0.4, 0.8]
    found = judge(given, scores, own=0.35)
    assert found.crossed == pytest.approx(100 * ((2 * (1 - 0.11) - 2) + 4) / 8)
    assert found.hit == 2
    assert found.false_crossed == pytest.approx(2 / sum(each.weeks for each in given))
    assert found.own == pytest.approx(100 * (2 * 0.89 + 2 + 4) / 8)
    assert found.low <= found.crossed <= found.high


def test_false_episodes_join_alarms_that_are_close() -> None:
    """Three alarms within half a day are one episode, the next day's is another; the delay is in window lengths."""
    found = alarms(series(), score(r20=1, r25=1, r37=1, r90=1, r53=1, r58=1), 0.5)
    assert found.false_episodes == 2
    assert found.delays == (0.3,)


def test_areas_of_a_perfect_and_a_worthless_score() -> None:
    """A score that is 1 in the window has area 1; a constant one has the share of the window."""
    inside = series().inside()
    assert auc_pr(inside.astype(np.float64), inside) == pytest.approx(1.0)
    assert auc_pr(np.zeros(100), inside) == pytest.approx(0.1)
    assert vus_pr(inside.astype(np.float64), inside) > 0.85
    assert vus_pr(np.zeros(100), inside) < 0.2


def test_baselines_are_causal() -> None:
    """Changing the last values of a series changes no score before them."""
    random = np.random.default_rng(2)
    values = random.normal(size=900)
    other = values.copy()
    other[700:] += 50.0
    for name, baseline in BASELINES.items():
        one, two = (
            baseline(Series(name="x", time_ns=np.arange(900) * HOUR_NS, values=each, windows=(), probation=100))
            for each in (values, other)
        )
        assert np.array_equal(one[:700], two[:700]), name


def test_range_novelty_and_gaussian_by_hand() -> None:
    """Leaving 0..1 by 0.04 is nothing, by 0.16 it is; the third of 0, 2, 1 lies on the mean."""
    given = series(4)
    novel = Series(name="x", time_ns=given.time_ns, values=np.array([0.0, 1.0, 1.04, 1.2]), windows=(), probation=0)
    assert range_novelty(novel).tolist() == [0.0, 1.0, 0.0, 1.0]
    gauss = Series(name="x", time_ns=given.time_ns, values=np.array([0.0, 2.0, 1.0, 2.0]), windows=(), probation=0)
    found = windowed_gaussian(gauss)
    assert found[2] == pytest.approx(0.5)
    # Mean 1, deviation sqrt(2/3) of 0, 2, 1: one minus the upper tail of 1.2247.
    assert found[3] == pytest.approx(0.5 * (1 + math.erf(math.sqrt(1.5) / math.sqrt(2))))


def test_once_keeps_the_first_and_the_higher() -> None:
    """A score is dropped when one as high came within a day before it."""
    given = score(700, r10=5, r11=4, r20=6, r400=1)
    assert np.flatnonzero(once(given)).tolist() == [10, 20, 400]


def test_both_layouts_are_read(tmp_path: Path) -> None:
    """A flat folder and a checkout of the benchmark hold the same series; an empty folder is named."""
    rows = "\n".join(f"2014-04-01 {hour:02}:00:00,{hour}.5" for hour in range(24))
    windows = '{"a/b.csv": [["2014-04-01 10:00:00.000000", "2014-04-01 12:00:00.000000"]]}'
    for folder, labels, data in ((tmp_path / "flat", ".", "."), (tmp_path / "nab", "labels", "data")):
        (folder / data / "a").mkdir(parents=True)
        (folder / labels).mkdir(exist_ok=True)
        (folder / data / "a" / "b.csv").write_text(f"timestamp,value\n{rows}\n", "utf-8")
        name = "windows.json" if labels == "." else "combined_windows.json"
        (folder / labels / name).write_text(windows, "utf-8")
        (found,) = load(folder)
        assert (found.name, found.windows, found.probation) == ("a/b.csv", ((10, 12),), 3)
        assert found.values[10] == 10.5
    with pytest.raises(NoData, match=r"no windows\.json"):
        load(tmp_path)
