"""What advice has to yield: energy, money or water."""

from __future__ import annotations

import numpy as np

from analytics.advice import Recommendation, Refusal, Spread
from analytics.advice.proposal import Proposal, recommended
from analytics.advice.recommendation import Pay, Plan
from tests.analytics.advice.metered_site import key, site_of, site_text, situation

DAYS = 3
SITE_W = 10_000.0


def _advised(saved_w: float, pays_in: Pay, water_m3: Spread | None = None) -> Recommendation | Refusal:
    asked = situation(
        {key(name): np.full(DAYS * 96, SITE_W) for name in ("main", "it")}, site_of(site_text("main", "it"))
    )
    plan = Plan(option="C", method="baseline", target="site")
    proposal = Proposal(advisor="any", place="lab", actuator="x", plan=plan, pays_in=pays_in, water_m3=water_m3)
    return recommended(asked, proposal, np.full((5, len(asked.frame)), saved_w), asked.frame, yearly=False)


def _spread(value: float) -> Spread:
    return Spread(p10=value * 0.9, p50=value, p90=value * 1.1)


def test_energy_has_to_be_saved_unless_something_else_pays() -> None:
    """The same loss of energy is refused as energy advice and taken as advice that pays in water."""
    lost = _advised(-50.0, "energy")
    assert isinstance(lost, Refusal)
    assert lost.reason == "no_net_saving"
    water = _advised(-50.0, "water", water_m3=_spread(100.0))
    assert isinstance(water, Recommendation)
    assert water.pays_in == "water"
    assert water.energy_kwh.p50 < 0
    assert isinstance(_advised(-50.0, "water", water_m3=_spread(-100.0)), Refusal)


def test_money_has_to_be_worth_a_persons_time() -> None:
    """Money is the priced energy unless it is given; a saving below 0.05 % of the year's bill is refused."""
    priced = _advised(100.0, "money")
    assert isinstance(priced, Recommendation)
    assert priced.money is not None
    assert abs(priced.money.p50 - 0.1 * 8760 * 0.5) < 1.0
    little = _advised(4.0, "money")
    assert isinstance(little, Refusal)
    assert little.reason == "no_gain"
