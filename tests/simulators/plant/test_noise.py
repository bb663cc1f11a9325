"""Noise is a function of absolute time, seed and stream, and has the moments it claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from simulators.plant.noise import Draws, Noise, Steps

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

START_S = 1_767_225_600.0


def _times(first_s: float, apart_s: float, count: int) -> FloatArray:
    return first_s + apart_s * np.arange(count, dtype=np.float64)


def test_noise_does_not_depend_on_the_way() -> None:
    """Noise at a time is the same after any other question, and moves smoothly."""
    one, other = Noise(1, 2, 60.0, 3), Noise(1, 2, 60.0, 3)
    for second in range(0, 600, 7):
        one.at(START_S + second)
    np.testing.assert_allclose(one.at(START_S + 1000.0), other.at(START_S + 1000.0), rtol=1e-12)
    assert np.abs(one.at(START_S + 1001.0) - one.at(START_S + 1000.0)).max() < 0.2


@pytest.mark.parametrize("apart_s", [1.0, 60.0, 86_400.0])
def test_a_block_is_what_single_times_are(apart_s: float) -> None:
    """Dense and sparse blocks give what the same times give one by one, forwards and backwards."""
    times_s = _times(START_S, apart_s, 150)
    noise, steps = Noise(4, 2, 240.0, 5), Steps(4, 3, 600.0, 5)
    smooth, held = Noise(4, 2, 240.0, 5).block(times_s), Steps(4, 3, 600.0, 5).block(times_s)
    for i in (*range(0, 150, 3), *range(149, 0, -7)):
        np.testing.assert_allclose(noise.at(float(times_s[i])), smooth[i], rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(steps.block(times_s[i : i + 1])[0], held[i])


def test_moments() -> None:
    """Channels have mean 0 and deviation 1, do not follow each other or the channel beside them, and differ by seed."""
    drawn = Draws(1, 2, 4).normal(np.arange(20_000))
    np.testing.assert_allclose(drawn.mean(axis=0), 0.0, atol=0.03)
    np.testing.assert_allclose(drawn.std(axis=0), 1.0, atol=0.02)
    assert np.abs(np.corrcoef(drawn.T) - np.eye(4)).max() < 0.03
    assert abs(np.corrcoef(drawn[1:, 0], drawn[:-1, 0])[0, 1]) < 0.03
    assert abs(np.corrcoef(drawn[:, 0], Draws(2, 2, 1).normal(np.arange(20_000))[:, 0])[0, 1]) < 0.03
    assert abs(np.corrcoef(drawn[:, 0], Draws(1, 3, 1).normal(np.arange(20_000))[:, 0])[0, 1]) < 0.03
    even = Draws(1, 2, 1).uniform(np.arange(-10_000, 10_000))
    assert even.mean() == pytest.approx(0.5, abs=0.01)
    assert 0.0 <= even.min() < 0.001
    assert 0.999 < even.max() < 1.0


def test_steps_hold_their_number() -> None:
    """A channel changes once a period, at its own moment, and knows for how long it has stood."""
    times_s = _times(START_S, 1.0, 6000)
    steps = Steps(7, 1, 600.0, 8)
    numbers, since_s = steps.block(times_s), steps.since_s(times_s)
    changed = np.diff(numbers, axis=0) != 0.0
    np.testing.assert_array_equal(changed.sum(axis=0), 10)
    assert len(np.unique(np.argmax(changed, axis=0))) == 8
    np.testing.assert_array_equal(changed, np.diff(since_s, axis=0) < 0.0)
