"""Light that burns at every hour beyond what an unmanned room needs."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal, Situation
from analytics.advice.advisors.auxiliaries import advise
from analytics.site_model import Draws, fit
from greendc.clock import NS_PER_HOUR
from tests.analytics.advice.made_situation import plant
from tests.analytics.advice.metered_site import DEVICE, HEAD, START, history, key, site_of

DAYS, RACKS = 10, 20
MODEL = fit(plant())
QUARTERS = np.arange(DAYS * 96)
METER = '[[meters]]\nrole = "lighting"\ndevice = "light"\n'
PLACES = "\n".join(f'[[racks]]\nname = "r{i:02}"\n' for i in range(RACKS))


def _situation(light: np.ndarray | None, *, metered: bool = True) -> Situation:
    """Return a room of 20 racks with a meter of its light."""
    text = "\n".join([HEAD, DEVICE.format(name="light", unit=1), METER if metered else "", PLACES])
    end_ns = START + DAYS * 24 * NS_PER_HOUR
    made = Situation(history({} if light is None else {key("light"): light}), site_of(text), end_ns, least_ns=0)
    made.draws = Draws(200, 1)
    first_ns = START
    made.__dict__ |= {"past": plant(), "model": MODEL, "first_ns": first_ns, "start_ns": first_ns}
    return made


def test_light_day_and_night_is_switched_but_for_what_is_needed() -> None:
    """Of 700 W in 20 racks' room 560 W are saved, give or take, and the cold for them."""
    (answer,) = advise(_situation(np.full(len(QUARTERS), 700.0)))
    assert isinstance(answer, Recommendation)
    assert answer.evidence_kwh is not None
    assert answer.evidence_kwh.p10 < 1.12 * 0.56 * DAYS * 24 < answer.evidence_kwh.p90
    assert answer.change_from == pytest.approx(700.0)
    assert answer.acceptable
    assert all(answer.checks(lang) and answer.proposal(lang) and answer.title(lang) for lang in ("zh", "en"))


@pytest.mark.parametrize("night_w", [30.0, 200.0])
def test_light_that_follows_people_is_left_alone(night_w: float) -> None:
    """Bright by day and weak by night: nothing is said."""
    light = np.where((QUARTERS % 96 > 32) & (QUARTERS % 96 < 72), 900.0, night_w)
    (answer,) = advise(_situation(light))
    assert isinstance(answer, Refusal)
    assert answer.reason == "in_order"


def test_what_is_missing_is_said() -> None:
    """No meter of the light, no reading of it, or less than a week of readings."""
    few = np.where(QUARTERS < 3 * 96, 700.0, np.nan)
    for made, reason in (
        (_situation(None), "missing"),
        (_situation(np.full(len(QUARTERS), 700.0), metered=False), "missing"),
        (_situation(few), "coverage"),
    ):
        (answer,) = advise(made)
        assert isinstance(answer, Refusal)
        assert answer.reason == reason
