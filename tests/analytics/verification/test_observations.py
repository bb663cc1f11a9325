"""Rows before they are modelled: even hours, complete, in one unit of energy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.verification import observations
from analytics.verification.target import is_register, unit_of
from greendc.clock import NS_PER_HOUR


@given(st.integers(2, 40), st.sampled_from([1, 2, 4, 12]), st.randoms(use_true_random=False))
def test_energy_per_row_and_power_are_the_same_and_order_is_nothing(hours: int, parts: int, random: object) -> None:
    """The energy of all rows is kept, whichever way the target is written and however the rows are mixed."""
    del random
    draw = np.random.default_rng(hours * parts)
    power = draw.uniform(1, 9, hours * parts)
    time_ns = np.arange(hours * parts) * (NS_PER_HOUR // parts)
    mixed = draw.permutation(len(time_ns))
    found = observations(time_ns[mixed], power[mixed], power[mixed, None], ("x",), energy=False)
    per_row = observations(time_ns, power / parts, power[:, None], ("x",), energy=True)
    np.testing.assert_allclose(found.rate, per_row.rate)
    assert float(found.rate.sum()) * found.step_h == pytest.approx(power.sum() / parts)


def test_a_gap_is_no_zero() -> None:
    """Rows without a value are left out, and the share of known time says so."""
    time_ns = np.arange(48) * NS_PER_HOUR
    use = np.where(np.arange(48) % 4 == 0, np.nan, 5.0)
    found = observations(time_ns, use, np.ones((48, 1)), ("x",), energy=False)
    assert len(found) == 36
    assert found.completeness == pytest.approx(0.75)
    assert found.rate.min() == 5.0


def test_hours_of_a_switch_belong_to_neither_side() -> None:
    """An hour in which the measure came on tells nothing of on or off."""
    time_ns = np.arange(16) * (NS_PER_HOUR // 4)
    switched = (np.arange(16) >= 6).astype(np.float64)
    found = observations(time_ns, np.ones(16), np.ones((16, 1)), ("x",), switched=switched, energy=False)
    assert found.switched is not None
    assert found.switched.tolist() == [False, True, True]


def test_one_row_is_refused() -> None:
    """One row has no length."""
    with pytest.raises(ValueError, match="two rows"):
        observations(np.zeros(1, dtype=np.int64), np.ones(1), np.ones((1, 0)), (), energy=True)


@pytest.mark.parametrize(
    ("name", "unit"),
    [("chiller_kw", ("kWh", False)), ("site_kwh", ("kWh", True)), ("Power (W)", ("Wh", False)), ("use", ("use", True))],
)
def test_the_name_of_the_target_tells_its_unit(name: str, unit: tuple[str, bool]) -> None:
    """Power is integrated, energy is summed."""
    assert unit_of(name) == unit


def test_a_register_is_told_from_use() -> None:
    """What only rises and stands high is a register."""
    assert is_register(1000.0 + np.arange(50.0))
    assert not is_register(np.array([3.0, 2.0, 4.0, 3.0]))
