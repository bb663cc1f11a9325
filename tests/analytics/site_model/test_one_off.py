"""One cooling unit off: never cooler foretold than the plant then is, and nothing where nobody can tell."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.site_model import Change, fit
from benchmarks.advice.lived_plant import Case, Lived, change_move, hottest_c
from tests.analytics.site_model.made_frame import UNITS, Coefficients, made_frame

if TYPE_CHECKING:
    from simulators.plant.levers import Levers

FRAME = made_frame(Coefficients(), days=4)
MODEL = fit(made_frame(Coefficients()))
SLOWER = Change(supply_k=2.0, fan_ratio=0.8)


def _with(levers: Levers, unit: int | None = None) -> None:
    """Give the servers more to do, and switch a unit off."""
    if unit is None:
        levers.work.factor = 1.5
    else:
        levers.operator.unit_on[unit] = 0.0


@pytest.mark.parametrize(("number", "change"), [(4, SLOWER), (10, Change(supply_k=2.0))])
def test_the_plant_is_never_hotter_than_foretold(number: int, change: Change) -> None:
    """Rooms that leak, or whose fans stand at one speed: a twin with a unit of either module off tells."""
    with closing(Lived(Case(number=number, days=0.5), (_with,))) as lived:
        frame = lived.situation().frame
        said = fit(frame).hottest_with_one_off(frame, change)
        move = change_move(change)
        truth = [hottest_c(lived.twin(move, partial(_with, unit=unit))) for unit in (0, 3)]
    assert said is not None
    assert max(truth) <= said < max(truth) + 5.0


def test_less_air_with_a_unit_off_is_warmer() -> None:
    """Slower fans leave less when one stops: 20 % of exhaust comes back where all air was needed."""
    found, usual = MODEL.hottest_with_one_off(FRAME, Change(fan_ratio=0.7)), MODEL.hottest_with_one_off(FRAME)
    assert found is not None
    assert usual is not None
    assert found > usual + 1.0


def test_a_unit_that_rests_is_no_reserve() -> None:
    """Of three units one stands: of the two that run one more is lost, and the other cannot move the air of both."""
    speed = np.where(np.arange(len(UNITS)) == 0, 0.0, FRAME.speed)
    frame = msgspec.structs.replace(FRAME, speed=speed)
    found, usual = fit(frame).hottest_with_one_off(frame), MODEL.hottest_with_one_off(FRAME)
    assert usual is not None
    assert found is None or found > usual


def test_two_units_of_three_off_cannot_be_judged() -> None:
    """A change that takes two of a module's three units leaves none when the last one fails."""
    assert MODEL.hottest_with_one_off(FRAME, Change(units_off=UNITS[:2])) is None
    one = MODEL.hottest_with_one_off(FRAME, Change(units_off=UNITS[:1]))
    usual = MODEL.hottest_with_one_off(FRAME)
    assert one is not None
    assert usual is not None
    assert one >= usual


def test_units_that_all_stand_tell_nothing() -> None:
    """Speeds of nought are no reserve."""
    frame = msgspec.structs.replace(FRAME, speed=np.zeros_like(FRAME.speed))
    assert fit(frame).hottest_with_one_off(frame) is None
