"""Power by role: a storage gives and takes, whatever tells it."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.metered import metered_w, of_role
from greendc.site import Role
from tests.analytics.advice.metered_site import STEP_NS, history, key, site_of, site_text, times

DAYS = 2
WAVE = 3000.0 * np.sin(2 * np.pi * np.arange(DAYS * 96 + 1) / 96.0)


def _registers(power_w: np.ndarray) -> dict[str, np.ndarray]:
    given = np.cumsum(np.clip(power_w, 0.0, None)) * 900.0
    taken = np.cumsum(np.clip(-power_w, 0.0, None)) * 900.0
    return {"active_energy_j": np.append(0.0, given)[:-1], "exported_energy_j": np.append(0.0, taken)[:-1]}


@pytest.mark.parametrize("by", ["power", "registers", "both"])
def test_a_storage_has_both_signs(by: str) -> None:
    """By its power, by its two registers, or where it has all three."""
    series = {key("ess"): WAVE} if by != "registers" else {}
    if by != "power":
        series |= {key("ess", name): values for name, values in _registers(WAVE).items()}
    site = site_of(site_text("ess"))
    found = metered_w(history(series), site, of_role(site, Role.STORAGE), times(DAYS), STEP_NS)
    assert found is not None
    known = np.isfinite(found)
    assert known.mean() > 0.95
    # A reading stands for the quarter of an hour that it begins.
    assert found[known] == pytest.approx(WAVE[:-1][known], abs=200.0)
    assert found[known].min() < -2500.0


def test_no_meter_is_none() -> None:
    """A role that nobody plays has no power, not one of 0."""
    site = site_of(site_text("main"))
    assert metered_w(history({}), site, of_role(site, Role.STORAGE), times(1), STEP_NS) is None
