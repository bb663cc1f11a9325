"""Advice on fans: only where units move more air than servers blow, and only as far as racks and reserve allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal
from analytics.advice.advisors.fan_speed import advise
from tests.analytics.advice.made_situation import plant, situation
from tests.analytics.site_model.made_frame import Coefficients

if TYPE_CHECKING:
    from analytics.counters import Floats

NAN = float("nan")
EXCESS = 1.5


def _much_air(**columns: Floats | float) -> dict[str, Floats | float]:
    """Return columns of a room whose units move half as much air again: their rise is smaller than that of racks."""
    frame = plant()
    rise = frame.outlet_c[:, :1] - frame.inlet_c[:, :1]
    return {"return_c": frame.supply_c + rise / EXCESS, "speed": 0.7, **columns}


def _answer(columns: dict[str, Floats | float]) -> Recommendation | Refusal:
    (answer,) = advise(situation(plant(**columns)))
    return answer


def test_too_much_air_is_slowed_to_a_tenth_over_what_servers_blow() -> None:
    """Half as much again is too much: fans go down by the law of the plant, all of them alike."""
    answer = _answer(_much_air())
    assert isinstance(answer, Recommendation)
    assert answer.change is not None
    assert answer.change.fan_ratio == pytest.approx(1.1 / EXCESS, abs=0.06)
    assert answer.change_from == pytest.approx(0.7)
    assert answer.change_to == pytest.approx(0.7 * answer.change.fan_ratio)
    assert answer.change.units_off == ()
    assert answer.acceptable
    assert all(answer.checks(lang) and answer.proposal(lang) for lang in ("zh", "en"))


def test_its_worth_is_the_fans_law_and_the_heat_of_the_fans() -> None:
    """The saving lies between the fans' own by the plant's law and a third more for their heat."""
    columns = _much_air(speed=0.7 + 0.1 * np.sin(np.arange(4 * 96) / 15.0)[:, None])
    c, frame = Coefficients(), plant()
    fan_w = 1500.0 * (c.fan_fixed + (1.0 - c.fan_fixed) * np.asarray(columns["speed"]) ** c.fan_exponent)
    answer = _answer(columns | {"fan_w": fan_w})
    assert isinstance(answer, Recommendation)
    assert answer.change is not None
    assert answer.evidence_kwh is not None
    ratio = answer.change.fan_ratio
    slow_w = 1500.0 * (c.fan_fixed + (1.0 - c.fan_fixed) * (np.asarray(columns["speed"]) * ratio) ** c.fan_exponent)
    own_kwh = float((fan_w - slow_w).sum()) * len(frame.units) / 4e3
    assert 0.9 * own_kwh < answer.evidence_kwh.p50 < 1.35 * own_kwh


def test_a_room_with_the_air_its_servers_need_is_left_alone() -> None:
    """Racks and units with the same rise: nothing passes by, nothing to slow."""
    answer = _answer({})
    assert isinstance(answer, Refusal)
    assert answer.reason == "in_order"


@pytest.mark.parametrize(
    "columns",
    [{"speed": 0.4}, {"inlet_high_c": 26.5}, {"valve": 0.97}],
    ids=["at the slowest speed", "racks at the limit", "valves open"],
)
def test_each_guard_rail_can_fail(columns: dict[str, Floats | float]) -> None:
    """Much air, and yet no room: units at their lowest speed, racks at the limit, valves that control no more."""
    answer = _answer(_much_air(**columns))
    assert isinstance(answer, Refusal)
    assert answer.reason == "no_headroom"


@pytest.mark.parametrize(
    ("column", "need"),
    [("speed", "fan_speed"), ("fan_w", "fan_power"), ("outlet_c", "outlets"), ("rack_w", "rack_power")],
)
def test_missing_telemetry_is_named(column: str, need: str) -> None:
    """What servers blow is known from behind the racks; without it nothing is said."""
    answer = _answer(_much_air(**{column: NAN}))
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.missing) == ("missing", (need,))
    assert answer.text("zh")


def test_humidifiers_on_the_same_meter_are_no_fans() -> None:
    """The steam of a unit does not slow down with its fan: the saving stays what it was."""
    dry = _answer(_much_air())
    wet = _answer(_much_air(fan_w=plant().fan_w + 2000.0, humidifier_w=2000.0, dew_point_c=8.0))
    assert isinstance(dry, Recommendation)
    assert isinstance(wet, Recommendation)
    assert dry.evidence_kwh is not None
    assert wet.evidence_kwh is not None
    assert wet.evidence_kwh.p50 == pytest.approx(dry.evidence_kwh.p50, rel=0.1)
