"""The liquid loop carries its share of heat, and a weak pump shows in its temperatures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.errors import ConfigError
from simulators.plant.liquid import LiquidParameters, liquid_loop

SIZE = LiquidParameters()


@given(st.floats(0.0, 4e5), st.floats(5.0, 35.0), st.floats(0.0, 1.0))
def test_heat_balance(racks_w: float, facility_c: float, pump: float) -> None:
    """Rack heat goes into the water or into the air; the pump's power goes into the water; so say its temperatures."""
    now = liquid_loop(SIZE, np.array([racks_w]), np.array([facility_c]), pump)
    assert now.heat_w[0] + now.air_w[0] == pytest.approx(racks_w + now.power_w[0])
    moved_w = now.flow_m3_s[0] * 999.0 * 4190.0 * (now.return_c[0] - now.supply_c[0])
    assert moved_w == pytest.approx(now.heat_w[0], rel=1e-6, abs=1e-3)
    assert now.supply_c[0] >= min(facility_c, SIZE.supply_c)


def test_pump_follows_the_heat() -> None:
    """The pump's speed is proportional to heat between its bounds, its power follows the fan law."""
    racks_w = SIZE.rated_w / SIZE.liquid_share * np.array([0.2, 0.5, 1.0])
    now = liquid_loop(SIZE, racks_w, np.full(3, 20.0))
    np.testing.assert_allclose(now.pump_speed, [0.35, 0.5, 1.0])
    assert now.power_w[2] == pytest.approx(SIZE.pump_w)
    assert now.power_w[1] < 0.35 * SIZE.pump_w
    np.testing.assert_allclose(now.return_c[2] - now.supply_c[2], 10.0, rtol=0.03)


def test_warm_facility_water_and_a_weak_pump() -> None:
    """Facility water too warm lifts the supply; a pump that moves half doubles the rise; none leaves all to the air."""
    racks_w = np.array([350e3])
    cool, warm = (liquid_loop(SIZE, racks_w, np.array([facility_c])) for facility_c in (20.0, 31.0))
    assert cool.supply_c[0] == SIZE.supply_c
    assert warm.supply_c[0] == pytest.approx(31.0 + 4.0, abs=0.8)
    weak = liquid_loop(SIZE, racks_w, np.array([20.0]), 0.5)
    assert weak.return_c[0] - weak.supply_c[0] == pytest.approx(2 * (cool.return_c[0] - cool.supply_c[0]), rel=0.05)
    still = liquid_loop(SIZE, racks_w, np.array([20.0]), 0.0)
    assert still.air_w[0] == 350e3
    assert still.heat_w[0] == 0.0


def test_a_loop_that_cannot_be() -> None:
    """More than all heat into the plates is refused."""
    with pytest.raises(ConfigError, match=r"liquid_share of LiquidParameters is 1\.1; it must lie between 0 and 0\.98"):
        LiquidParameters(liquid_share=1.1)
