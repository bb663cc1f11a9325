"""The tower's water balances, and more cycles save water."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.errors import ConfigError
from simulators.plant.water import TowerWaterParameters, tower_water

HEAT_W = np.array([100e3])
FLOW = np.array([0.005])


@given(st.floats(0.0, 1e6), st.floats(0.0, 0.05), st.floats(1.0, 20.0), st.floats(0.0, 1e-3))
def test_water_and_salt_balance(heat_w: float, flow: float, cycles: float, leak: float) -> None:
    """Make-up is all that leaves, and the salt that comes with it leaves with what is liquid."""
    p = TowerWaterParameters()
    now = tower_water(p, np.array([heat_w]), np.array([flow]), cycles, leak)
    liquid = now.drift_m3_s + now.blowdown_m3_s + leak
    assert now.makeup_m3_s[0] == pytest.approx(now.evaporation_m3_s[0] + liquid[0])
    assert now.blowdown_m3_s[0] >= 0.0
    if heat_w > 1.0:
        salt = now.conductivity_s_m * liquid
        assert salt[0] == pytest.approx(p.supply_conductivity_s_m * now.makeup_m3_s[0], rel=1e-6)


def test_sizes() -> None:
    """A rejected kilowatt-hour evaporates about 1.25 L; four to eight cycles save about 14 % of all water."""
    four, eight = (tower_water(TowerWaterParameters(), HEAT_W, FLOW, cycles) for cycles in (4.0, 8.0))
    assert four.evaporation_m3_s[0] / 100.0 * 3.6e6 == pytest.approx(1.25, abs=0.02)
    assert 1.0 - eight.makeup_m3_s[0] / four.makeup_m3_s[0] == pytest.approx(0.143, abs=0.005)
    assert four.conductivity_s_m[0] == pytest.approx(0.14)


def test_a_leak_takes_water_and_salt() -> None:
    """A leak larger than the blow-down raises make-up and lowers the cycles."""
    dry = tower_water(TowerWaterParameters(), HEAT_W, FLOW, 4.0)
    leak = tower_water(TowerWaterParameters(), HEAT_W, FLOW, 4.0, 1e-4)
    assert leak.makeup_m3_s[0] > dry.makeup_m3_s[0] * 2
    assert leak.cycles[0] < 2.0
    assert dry.cycles[0] == pytest.approx(4.0)


def test_a_tower_that_stands() -> None:
    """Without heat there is no water, and the conductivity is that of the cycles that were set."""
    now = tower_water(TowerWaterParameters(), np.zeros(1), FLOW, 4.0)
    assert now.makeup_m3_s[0] == 0.0
    assert now.conductivity_s_m[0] == pytest.approx(0.14)


def test_a_tower_that_cannot_be() -> None:
    """Salt-free and endless are refused."""
    with pytest.raises(ConfigError, match="most_cycles of TowerWaterParameters is 100"):
        TowerWaterParameters(most_cycles=100.0)
