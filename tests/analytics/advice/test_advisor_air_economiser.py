"""Advice on outdoor air: dampers that stay closed, projects that pay or do not, dew points, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.advice.advisors.air_economiser import advise
from analytics.advice.columns import DAY_NS
from tests.analytics.advice.made_plant_room import ROWS, chillers_only, plant, recommendation, refusal, situation

DAMPER = ("economiser-1", "outdoor_air", "damper_position_ratio")
HALF = np.arange(ROWS) < ROWS // 2


def test_dampers_that_stay_closed_in_fit_air_are_told() -> None:
    """Open for half of the time: the other half is lost, and its heat is most of what chillers take then."""
    frame = chillers_only(24.0, wet_c=8.0)
    answer = recommendation(advise(situation(frame, {DAMPER: np.where(HALF, 1.0, 0.0)})))
    assert (answer.variant, answer.effort, answer.cost) == ("", "low", None)
    assert answer.evidence_kwh is not None
    chillers_kwh = float(frame.chiller_w[~HALF].sum()) / 4000.0
    assert 0.3 * chillers_kwh < answer.evidence_kwh.p50 < 1.2 * chillers_kwh


def test_dampers_that_are_open_are_in_order() -> None:
    """What is used already is not advised."""
    assert refusal(advise(situation(chillers_only(24.0, wet_c=8.0), {DAMPER: 1.0}))) == ("in_order", ())


def test_damp_air_is_not_taken() -> None:
    """A dew point above 15 degC all the time leaves no hours."""
    frame = chillers_only(24.0, wet_c=24.0)
    assert refusal(advise(situation(frame, {DAMPER: np.where(HALF, 1.0, 0.0)}))) == ("in_order", ())


def test_a_project_is_shown_only_where_it_pays() -> None:
    """Without dampers: much heat pays after four weeks of evidence, a plant with free cooling by water does not."""
    assert refusal(advise(situation(plant())))[0] in {"no_net_saving", "in_order"}
    frame = chillers_only(24.0, wet_c=8.0)
    frame.free_w[:] = np.nan
    asked = situation(frame)
    assert refusal(advise(asked)) == ("time", ())
    # The same days, four weeks of them.
    asked.__dict__["start_ns"] = asked.now_ns - 28 * DAY_NS
    answer = recommendation(advise(asked))
    assert (answer.variant, answer.effort) == ("project", "high")
    assert answer.payback_years is not None
    assert answer.payback_years.p50 <= 5.0


@pytest.mark.parametrize(
    ("column", "need"), [("outdoor_c", "outdoor"), ("supply_c", "supply_air"), ("wet_bulb_c", "humidity")]
)
def test_missing_telemetry_is_named(column: str, need: str) -> None:
    """What lacks is said."""
    reason, missing = refusal(advise(situation(plant(**{column: np.nan}))))
    assert reason == "missing"
    assert need in missing
