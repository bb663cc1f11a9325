"""The heat pump gives what it takes plus its power, in winter, and never more than there is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.errors import ConfigError
from simulators.plant.heat_recovery import HeatRecovered, HeatRecoveryParameters, heat_recovered


def _at(outdoor_c: float, source_c: float = 17.0, available_w: float = 80e3, allowed: float = 1.0) -> HeatRecovered:
    return heat_recovered(
        HeatRecoveryParameters(), np.array([outdoor_c]), np.array([source_c]), np.array([available_w]), allowed
    )


@given(st.floats(-20.0, 35.0), st.floats(0.0, 45.0), st.floats(-1e3, 2e5))
def test_heat_balance(outdoor_c: float, source_c: float, available_w: float) -> None:
    """Heat given is heat taken plus power, within rating and within its share of the source."""
    now = _at(outdoor_c, source_c, available_w)
    assert now.heat_w[0] == pytest.approx(now.source_w[0] + now.power_w[0])
    assert 0.0 <= now.source_w[0] <= 0.6 * max(available_w, 0.0) + 1e-9
    assert now.heat_w[0] <= 25e3 + 1e-6
    circuit_w = now.flow_m3_s[0] * 999.0 * 4190.0 * (now.supply_c[0] - now.return_c[0])
    assert circuit_w == pytest.approx(now.heat_w[0], abs=1e-3)


def test_winter_and_summer() -> None:
    """Full demand in the cold, half of it in between, none on a warm day or when switched off."""
    assert _at(0.0).heat_w[0] == pytest.approx(25e3)
    assert _at(9.0).heat_w[0] == pytest.approx(12.5e3)
    assert _at(20.0).heat_w[0] == 0.0
    assert _at(0.0, allowed=0.0).power_w[0] == 0.0
    assert _at(0.0, source_c=5.0).heat_w[0] == 0.0


def test_cop() -> None:
    """Half of Carnot's COP: 30 to 60 degC gives 5.5 without a pinch, and a warmer source helps."""
    parameters = HeatRecoveryParameters(hot_c=60.0, pinch_k=0.0)
    now = heat_recovered(parameters, np.zeros(2), np.array([30.0, 40.0]), np.full(2, 1e6))
    assert now.cop[0] == pytest.approx(333.15 / 30.0 / 2)
    assert now.cop[1] > now.cop[0]
    assert now.heat_w[0] / now.power_w[0] == pytest.approx(now.cop[0])


def test_a_heat_pump_that_cannot_be() -> None:
    """More than Carnot is refused."""
    with pytest.raises(
        ConfigError, match=r"quality of HeatRecoveryParameters is 1\.5; it must lie between 0\.2 and 0\.8"
    ):
        HeatRecoveryParameters(quality=1.5)
