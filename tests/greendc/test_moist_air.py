"""Moist air in arrays is what psychrolib says of each number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.physics import air, moist_air

TEMPERATURES = st.floats(-30.0, 45.0)
HUMIDITIES = st.floats(0.05, 1.0)
PRESSURES = st.floats(70_000.0, 104_000.0)


@given(TEMPERATURES, HUMIDITIES, PRESSURES)
def test_same_as_psychrolib(temperature_c: float, humidity: float, pressure_pa: float) -> None:
    """Dew point, humidity, humidity ratio and wet bulb agree with psychrolib within its own tolerance."""
    dry = np.array([temperature_c])
    dew = moist_air.dew_point(dry, np.array([humidity]))
    assert dew[0] == pytest.approx(air.dew_point(temperature_c, humidity), abs=0.01)
    assert moist_air.relative_humidity(dry, dew)[0] == pytest.approx(humidity, rel=1e-6)
    ratio = moist_air.humidity_ratio(dew, np.array([pressure_pa]))[0]
    assert ratio == pytest.approx(air.humidity_ratio(temperature_c, humidity, pressure_pa), rel=2e-3)
    wet = moist_air.wet_bulb(dry, dew, np.array([pressure_pa]))[0]
    # Between the two forms of the equation, over water and over ice, the answer jumps by a little.
    assert wet == pytest.approx(air.wet_bulb(temperature_c, humidity, pressure_pa), abs=0.02 if abs(wet) > 0.3 else 0.3)


def test_saturated_air() -> None:
    """Saturated air has its dew point and its wet bulb at the dry bulb; a dew point above it is saturation."""
    dry = np.array([-10.0, 5.0, 30.0])
    np.testing.assert_allclose(moist_air.wet_bulb(dry, dry + 1.0, np.full(3, 81_100.0)), dry, atol=1e-6)
    np.testing.assert_allclose(moist_air.relative_humidity(dry, dry + 1.0), 1.0)
