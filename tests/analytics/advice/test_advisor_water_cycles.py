"""Advice on cycles of concentration: water saved, conductivity, refusals."""

from __future__ import annotations

import pytest

from analytics.advice.advisors.water_cycles import advise
from tests.analytics.advice.made_plant_room import plant, recommendation, refusal, situation

CYCLES = ("treatment-1", "", "concentration_cycles")
MAKEUP = ("treatment-1", "makeup", "water_flow_m3_s")
SALT = ("treatment-1", "basin", "conductivity_s_m")
FLOW = 5e-5


def test_two_cycles_become_five() -> None:
    """Make-up falls by 37.5 %: of 1577 m3 a year 591; no electricity is claimed."""
    answer = recommendation(advise(situation(plant(), {CYCLES: 2.0, MAKEUP: FLOW, SALT: 0.07})))
    assert (answer.change_from, answer.change_to, answer.pays_in) == (2.0, 5.0, "water")
    assert answer.water_m3 is not None
    assert answer.water_m3.p50 == pytest.approx(FLOW * 8760 * 3600 * 0.375, rel=0.1)
    assert answer.water_m3.p10 < answer.water_m3.p50 < answer.water_m3.p90
    assert answer.energy_kwh.p50 == 0.0
    assert answer.acceptable


@pytest.mark.parametrize("cycles", [4.0, 5.0, 8.0])
def test_cycles_in_order_are_left_alone(cycles: float) -> None:
    """From four on little is to be gained."""
    assert refusal(advise(situation(plant(), {CYCLES: cycles, MAKEUP: FLOW, SALT: 0.1}))) == ("in_order", ())


def test_salty_water_keeps_its_cycles() -> None:
    """Conductivity limits how far: half way, or nothing at all."""
    some = recommendation(advise(situation(plant(), {CYCLES: 2.0, MAKEUP: FLOW, SALT: 0.16})))
    assert some.change_to == pytest.approx(3.1)
    assert refusal(advise(situation(plant(), {CYCLES: 2.0, MAKEUP: FLOW, SALT: 0.24}))) == ("in_order", ())


def test_without_conductivity_it_cannot_be_accepted() -> None:
    """The guard rail cannot be evaluated."""
    answer = recommendation(advise(situation(plant(), {CYCLES: 2.0, MAKEUP: FLOW})))
    assert not answer.acceptable


def test_missing_telemetry_is_named() -> None:
    """Cycles and make-up are asked for."""
    assert refusal(advise(situation(plant()))) == ("missing", ("water_cycles", "make_up"))
    assert refusal(advise(situation(plant(), {CYCLES: 2.0}))) == ("missing", ("make_up",))
