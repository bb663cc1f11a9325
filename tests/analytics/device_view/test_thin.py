"""Charts of long series: few points, every peak, every gap."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.device_view.thin import MOST, silences, thin
from greendc.units import NS_PER_SECOND

STEP_NS = 5 * NS_PER_SECOND
MILLION = 1_000_000
PEAK = 1000.0


def wandering(count: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a series that wanders about 0 and stays far below `PEAK`."""
    return np.sin(np.arange(count) / 300) * 5 + np.random.default_rng(seed).normal(size=count)


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 20_000),
    seed=st.integers(0, 9),
    places=st.sets(st.floats(0, 1), max_size=12),
    downwards=st.booleans(),
)
def test_every_peak_survives(count: int, seed: int, places: set[float], *, downwards: bool) -> None:
    """Wherever peaks of one reading stand, they are drawn; every drawn point is a reading; the ends are drawn."""
    times, values = np.arange(count, dtype=np.int64) * STEP_NS, wandering(count, seed)
    # Two peaks within one column of the screen are one peak.
    at = {round(place * 40) * (count - 1) // 40 for place in places}
    for i in at:
        values[i] = -PEAK if downwards else PEAK
    found = thin(times, values, interval_ns=STEP_NS)
    drawn = dict(zip(found.time_ns.tolist(), found.values.tolist(), strict=True))
    assert all(abs(drawn.get(int(times[i]), 0.0)) == PEAK for i in at)
    assert all(values[when // STEP_NS] == what for when, what in drawn.items())
    assert {0, int(times[-1])} <= drawn.keys()
    assert max(drawn.values()) == values.max()
    assert min(drawn.values()) == values.min()
    assert len(drawn) <= MOST + 2


@settings(max_examples=60, deadline=None)
@given(count=st.integers(200, 8_000), start=st.floats(0.05, 0.6), length=st.floats(0.02, 0.3), failed=st.booleans())
def test_a_gap_stays_a_gap(count: int, start: float, length: float, *, failed: bool) -> None:
    """Readings that are missing or have no value leave a break in the line, and nothing is drawn within it."""
    times, values = np.arange(count, dtype=np.int64) * STEP_NS, wandering(count, 1)
    first, last = int(start * count), int((start + length) * count) + 4
    if failed:
        values[first:last] = np.nan
    else:
        times, values = np.delete(times, slice(first, last)), np.delete(values, slice(first, last))
    found = thin(times, values, interval_ns=STEP_NS)
    breaks = found.time_ns[np.isnan(found.values)]
    assert breaks.tolist() == [(first - 1) * STEP_NS + 1]
    inside = (found.time_ns >= first * STEP_NS) & (found.time_ns < last * STEP_NS)
    assert not inside.any()


@pytest.mark.parametrize("coarse", [True, False])
def test_a_past_of_another_pace_is_no_gap(*, coarse: bool) -> None:
    """A past written each minute goes over into readings of each five seconds without a break, and the other way."""
    steps = [60] * 50 + [5] * 50
    times = np.cumsum(steps if coarse else steps[::-1]).astype(np.int64) * NS_PER_SECOND
    assert not silences(times, STEP_NS).any()


def test_gaps_beyond_number_do_not_swell_the_chart() -> None:
    """A sensor that fails every second time costs no more points than a screen has columns."""
    values = np.where(np.arange(400_000) % 2 == 0, 1.0, np.nan)
    found = thin(np.arange(400_000, dtype=np.int64) * STEP_NS, values, interval_ns=STEP_NS)
    assert len(found.values) <= MOST + 2


def test_nothing_known_is_nothing_drawn() -> None:
    """A series without a value has no points, and one reading is one point."""
    assert len(thin(np.arange(5), np.full(5, np.nan)).values) == 0
    assert thin(np.array([7]), np.array([1.0])).values.tolist() == [1.0]


def test_a_million_points_are_thinned_in_a_blink() -> None:
    """A million readings become a chart's worth of points well within a second."""
    times, values = np.arange(MILLION, dtype=np.int64) * STEP_NS, wandering(MILLION, 2)
    begin = time.perf_counter()
    found = thin(times, values, interval_ns=STEP_NS)
    assert time.perf_counter() - begin < 0.5
    assert len(found.values) <= MOST + 2
