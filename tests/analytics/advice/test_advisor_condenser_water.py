"""Advice on condenser water: the best set-point between chiller and tower, guard rails and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.advice.advisors.condenser_water import advise
from analytics.site_model import Change
from analytics.site_model.plant_frame import blank
from tests.analytics.advice.made_plant_room import NAN, chillers_only, plant, recommendation, refusal, situation


def test_a_set_point_that_is_too_high_comes_down() -> None:
    """A tower that idles at 28 degC: colder water saves, but never below the least."""
    answer = recommendation(advise(situation(chillers_only(28.0))))
    assert answer.change_from == pytest.approx(28.0, abs=0.2)
    assert answer.change_to is not None
    assert 15.6 <= answer.change_to <= 25.0
    assert answer.change == Change(condenser_c=answer.change_to)
    assert answer.acceptable
    assert [check.key for check in answer.guards] == ["condenser_low", "condenser_high", "rate"]


def test_a_set_point_that_is_never_reached_goes_up() -> None:
    """A fan at full speed all day for a set-point below the wet bulb: what it is today is not claimed to be known."""
    answer = recommendation(advise(situation(chillers_only(16.0, wet_c=22.0))))
    assert answer.change_from is None
    assert answer.change_to is not None
    assert answer.change_to > 25.0
    assert answer.evidence_kwh is not None
    assert answer.evidence_kwh.p10 > 0.0
    # The tower's fan saves, not heat: the tower rejects a little more.
    assert answer.water_m3 is not None
    assert answer.water_m3.p50 < 0.0


def test_advice_that_was_followed_falls_silent() -> None:
    """At the set-point it advises there is nothing left to advise."""
    wanted = recommendation(advise(situation(chillers_only(28.0)))).change_to
    assert wanted is not None
    assert refusal(advise(situation(chillers_only(wanted))))[0] == "no_net_saving"


def test_an_exchanger_that_lets_heat_in_is_mended_first() -> None:
    """Warmer water of the tower would let in more of it: nothing is said of the set-point."""
    frame = chillers_only(28.0)
    frame.free_w[:10] = -5000.0
    assert refusal(advise(situation(frame))) == ("no_net_saving", ())


@pytest.mark.parametrize(
    ("columns", "need"),
    [
        ({"condenser_c": NAN}, "condenser"),
        ({"tower_w": NAN}, "tower"),
        ({"wet_bulb_c": NAN}, "wet_bulb"),
    ],
)
def test_missing_telemetry_is_named(columns: dict[str, float], need: str) -> None:
    """What lacks is said."""
    reason, missing = refusal(advise(situation(plant(**columns))))
    assert reason == "missing"
    assert need in missing


def test_an_empty_frame_is_no_crash() -> None:
    """No rows: what lacks is said."""
    assert refusal(advise(situation(blank(np.zeros(0, dtype=np.int64), 900))))[0] == "missing"
