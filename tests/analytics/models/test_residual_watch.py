"""The judgement of residuals: silent on what held-out days showed, exact about onset, drift, change and cost."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.models.family import model_data
from analytics.models.tail import tail
from analytics.models.watch import Limits, Step, Watch, calibrate, cusum
from greendc.units import NS_PER_SECOND

STEP_S = 300.0
STEP_NS = round(STEP_S * NS_PER_SECOND)
DAY_STEPS = 288
FLOOR = 1.0


def _limits(seed: int = 1) -> Limits:
    noise = np.random.default_rng(seed).normal(0.0, 0.3, 20 * DAY_STEPS)
    return calibrate(noise, FLOOR, STEP_S, model_data().judgement)


def _run(residuals: np.ndarray, limits: Limits | None = None) -> tuple[Watch, list[bool]]:
    watch = Watch(limits or _limits(), STEP_S, model_data().judgement)
    active = []
    for i, residual in enumerate(residuals.tolist()):
        watch.step(Step((i + 1) * STEP_NS, 10.0 + residual, 10.0))
        active.append(watch.active)
    return watch, active


def test_usual_noise_is_silent() -> None:
    """A week of the noise that was calibrated on raises nothing."""
    noise = np.random.default_rng(2).normal(0.0, 0.3, 7 * DAY_STEPS)
    _, active = _run(noise)
    assert not any(active)


def test_a_step_is_told_within_half_an_hour_and_dated() -> None:
    """A step of two floors is told within half an hour; its onset, size and direction are right."""
    noise = np.random.default_rng(3).normal(0.0, 0.3, 2 * DAY_STEPS)
    noise[DAY_STEPS:] -= 2.0 * FLOOR
    watch, active = _run(noise)
    assert not any(active[:DAY_STEPS])
    assert active.index(True) <= DAY_STEPS + 6
    assert watch.direction == -1.0
    assert abs(watch.since_ns - (DAY_STEPS + 1) * STEP_NS) <= 6 * STEP_NS
    shift = watch.shift()
    assert shift is not None
    assert abs(shift[0] - (DAY_STEPS + 1) * STEP_NS) <= 6 * STEP_NS
    assert shift[1] == pytest.approx(-2.0 * FLOOR, abs=0.6)


def test_a_small_lasting_residual_is_drift() -> None:
    """What stays below the band for ever is summed, and told as drift within a day."""
    noise = np.random.default_rng(4).normal(0.0, 0.1, 2 * DAY_STEPS)
    noise[DAY_STEPS:] += 0.8 * FLOOR
    watch, active = _run(noise)
    assert not any(active[:DAY_STEPS])
    assert active[-1]
    fast, slow = watch.shares(1.0)
    assert slow > fast
    assert watch.surprise(1.0) > 3.0


def test_an_episode_ends_when_all_is_well_again() -> None:
    """After a fault of six hours the episode is over within some hours."""
    noise = np.zeros(2 * DAY_STEPS)
    noise[100:172] = 3.0
    _, active = _run(noise)
    assert active[171]
    assert not active[172 + 60]
    assert sum(b and not a for a, b in itertools.pairwise(active)) == 1


def test_one_wild_step_is_no_alarm() -> None:
    """A single step, however far out, weighs no more than half of the short mean's limit."""
    noise = np.zeros(DAY_STEPS)
    noise[100] = 1e6
    _, active = _run(noise)
    assert not any(active)


def test_a_long_gap_begins_anew() -> None:
    """What stood before half a day without data is not taken for what is now."""
    watch, active = _run(np.full(50, 3.0))
    assert active[-1]
    watch.step(Step(50 * STEP_NS + 12 * 3600 * NS_PER_SECOND, 10.0, 10.0))
    assert not watch.active


def test_an_episode_is_held_but_none_begins_where_inputs_are_unknown() -> None:
    """Steps outside experience keep an episode alive that goes on, and begin none."""
    watch, _ = _run(np.zeros(20))
    watch.hold(Step(21 * STEP_NS, 99.0, 10.0))
    assert not watch.active
    watch, _ = _run(np.full(50, 3.0))
    watch.hold(Step(60 * STEP_NS, 13.0, 10.0))
    assert watch.last_ns == 60 * STEP_NS


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60), st.floats(0.0, 2.0))
def test_the_sum_never_falls_below_zero(residuals: list[float], slack: float) -> None:
    """The CUSUM is never negative, and 0 while no residual is above its slack."""
    found = cusum(np.array(residuals), slack, 1.0)
    assert (found >= 0).all()
    if max(residuals) <= slack:
        assert not found.any()


@given(st.lists(st.floats(0, 100), min_size=2, max_size=200), st.floats(0, 300), st.floats(0, 50))
def test_a_higher_value_is_never_less_surprising(values: list[float], value: float, more: float) -> None:
    """Surprise rises with the value and is never negative."""
    found = tail(np.array(values), 0.1)
    assert 0.0 <= found.surprise(value) <= found.surprise(value + more) + 1e-9


def test_surprise_is_the_share_of_held_out_steps() -> None:
    """One in a hundred of the held-out steps has a surprise of two or more."""
    values = np.random.default_rng(5).exponential(1.0, 100_000)
    found = tail(values, 0.01)
    share = float(np.mean([found.surprise(value) >= 2.0 for value in values[:20_000].tolist()]))
    assert share == pytest.approx(0.01, rel=0.3)
