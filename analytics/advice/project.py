"""Advice that must be built first: what it costs, and whether it pays back soon enough to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.advice.plant_limits import plant_limits
from analytics.advice.recommendation import Refusal
from analytics.advice.telemetry import too_short
from analytics.advice.worth import DAY_NS, spread
from analytics.site_model.priors import as_parameter

if TYPE_CHECKING:
    from analytics.advice.advisor import Answer
    from analytics.advice.recommendation import Recommendation, Spread
    from analytics.advice.situation import Situation
    from analytics.priors import Prior

PRICED_IN = "CNY"
"""The currency of the priors of cost; a site of another one gets no project whose cost it cannot be told."""


def cost_of(situation: Situation, per_kw: Prior, size_kw: float) -> Spread | None:
    """Return the cost of so many kilowatts, None where the site's currency is another."""
    if situation.prices.currency != PRICED_IN or size_kw <= 0.0:
        return None
    return spread(as_parameter("cost", per_kw, "").draw(situation.draws)[:, 0] * size_kw)


def shown(answer: Answer, most_years: float, otherwise: Refusal) -> Answer:
    """Return a project that pays back within so many years, as far as its middle tells.

    One that does and rests on too short a time is not shown yet: nobody builds for a week of weather.
    """
    if isinstance(answer, Refusal):
        return answer
    if not pays_back(answer, most_years):
        return otherwise
    days = plant_limits().project.least_days
    long = answer.evidence_to_ns - answer.evidence_from_ns >= days * DAY_NS
    return answer if long else too_short(answer.advisor, days)


def pays_back(answer: Recommendation, most_years: float) -> bool:
    """Tell whether a project pays back within so many years, as far as its middle tells."""
    return answer.payback_years is not None and answer.payback_years.p50 <= most_years
