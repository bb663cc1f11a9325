"""A tariff file that somebody broke while the service runs: advice goes on without money."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.worth import Prices
from greendc.site import Tariff
from greendc.units import NS_PER_SECOND
from tests.analytics.plant import START
from tests.analytics.room import room

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_broken_tariff_is_said_and_is_no_tariff(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The price is unknown, not 0 and not an end of the schedule; file and field are in the log, once."""
    file = tmp_path / "tariff.toml"
    file.write_text("schema = 1\nprices = 7\n", "utf-8")
    site = msgspec.structs.replace(room(), tariff=Tariff(price_per_kwh=0.5, file=str(file)))
    prices = Prices(site)
    with caplog.at_level(logging.WARNING, "greendc.advice"):
        assert prices.per_kwh(np.array([START]), 900 * NS_PER_SECOND) is None
        assert prices.mean_price(np.array([START]), 900 * NS_PER_SECOND) == 0.0
    (record,) = caplog.records
    assert "tariff.toml" in record.getMessage()
