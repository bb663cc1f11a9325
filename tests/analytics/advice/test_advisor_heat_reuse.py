"""Advice on heat reuse: a heat pump that stands in the cold, projects, refusals."""

from __future__ import annotations

import pytest

from analytics.advice.advisors.heat_reuse import advise
from greendc.site import Role
from tests.analytics.advice.made_plant_room import NAN, chillers_only, plant, recommendation, refusal, situation

REUSED = ("meter-reuse", "", "heat_power_w")
ROLES = (Role.HEAT_REUSE,)


def test_a_heat_pump_that_stands_in_the_cold_is_told() -> None:
    """It pays in money and costs electricity; heat given is more than heat taken."""
    answer = recommendation(advise(situation(chillers_only(22.0, wet_c=0.0), {REUSED: 0.0}, ROLES)))
    assert (answer.pays_in, answer.variant, answer.cost) == ("money", "", None)
    assert answer.money is not None
    assert answer.money.p10 > 0.0
    assert answer.energy_kwh.p50 < 0.0
    assert float(answer.facts["given"]) > 0.0


@pytest.mark.parametrize(("wet_c", "reused_w"), [(0.0, 20_000.0), (18.0, 0.0)])
def test_heat_that_is_reused_or_not_asked_for_is_in_order(wet_c: float, reused_w: float) -> None:
    """In use, or in warm weather: nothing to say."""
    frame = chillers_only(24.0, wet_c=wet_c)
    assert refusal(advise(situation(frame, {REUSED: reused_w}, ROLES))) == ("in_order", ())


def test_a_project_that_does_not_pay_is_not_shown() -> None:
    """A room of 60 kW at usual prices of heat pays back late."""
    assert refusal(advise(situation(plant()))) == ("no_gain", ())


@pytest.mark.parametrize(("column", "need"), [("heat_w", "heat"), ("chilled_return_c", "chilled_water")])
def test_missing_telemetry_is_named(column: str, need: str) -> None:
    """What lacks is said."""
    reason, missing = refusal(advise(situation(plant(**{column: NAN}))))
    assert (reason, need in missing) == ("missing", True)
