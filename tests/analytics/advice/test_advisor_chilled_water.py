"""Advice on chilled water: how far, what it is worth, its guard rails and its refusals."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.advice.advisors.chilled_water import advise
from analytics.site_model.plant_frame import blank
from tests.analytics.advice.made_plant_room import NAN, chillers_only, plant, recommendation, refusal, situation


def test_cold_water_is_advised_to_be_warmer() -> None:
    """Chillers save 3 % for a kelvin in the made plant: the saving is of that size, with steps, water and rails."""
    frame = chillers_only(22.0)
    answer = recommendation(advise(situation(frame)))
    assert answer.change is not None
    assert answer.change.chilled_k > 0.0
    assert answer.steps[-1] == answer.change_to
    assert answer.evidence_kwh is not None
    most = 0.035 * answer.change.chilled_k * float(frame.chiller_w.sum()) / 4000.0
    assert 0.2 * most < answer.evidence_kwh.p50 < most
    assert answer.water_m3 is not None
    assert answer.water_m3.p50 > 0.0
    assert answer.acceptable


def test_valves_that_are_open_leave_no_room() -> None:
    """Coils that need all of their water today cannot do with warmer water."""
    assert refusal(advise(situation(plant(valve=0.89)))) == ("no_headroom", ())


def test_warmer_water_dries_the_air_less() -> None:
    """Where coils dry the air, a dew point near its limit leaves no room."""
    assert refusal(advise(situation(plant(dew_point_c=14.8)))) == ("no_headroom", ())


def test_without_valves_it_cannot_be_accepted() -> None:
    """Nothing tells that coils still control: the guard rail stops it."""
    frame = msgspec.structs.replace(chillers_only(22.0), valve=plant(valve=NAN).valve)
    answer = recommendation(advise(situation(frame)))
    assert "valves" in [check.key for check in answer.obstacles]


def test_warm_water_is_left_alone() -> None:
    """Beyond what machines leave with there is nothing to advise."""
    assert refusal(advise(situation(plant(chilled_set_c=18.0))))[0] == "no_headroom"


@pytest.mark.parametrize(
    ("columns", "needs"),
    [
        ({"chilled_set_c": NAN, "chilled_supply_c": NAN}, ("chilled_water",)),
        ({"chiller_w": NAN, "chiller_heat_w": NAN}, ("chiller_heat",)),
    ],
)
def test_missing_telemetry_is_named(columns: dict[str, float], needs: tuple[str, ...]) -> None:
    """What lacks is said, and the advisor could not look."""
    assert refusal(advise(situation(plant(**columns)))) == ("missing", needs)


def test_an_empty_frame_is_no_crash() -> None:
    """No rows: what lacks is said."""
    assert refusal(advise(situation(blank(np.zeros(0, dtype=np.int64), 900))))[0] == "missing"
