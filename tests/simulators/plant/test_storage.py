"""The storage keeps its bounds, its schedule and its energy balance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greendc.errors import ConfigError
from simulators.plant.storage import Storage, StorageParameters

MIDNIGHT_S = 1_780_243_200.0
"""Local midnight at UTC+8."""
SIZE = StorageParameters()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-40e3, 40e3), min_size=1, max_size=60), st.floats(1.0, 3600.0), st.floats(0.3, 1.0))
def test_energy_balance_and_bounds(wanted: list[float], dt_s: float, health: float) -> None:
    """What leaves the cells is what their charge loses, losses are never negative, and the charge keeps its bounds."""
    storage = Storage(SIZE)
    storage.soc_ratio = 0.5
    flow = storage.run(np.array(wanted), np.full(len(wanted), 30e3), dt_s, np.full(len(wanted), health))
    assert np.all(flow.cells_w - flow.power_w >= -1e-9)
    assert np.all((flow.soc_ratio >= 0.3 - 1e-9) & (flow.soc_ratio <= 0.9 + 1e-9))
    moved_j = (0.5 - flow.soc_ratio[-1]) * SIZE.capacity_j * health
    assert float(flow.cells_w.sum()) * dt_s == pytest.approx(moved_j, rel=1e-9, abs=1.0)
    assert flow.power_w.max() <= 30e3 + 1e-6


def test_a_day() -> None:
    """It charges at night and gives in the evening; a round trip costs 10 %, and a warm-up meets the same day."""
    storage = Storage(SIZE)
    storage.warm_up(MIDNIGHT_S, 70e3)
    times_s = MIDNIGHT_S + 60.0 * np.arange(1440, dtype=np.float64)
    flow = storage.run(storage.wanted_w(times_s), np.full(1440, 70e3), 60.0)
    hour = np.arange(1440) / 60.0
    assert np.all(flow.power_w[hour < 2.0] == -15e3)
    assert np.all(flow.power_w[(hour >= 18.0) & (hour < 20.0)] > 0.0)
    assert not flow.power_w[(hour >= 6.0) & (hour < 18.0)].any()
    given_j = flow.power_w[flow.power_w > 0.0].sum()
    taken_j = -flow.power_w[flow.power_w < 0.0].sum()
    assert given_j / taken_j == pytest.approx(0.95**2, rel=0.01)
    assert flow.soc_ratio[-1] == pytest.approx(0.3)
    assert flow.soc_ratio.max() == pytest.approx(0.9)
    assert np.all(np.diff(storage.voltage_v(np.array([0.3, 0.6, 0.9]), np.zeros(3))) > 0.0)


def test_it_exports_nothing() -> None:
    """A storage never gives more than the site takes, and a dead one gives nothing."""
    storage = Storage(SIZE)
    storage.soc_ratio = 0.9
    flow = storage.run(np.full(3, 15e3), np.array([4e3, 0.0, 20e3]), 60.0, np.array([1.0, 1.0, 0.0]))
    np.testing.assert_allclose(flow.power_w, [4e3, 0.0, 0.0])


def test_a_schedule_over_midnight() -> None:
    """Hours may pass midnight; equal hours are none."""
    late = Storage(StorageParameters(charge_from_h=22.0, charge_to_h=5.0, give_from_h=9.0, give_to_h=9.0))
    wanted = late.wanted_w(MIDNIGHT_S + 3600.0 * np.array([0.0, 4.9, 5.0, 9.0, 21.9, 22.0]))
    np.testing.assert_allclose(wanted, [-15e3, -15e3, 0.0, 0.0, 0.0, -15e3])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"charge_efficiency": -0.9}, "charge_efficiency of StorageParameters is -0.9; it must lie between 0.5 and 1"),
        ({"lowest_soc": 0.95}, "lowest_soc of StorageParameters is 0.95; it must lie between 0 and 0.9"),
        ({"capacity_j": float("inf")}, "capacity_j"),
    ],
)
def test_a_storage_that_cannot_be(changed: dict[str, float], said: str) -> None:
    """Impossible sizes are refused by name and bounds."""
    with pytest.raises(ConfigError, match=said):
        StorageParameters(**changed)
