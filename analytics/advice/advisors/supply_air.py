"""Raise the supply air: the plant needs less cold, the servers' fans take more; what counts is the sum.

Chillers and pumps by the site model; IT power rises by 0.35 to 0.5 % for each kelvin of inlet above 23 degC (Coroama
2025, arXiv 2509.26163). PUE improves even where the sum does not, so PUE decides nothing here. The largest step is
taken up to which each further one saves more; where meters could not see that one, a smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice import guards
from analytics.advice.advisor import Advisor
from analytics.advice.air_limits import air_limits
from analytics.advice.free_share import reached
from analytics.advice.proposal import Proposal, best, coefficients, daily, recommended
from analytics.advice.recommendation import Plan, Recommendation, Refusal
from analytics.advice.telemetry import lacking
from analytics.priors import cooling_response
from analytics.site_model import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.site_model import Replay

KEY = "supply_air"
NEEDS = {
    "supply": ("supply_set_c",),
    "inlets": ("inlet_c",),
    "it_power": ("it_w",),
    "cooling_power": ("chiller_w", "cooling_w"),
}


def advise(situation: Situation) -> Sequence[Answer]:
    """Return the largest step of the supply air's set-point that pays and keeps the inlets within their limits."""
    refused = lacking(situation, KEY, NEEDS)
    if refused is not None:
        return [refused]
    if not situation.frame.racks:
        return [Refusal(advisor=KEY, reason="no_headroom")]
    rules = cooling_response().step
    sizes = np.arange(1, round(rules.most_k / rules.grain_k) + 1) * rules.grain_k
    changes = [Change(supply_k=float(size)) for size in sizes]

    def holds(change: Change, replay: Replay) -> bool:
        return not any(check.status == "failed" for check in guards.air_guards(situation, change, replay)[0])

    change = best(situation, changes, holds)
    if change is None:
        reason = "no_net_saving" if holds(changes[0], situation.expected(changes[0])) else "no_headroom"
        return [Refusal(advisor=KEY, reason=reason)]
    answers = (_proposed(situation, smaller) for smaller in reversed(changes[: changes.index(change) + 1]))
    found = next((answer for answer in answers if isinstance(answer, Recommendation)), None)
    return [found or Refusal(advisor=KEY, reason="no_net_saving")]


def _proposed(situation: Situation, change: Change) -> Answer:
    frame, rules = situation.frame, cooling_response().step
    replay = situation.replay(change)
    rails, one_off = guards.air_guards(situation, change, replay)
    known = frame.supply_set_c[np.isfinite(frame.supply_set_c).any(axis=1)]
    now = float(np.nanmean(known[-1]))
    proposal = Proposal(
        advisor=KEY,
        place=situation.site.name,
        actuator=", ".join(frame.units),
        change_from=now,
        change_to=now + change.supply_k,
        unit="Cel",
        steps=daily(now, now + change.supply_k, rules.per_day_k),
        guards=(*rails, guards.rate(rules.per_day_k)),
        preconditions=(*guards.cured(situation), *guards.rack_cooling(situation)),
        coefficients=coefficients(situation, "it_response", "inlet_follows", "chiller", "compressor", "coil"),
        plan=Plan(option="B", method="on_off", target="site", days=28, block_days=2),
        risk="medium",
        one_off=one_off,
        change=change,
    )
    saved_w = replay.saved_w() * reached(situation, air_limits().supply.under_free_cooling)
    return recommended(
        situation,
        proposal,
        saved_w,
        situation.sample,
    )


ADVISOR = Advisor(key=KEY, needs=tuple(NEEDS), advise=advise)
