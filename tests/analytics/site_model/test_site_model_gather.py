"""How a plant's past comes from the store: by rates, by registers alone, and where it is read once an hour."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.site_model import gather
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import J_PER_KWH
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import SITE, START, meter, site

DAYS = 3
HOURS = 24 * DAYS


def _registers(step_ns: int) -> MemoryHistory:
    """Return two meters that only count, read at the middle of each step; 10 and 8 kW."""
    history = MemoryHistory()
    count = HOURS * NS_PER_HOUR // step_ns
    times = [START + step_ns // 2 + i * step_ns for i in range(count)]
    for device, kw in (("main", 10.0), ("it", 8.0)):
        kwh = kw * (np.array(times) - START) / NS_PER_HOUR
        history.add(SeriesKey(SITE, device, "", "active_energy_j"), times, (kwh * J_PER_KWH).tolist())
    return history


@pytest.mark.parametrize("step_ns", [NS_PER_HOUR // 4, NS_PER_HOUR // 2, NS_PER_HOUR])
def test_a_register_read_seldom_tells_the_power(step_ns: int) -> None:
    """Rows of 15, 30 and 60 minutes as a utility gives them: the power is what was counted, and nothing is made up."""
    found = gather(
        _registers(step_ns),
        site(meter(Role.FACILITY_INPUT, "main"), meter(Role.IT_INPUT, "it")),
        START,
        START + HOURS * NS_PER_HOUR,
    )
    known = np.isfinite(found.site_w)
    assert known.mean() > 0.95
    assert found.site_w[known] == pytest.approx(10_000.0, rel=1e-6)
    assert found.it_w[np.isfinite(found.it_w)] == pytest.approx(8_000.0, rel=1e-6)
    assert "cooling_w" in found.missing


def test_a_past_that_is_read_once_an_hour_comes_by_the_hour() -> None:
    """A quarter of an hour would leave three rows of four unknown."""
    history = MemoryHistory()
    times = [START + i * NS_PER_HOUR for i in range(HOURS)]
    history.add(SeriesKey(SITE, "main", "", "active_power_w"), times, [5000.0] * HOURS)
    found = gather(history, site(meter(Role.FACILITY_INPUT, "main")), START, START + HOURS * NS_PER_HOUR)
    assert found.step_ns == NS_PER_HOUR
    assert np.isfinite(found.site_w).all()
