"""Water that a saving saves: heat that a tower does not reject, with what is bled."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.advice.recommendation import Plan
from analytics.advice.water import water_saved
from analytics.site_model import Change
from tests.analytics.advice.made_plant_room import DRAWS, NAN, plant, situation

CYCLES = ("treatment-1", "", "concentration_cycles")
UPS, SITE_PLAN = Plan(option="B", method="baseline", target="ups"), Plan(option="C", method="baseline", target="site")
HOURS = 8760.0


def test_a_kilowatt_of_heat_less_saves_its_evaporation_and_blow_down() -> None:
    """1.23 L/kWh evaporate on average of the prior, and at four cycles a third of it is bled: 14 m3 a year for 1 kW."""
    made = situation(plant(), {CYCLES: 4.0})
    saved = water_saved(made, None, UPS, np.full((DRAWS, len(made.frame)), 1000.0))
    assert saved is not None
    assert saved.p50 == pytest.approx(HOURS * 1.233 * 4.0 / 3.0 / 1000.0, rel=0.05)
    assert saved.p10 < saved.p50 < saved.p90


def test_what_is_no_heat_saves_no_water() -> None:
    """Power of the sun and tariffs touch no tower, and a plant without one evaporates nothing."""
    made = situation(plant())
    watts = np.full((DRAWS, len(made.frame)), 1000.0)
    assert water_saved(made, None, SITE_PLAN, watts) is None
    assert water_saved(situation(plant(tower_w=NAN, tower_speed=NAN)), None, UPS, watts) is None


def test_a_change_of_the_chilled_water_counts_the_chillers_heat() -> None:
    """Chillers that take less reject less."""
    made = situation(plant())
    change = Change(chilled_k=2.0)
    saved = water_saved(made, change, SITE_PLAN, made.replay(change).saved_w())
    assert saved is not None
    assert saved.p50 > 0.0
