"""Advice on free cooling by water: hours lost, an exchanger stuck open, and refusals."""

from __future__ import annotations

import pytest

from analytics.advice.advisors.water_economiser import advise
from tests.analytics.advice.made_plant_room import NAN, chillers_only, plant, recommendation, refusal, situation


def test_an_economiser_that_is_off_in_cold_weather_is_told() -> None:
    """Hours possible, none used: their worth is most of what the chillers take."""
    frame = chillers_only(22.0, wet_c=2.0)
    answer = recommendation(advise(situation(frame)))
    assert answer.facts["used"] == "0"
    assert float(answer.facts["lost"]) > 0.9 * len(frame) / 4.0
    assert answer.evidence_kwh is not None
    assert 0.2 < answer.evidence_kwh.p50 / (float(frame.chiller_w.sum()) / 4000.0) < 1.0


def test_one_that_is_used_whenever_it_can_is_in_order() -> None:
    """The made plant turns it on by itself."""
    assert refusal(advise(situation(plant()))) == ("in_order", ())


def test_warm_weather_loses_no_hours() -> None:
    """Off in warm weather is right."""
    assert refusal(advise(situation(chillers_only(34.0, wet_c=27.0)))) == ("in_order", ())


def test_heat_that_comes_in_through_the_exchanger_is_told() -> None:
    """A valve stuck open in warm weather: chillers carry the heat away that it lets in."""
    frame = chillers_only(26.0, wet_c=20.0)
    frame.free_w[:] = -5000.0
    answer = recommendation(advise(situation(frame)))
    assert answer.variant == "open"
    expected = 5.0 * len(frame) / 4.0 * float((frame.chiller_w / frame.chiller_heat_w).mean())
    assert answer.evidence_kwh is not None
    assert answer.evidence_kwh.p50 == pytest.approx(expected, rel=0.5)


@pytest.mark.parametrize(
    ("column", "need"),
    [("free_w", "economiser"), ("wet_bulb_c", "wet_bulb"), ("chilled_return_c", "chilled_water")],
)
def test_missing_telemetry_is_named(column: str, need: str) -> None:
    """What lacks is said."""
    reason, missing = refusal(advise(situation(plant(**{column: NAN}))))
    assert reason == "missing"
    assert need in missing
