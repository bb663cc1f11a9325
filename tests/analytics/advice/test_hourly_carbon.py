"""Advice counts the hour's own carbon factor where the site gives one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.advice.worth import Prices, worth_of
from analytics.site_model import Draws
from greendc.clock import iso
from tests.analytics.advice.metered_site import HEAD, START, STEP_NS, site_of, site_text, times

if TYPE_CHECKING:
    from pathlib import Path


def test_hours_weigh_with_their_own_factor(tmp_path: Path) -> None:
    """A saving of the first hour alone has the factor of the first hour; market-based stands apart."""
    rows = [f"{iso(START + hour * 4 * STEP_NS)},{0.1 if hour else 0.9},{0.05}" for hour in range(24)]
    text = "\n".join(["time,location_kg_per_kwh,market_kg_per_kwh", *rows])
    (tmp_path / "factors.csv").write_text(text, "utf-8")
    site = site_of(site_text("main", head=f'{HEAD}[carbon]\nfactors = "factors.csv"\n'), tmp_path)
    saved = np.zeros((1, 96))
    saved[0, :4] = 24_000.0
    found = worth_of(saved, times(1), STEP_NS, 96 * STEP_NS, Prices(site), Draws(certain=True), yearly=False)
    assert found is not None
    assert found.carbon_kg is not None
    assert found.carbon_market_kg is not None
    assert found.energy_kwh.p50 == pytest.approx(8760.0)
    assert found.carbon_kg.p50 == pytest.approx(8760.0 * 0.9)
    assert found.carbon_market_kg.p50 == pytest.approx(8760.0 * 0.05)
    assert "100 %" in found.carbon_source
