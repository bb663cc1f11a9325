"""The detector of single series: what it must be whatever its configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.detection.config import COMPONENTS, CONFIG, Config
from analytics.detection.detector import Detector, StateMismatch
from analytics.detection.surprise import Surprise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

QUICK = msgspec.structs.replace(CONFIG, start=20, young=10.0, season_start=30)
STEP_NS = 300 * 10**9
EXAMPLES = settings(max_examples=6, deadline=None)
SEEDS = st.integers(0, 10_000)


def run(detector: Detector, table: FloatArray, first: int = 0) -> list[Surprise]:
    """Step through a table of rows x series, every 5 min from the row of this number on."""
    return [detector.step(row, number * STEP_NS) for number, row in enumerate(table, first)]


def part(found: list[Surprise], name: str) -> FloatArray:
    """Return one array of the steps, rows x series."""
    return np.array([getattr(each, name) for each in found])


def telemetry(seed: int, rows: int = 200, series: int = 4, *, gaps: bool = True) -> FloatArray:
    """Return series with levels, swings, steps, spikes, plateaus and, unless told, gaps."""
    random = np.random.default_rng(seed)
    at = np.arange(rows)[:, None]
    level = random.choice([0.5, 20.0, 400.0], series)
    table = level * (1 + 0.2 * np.sin(at / random.uniform(5, 60, series)) + 0.02 * random.normal(size=(rows, series)))
    table[random.integers(rows // 2, rows) :, 0] += 3 * level[0]
    table[random.integers(0, rows, 3), random.integers(0, series, 3)] *= 5
    table[:, -1] = np.round(table[:, -1])
    if gaps:
        table[random.random(table.shape) < 0.1] = np.nan
        table[40:60, 1] = np.nan
    return table


def assert_same(one: list[Surprise], two: list[Surprise]) -> None:
    """All arrays of all steps are equal, bit by bit."""
    for name in Surprise.__struct_fields__:
        np.testing.assert_array_equal(part(one, name), part(two, name), err_msg=name)


@EXAMPLES
@given(SEEDS, st.integers(30, 190))
def test_the_future_changes_no_past_score(seed: int, cut: int) -> None:
    """Whatever comes after a row, what was said up to it stays."""
    table = telemetry(seed)
    other = table.copy()
    other[cut:] = telemetry(seed + 1)[cut:] * -7
    one, two = run(Detector(4, QUICK), table), run(Detector(4, QUICK), other)
    assert_same(one[:cut], two[:cut])


@EXAMPLES
@given(SEEDS)
def test_the_same_input_gives_the_same_alarms(seed: int) -> None:
    """Two detectors agree bit by bit, and neither changes its input."""
    table = telemetry(seed)
    before = table.copy()
    assert_same(run(Detector(4, QUICK), table), run(Detector(4, QUICK), table))
    np.testing.assert_array_equal(table, before)


@EXAMPLES
@given(SEEDS, st.integers(1, 190))
def test_resumed_is_as_if_never_interrupted(seed: int, cut: int) -> None:
    """A snapshot taken anywhere goes on as the detector itself does, and is not moved by it."""
    table = telemetry(seed)
    whole = Detector(4, QUICK)
    one = run(whole, table[:cut])
    saved = whole.snapshot()
    one += run(whole, table[cut:], cut)
    resumed = Detector.resume(saved, QUICK)
    assert_same(one[cut:], run(resumed, table[cut:], cut))
    final, again = whole.snapshot(), resumed.snapshot()
    assert final.keys() == again.keys()
    for name, value in final.items():
        np.testing.assert_array_equal(value, again[name], err_msg=name)


@EXAMPLES
@given(SEEDS)
def test_together_is_as_one_by_one(seed: int) -> None:
    """What is said about a series does not depend on the series beside it."""
    table = telemetry(seed)
    together = run(Detector(4, QUICK), table)
    for column in range(4):
        alone = run(Detector(1, QUICK), table[:, column : column + 1])
        for name in Surprise.__struct_fields__:
            np.testing.assert_array_equal(part(together, name)[:, column], part(alone, name)[:, 0], err_msg=name)


@EXAMPLES
@given(SEEDS)
def test_gaps_are_as_if_they_were_not_there(seed: int) -> None:
    """NaN leaves a series untouched: its scores are those of its values alone."""
    column = telemetry(seed)[:, 1]
    kept = column[np.isfinite(column)]
    with_gaps = run(Detector(1, QUICK), column[:, None])
    here = np.isfinite(column)
    alone = Detector(1, QUICK)
    without = [
        alone.step(kept[place : place + 1], int(row) * STEP_NS) for place, row in enumerate(np.flatnonzero(here))
    ]
    for name in Surprise.__struct_fields__:
        np.testing.assert_array_equal(part(with_gaps, name)[here], part(without, name), err_msg=name)
    assert not part(with_gaps, "score")[~here].any()
    assert np.isnan(part(with_gaps, "surprise")[~here]).all()


@EXAMPLES
@given(SEEDS)
def test_series_that_come_later_are_judged_alike(seed: int) -> None:
    """A series that was added is judged as one that was there alone, and the others go on."""
    table = telemetry(seed)
    grown = Detector(2, QUICK)
    first = run(grown, table[:100, :2])
    grown.grow(2)
    rest = run(grown, table[100:], 100)
    others = run(Detector(2, QUICK), table[:, :2])
    late = run(Detector(2, QUICK), table[100:, 2:], 100)
    np.testing.assert_array_equal(part(first, "score"), part(others, "score")[:100])
    np.testing.assert_array_equal(part(rest, "score")[:, :2], part(others, "score")[100:])
    np.testing.assert_array_equal(part(rest, "score")[:, 2:], part(late, "score"))


@EXAMPLES
@given(SEEDS, st.integers(-40, 40), st.sampled_from([0, 1, -7, 1000]))
def test_unit_and_offset_change_no_alarm(seed: int, power: int, offset: int) -> None:
    """The same readings in another unit and from another zero raise the same scores."""
    # Sixteenths and powers of two keep every sum exact, so that rounding cannot hide a dependence.
    table = np.round(telemetry(seed) * 16) / 16
    other = (table + offset) * 2.0**power
    np.testing.assert_array_equal(
        part(run(Detector(4, QUICK), table), "score"), part(run(Detector(4, QUICK), other), "score")
    )


@pytest.mark.parametrize("value", [0.0, 21.5, -1e9, 1e308])
def test_a_constant_series_never_alarms(value: float) -> None:
    """A value that never moves is no surprise, however long it lasts, with gaps and without."""
    table = np.full((700, 2), value)
    table[100:300, 1] = np.nan
    found = run(Detector(2), table)
    assert not part(found, "score").any()
    assert not part(found, "alarm").any()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=True, allow_infinity=True),
            st.sampled_from([1e308, -1e308, 5e-324, 0.0, 1.0]),
        ),
        min_size=1,
        max_size=150,
    )
)
def test_any_numbers_are_harmless(values: list[float]) -> None:
    """Whatever comes, no warning, no infinity, no score outside 0..1."""
    detector = Detector(2, msgspec.structs.replace(CONFIG, start=3, young=1.0))
    with np.errstate(all="raise", under="ignore"):
        found = run(detector, np.array([[value, 1.0 + 0.1 * (row % 3)] for row, value in enumerate(values)]))
    score = part(found, "score")
    assert ((score >= 0.0) & (score <= 1.0)).all()
    assert np.isfinite(part(found, "surprise")[:, 1]).all()
    assert not np.isinf(part(found, "surprise")).any()


def test_all_missing_says_nothing() -> None:
    """A series without any value is neither expected to be anything nor alarmed about."""
    found = run(Detector(3), np.full((50, 3), np.nan))
    assert np.isnan(part(found, "expected")).all()
    assert not part(found, "score").any()
    assert Detector(0).step(np.empty(0)).score.shape == (0,)


def noisy(rows: int, series: int, seed: int = 1) -> FloatArray:
    """Return a daily swing of 5-min steps with noise, a tenth of the swing."""
    random = np.random.default_rng(seed)
    at = np.arange(rows)[:, None]
    return 100.0 + 10.0 * np.sin(2 * np.pi * at / 288) + random.normal(size=(rows, series))


def test_a_fault_is_one_alarm_with_its_parts() -> None:
    """A level that jumps far out raises one alarm at once; the shares sum to the surprise; a band is told."""
    table = noisy(2016, 3)
    table[1500:1600, 1] += 80.0
    found = run(Detector(3), table)
    alarm = np.array([each.alarm for each in found])
    assert np.flatnonzero(alarm[1500:1503, 1]).size == 1
    assert alarm[1500:1600, 1].sum() == 1
    assert part(found, "active")[1501:1540, 1].all()
    assert (part(found, "score")[alarm] >= 0.5).all()
    assert not (part(found, "score")[~alarm] >= 0.5).any()
    np.testing.assert_allclose(part(found, "shares").sum(axis=2), part(found, "surprise"), atol=1e-9)
    at = 1500
    assert found[at].low[1] < found[at].expected[1] < found[at].high[1] < table[at, 1]


def test_ordinary_series_are_left_alone() -> None:
    """Series of a daily swing with noise raise little in their second week, and less than in the first."""
    found = run(Detector(40), noisy(4032, 40))
    alarm = part(found, "alarm")
    assert alarm[2016:].sum() / 40 < 0.7
    assert alarm[2016:].sum() < alarm[:2016].sum()


def test_components_can_be_switched_off() -> None:
    """Without a component its share is nothing, and the others still speak."""
    table = noisy(1200, 1)
    table[1000:, 0] += 80.0
    for place, name in enumerate(COMPONENTS):
        found = run(Detector(1, CONFIG.without(name)), table)
        assert not part(found, "shares")[:, :, place].any()
        assert part(found, "surprise")[1000:].max() > 1.0


def test_threshold_is_per_time_and_for_all_series_together() -> None:
    """Five times the steps a week need that much rarer a step, many series together that much more novelty."""
    assert Config(steps_a_week=2016.0, alarms_a_week=0.2).theta == pytest.approx(4.0035, abs=1e-4)
    assert Config(steps_a_week=10_080.0).theta - CONFIG.theta == pytest.approx(np.log10(5))
    assert Config(together=10).theta == CONFIG.theta
    # Seven a week, shared by 700 series.
    assert Config(together=700).theta == pytest.approx(np.log10(2016 / 0.01))
    assert Config(together=700).least > CONFIG.least
    assert Config(steps_a_week=10_080.0).least == pytest.approx(CONFIG.least)


def test_state_of_another_configuration_is_refused() -> None:
    """A snapshot of other settings, or one that lacks a part, is not resumed."""
    saved = Detector(2).snapshot()
    with pytest.raises(StateMismatch, match="not of"):
        Detector.resume(saved, CONFIG.without("novelty"))
    with pytest.raises(StateMismatch, match="not of"):
        Detector.resume({})
    whole = Detector(2).snapshot()
    for name in set(whole) - {"version"}:
        broken = {**whole, name: whole[name][:1]}
        if name != "count":
            with pytest.raises(StateMismatch, match=name):
                Detector.resume(broken)


def test_state_is_small() -> None:
    """A series needs at most two kilobytes, and that is what its snapshot holds."""
    assert Detector.bytes_each() <= 2048
    held = sum(each.nbytes for name, each in Detector(1000).snapshot().items() if name != "version")
    assert held == 1000 * Detector.bytes_each()


def test_what_was_not_seen_for_long_is_forgotten() -> None:
    """A value that is common while it is fresh is new again after the memory has faded twice without it."""
    config = msgspec.structs.replace(CONFIG, fade=600)
    table = noisy(3000, 2)
    for row, series in ((300, slice(None)), (400, 0), (2500, 1)):
        table[row - 1 : row + 2, series] = (
            np.array([[100.0], [140.0], [100.0]]) if isinstance(series, slice) else (100.0, 140.0, 100.0)
        )
    raised = part(run(Detector(2, config), table), "score")
    assert raised[400, 0] < 0.5 <= raised[2500, 1]
    assert part(run(Detector(2), table), "score")[2500, 1] < 0.5
