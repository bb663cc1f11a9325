"""Advice on staging: two machines where one would do, guard rails and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.advice.advisors.chiller_staging import advise
from analytics.site_model import Change
from tests.analytics.advice.made_plant_room import (
    NAN,
    chillers_only,
    failed,
    plant,
    recommendation,
    refusal,
    situation,
    two_chillers,
)


def test_two_machines_at_low_load_become_one() -> None:
    """Each at a third of its load: one saves its pump and a good part of the power, and the other one is to spare."""
    frame = two_chillers(chillers_only(22.0), 0.5)
    answer = recommendation(advise(situation(frame)))
    assert (answer.change_from, answer.change_to, answer.variant) == (2.0, 1.0, "fewer")
    assert answer.evidence_kwh is not None
    pump_kwh = 1.3 * len(frame) / 4.0
    assert answer.evidence_kwh.p50 > 0.9 * pump_kwh
    assert answer.acceptable


def test_one_machine_where_one_does_is_in_order() -> None:
    """Nothing is said of a plant that runs one of its two machines."""
    assert refusal(advise(situation(two_chillers(chillers_only(22.0), 0.0))))[0] in {"no_net_saving", "in_order"}


def test_a_plant_without_a_spare_machine_is_told() -> None:
    """Where a single machine could not carry the greatest load, the guard rail fails."""
    frame = chillers_only(22.0)
    frame.heat_w[:8] *= 1.8
    frame.chiller_heat_w[:8] *= 1.8
    frame.chiller_load[:8] *= 1.8
    answer = recommendation(advise(situation(two_chillers(frame, 0.5))))
    assert "chiller_spare" in failed(answer)


@pytest.mark.parametrize(
    ("columns", "said"), [({"chiller_heat_w": NAN}, ("missing", ("chiller_heat",))), ({}, ("in_order", ()))]
)
def test_plants_that_cannot_be_staged(columns: dict[str, float], said: tuple[str, tuple[str, ...]]) -> None:
    """Without heat of the machines nothing is known; a single machine is in order."""
    assert refusal(advise(situation(plant(**columns)))) == said


def test_machines_that_never_ran_are_in_order() -> None:
    """Free cooling takes all of the heat: no capacity is told, and nothing is divided by it."""
    frame = two_chillers(chillers_only(22.0), 0.5)
    frame.chiller_heat_w[:] = 0.0
    frame.chiller_w[:] = 0.0
    frame.chiller_load[:] = 0.0
    frame.free_w[:] = frame.heat_w
    made = situation(frame)
    assert refusal(advise(made)) == ("in_order", ())
    assert np.isfinite(made.replay(Change(chilled_k=1.0)).saved_w()).all()
