"""Steps of counters: movement, wrap, reset."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.counters import Step, judge
from greendc.units import NS_PER_SECOND

MINUTE = 60 * NS_PER_SECOND
WH = 3600.0


def _times(count: int, step_ns: int = MINUTE) -> np.ndarray:
    return np.arange(count, dtype=np.int64) * step_ns


def test_golden_u32_rollover() -> None:
    """A 32-bit register that goes from 4294967290 to 15 counted 21."""
    steps = judge(_times(2), np.array([4294967290.0, 15.0]), modulus=2.0**32)
    assert steps.kind.tolist() == [Step.WRAP]
    assert steps.gain.tolist() == [21.0]


def test_reset_starts_a_new_segment() -> None:
    """A register that falls back to nothing far from its modulus contributes nothing for that step."""
    values = np.array([100.0, 110.0, 120.0, 0.0, 10.0]) * WH
    steps = judge(_times(5), values, modulus=2.0**32 * WH)
    assert steps.kind.tolist() == [Step.FORWARD, Step.FORWARD, Step.RESET, Step.FORWARD]
    assert steps.gain.sum() == 30 * WH


def test_exchange_to_a_higher_register_is_no_jump() -> None:
    """A new meter that starts 50 MWh higher does not become energy."""
    values = np.array([100.0, 110.0, 120.0, 50e6, 50e6 + 10, 50e6 + 20]) * WH
    steps = judge(_times(6), values)
    assert steps.kind[2] == Step.RESET
    assert steps.gain.sum() == 40 * WH


def test_load_that_starts_is_not_a_reset() -> None:
    """A socket that idles for an hour and then feeds a server moves forward."""
    values = np.concatenate([np.full(60, 5e6), 5e6 + np.arange(1, 10) * 500.0 * 60.0])
    steps = judge(_times(len(values)), values)
    assert steps.count(Step.RESET) == 0


def test_wrap_of_an_unknown_decimal_display() -> None:
    """Without a profile a six-digit kWh display is recognised by the pace of its other steps."""
    kwh = 1000 * WH
    values = np.array([999_980.0, 999_990.0, 0.0, 10.0, 20.0]) * kwh
    steps = judge(_times(5, 3600 * NS_PER_SECOND), values)
    assert steps.kind[1] == Step.WRAP
    assert steps.gain.sum() == 40 * kwh


def test_two_possible_wraps_are_refused() -> None:
    """After a gap in which a 16-bit register may have gone round twice its difference says nothing."""
    time_ns = np.array([0, 1, 2, 300, 301], dtype=np.int64) * 3600 * NS_PER_SECOND
    values = np.array([1000.0, 1500.0, 2000.0, 9000.0, 9500.0])
    steps = judge(time_ns, values, modulus=2.0**16)
    assert steps.kind.tolist() == [Step.FORWARD, Step.FORWARD, Step.REFUSED, Step.FORWARD]


@given(
    powers=st.lists(st.floats(500, 5000), min_size=5, max_size=40),
    start=st.floats(0, 1),
    width=st.sampled_from([2.0**16, 2.0**32]),
)
def test_a_wrap_is_never_negative_nor_a_jump(powers: list[float], start: float, width: float) -> None:
    """However a wrapping register is cut, its gains are those of the meter that never wraps."""
    modulus = width * WH
    true = np.concatenate([[start * modulus], start * modulus + np.cumsum(np.array(powers) * 60.0)])
    shown = np.mod(true, modulus)
    steps = judge(_times(len(true)), shown, modulus=modulus)
    assert (steps.gain >= 0).all()
    np.testing.assert_allclose(steps.gain, np.diff(true), rtol=1e-6, atol=modulus * 1e-12)


@given(
    powers=st.lists(st.floats(500, 5000), min_size=6, max_size=40),
    at=st.floats(0.2, 0.8),
    before=st.floats(1e8, 1e13),
    after=st.floats(0, 1e13),
)
def test_a_reset_is_never_negative_nor_a_jump(powers: list[float], at: float, before: float, after: float) -> None:
    """A register that is replaced adds at most what the other steps make plausible."""
    gains = np.array(powers) * 60.0
    cut = max(2, int(at * len(gains)))
    first = before + np.concatenate([[0.0], np.cumsum(gains[:cut])])
    second = after + np.concatenate([[0.0], np.cumsum(gains[cut:])])
    values = np.concatenate([first, second])
    steps = judge(_times(len(values)), values)
    assert (steps.gain >= 0).all()
    # The one step across the exchange may look like load of up to 50 kW, or 20 times the usual.
    assert steps.gain.sum() <= gains.sum() + max(20 * gains.max(), 50e3 * 60) + 2 * gains.max()
