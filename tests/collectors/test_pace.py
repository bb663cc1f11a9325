"""Where in its interval each device is read."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.pace import FIRST_ROUND_S, first_wait_s, phase_ns
from greendc.units import NS_PER_SECOND

NAMES = [f"pdu-r{rack:03}-{side}" for rack in range(1, 201) for side in "ab"]


@given(name=st.text(), interval_s=st.floats(0.05, 86_400), devices=st.integers(1, 100_000))
def test_every_device_has_a_place(name: str, interval_s: float, devices: int) -> None:
    """The place lies within the interval and is always the same; the first read comes within seconds."""
    place_ns = phase_ns(name, interval_s)
    assert 0 <= place_ns < round(interval_s * NS_PER_SECOND)
    assert place_ns == phase_ns(name, interval_s)
    assert 0.0 <= first_wait_s(name, interval_s, devices) <= min(interval_s, FIRST_ROUND_S)


@pytest.mark.parametrize("interval_s", [5.0, 10.0, 30.0])
def test_places_are_spread_evenly(interval_s: float) -> None:
    """Of 400 devices with one interval no second of it has much more than its share."""
    slots = Counter(phase_ns(name, interval_s) for name in NAMES)
    assert len(slots) == interval_s
    fair = len(NAMES) / interval_s
    assert max(slots.values()) < fair + 4.0 * fair**0.5


def test_a_short_interval_has_one_place() -> None:
    """What is read every second or more often is read at the same time."""
    assert {phase_ns(name, 0.5) for name in NAMES} == {0}


def test_a_small_site_is_read_at_once() -> None:
    """Three devices wait for hundredths of a second, hundreds for some seconds, spread over all of them."""
    assert max(first_wait_s(name, 10.0, 3) for name in NAMES[:3]) < 0.03
    waits = sorted(first_wait_s(name, 30.0, 854) for name in NAMES)
    assert waits[0] < 0.2
    assert 2.0 < waits[len(waits) // 2] < 3.0
    assert waits[-1] < FIRST_ROUND_S
