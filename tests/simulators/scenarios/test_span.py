"""A span says how far something has come, and until when that stays so."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulators.scenarios.span import Span

SPANS = st.builds(
    Span,
    onset_s=st.floats(0.0, 1e4),
    end_s=st.floats(1e4, 1e5) | st.just(math.inf),
    ramp_s=st.just(0.0) | st.floats(1.0, 500.0) | st.floats(1000.0, 9000.0),
    every_s=st.just(0.0) | st.floats(2000.0, 5000.0),
    each_s=st.floats(600.0, 1500.0),
)


def test_it_comes_up_and_ends_at_once() -> None:
    """Nothing before the onset, half after half the ramp, all until the end, nothing from the end on."""
    span = Span(onset_s=100.0, end_s=200.0, ramp_s=20.0)
    assert [span.progress(t) for t in (99.9, 100.0, 110.0, 150.0, 199.9, 200.0)] == [0.0, 0.0, 0.5, 1.0, 1.0, 0.0]
    assert [span.next_change_s(t) for t in (0.0, 100.0, 119.0, 120.0, 200.0)] == [100.0, 100.0, 119.0, 200.0, math.inf]


def test_it_comes_again() -> None:
    """With a period it holds for the first part of each, until its end."""
    span = Span(onset_s=0.0, end_s=250.0, every_s=100.0, each_s=40.0)
    assert [span.progress(t) for t in (0.0, 39.0, 40.0, 99.0, 100.0, 139.0, 230.0, 250.0)] == [1, 1, 0, 0, 1, 1, 1, 0]
    assert [span.next_change_s(t) for t in (0.0, 50.0, 100.0, 230.0)] == [40.0, 100.0, 140.0, 240.0]


def test_a_long_ramp_rises_in_small_parts() -> None:
    """A plant can be run in stretches, and no part is larger than half a per cent."""
    span = Span(onset_s=1.78e9, ramp_s=2 * 86_400.0)
    time_s, before, changes = 1.78e9, 0.0, 0
    while math.isfinite(change_s := span.next_change_s(time_s)):
        assert change_s > time_s
        assert 0.0 <= span.progress(change_s) - before < 0.005
        time_s, before, changes = change_s, span.progress(change_s), changes + 1
    assert before == 1.0
    assert changes == 256


@given(SPANS, st.floats(0.0, 2e4), st.floats(0.001, 0.999))
def test_nothing_changes_before_the_next_change(span: Span, time_s: float, share: float) -> None:
    """Between a time and its next change the progress is what it was."""
    change_s = span.next_change_s(time_s)
    assert change_s >= time_s
    if math.isfinite(change_s) and change_s - time_s > 1e-3:
        between_s = time_s + share * (change_s - time_s) * 0.9999
        assert span.progress(between_s) == span.progress(time_s)


@given(SPANS, st.lists(st.floats(0.0, 2e4), min_size=1, max_size=20))
def test_many_times_at_once_agree_with_one(span: Span, times: list[float]) -> None:
    """The vectorised form gives what the single one gives."""
    times_s = np.array(times)
    ramped = np.where(span.active(times_s), span.ramped(times_s), 0.0)
    assert np.allclose(ramped, [span.progress(t) for t in times], atol=1e-9)
