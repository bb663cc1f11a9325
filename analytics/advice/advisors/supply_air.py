"""Raise the supply air: the plant needs less cold, the servers' fans take more; what counts is the sum.

Chillers and pumps by the site model; IT power rises by 0.35 to 0.5 % for each kelvin of inlet above 23 degC (Coroama
2025, arXiv 2509.26163). PUE improves even where the sum does not, so PUE decides nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice import guards
from analytics.advice.advisor import Advisor
from analytics.advice.proposal import Proposal, best, coefficients, daily, recommended
from analytics.advice.recommendation import Plan, Refusal
from analytics.priors import cooling_response
from analytics.site_model import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.site_model import Replay

KEY = "supply_air"


def advise(situation: Situation) -> Sequence[Answer]:
    """Return the largest step of the supply air's set-point that pays and keeps the inlets within their limits."""
    frame, rules = situation.frame, cooling_response().step
    setpoints = frame.supply_set_c[np.isfinite(frame.supply_set_c)]
    if not len(setpoints):
        return [Refusal(advisor=KEY, reason="missing", missing=("supply",))]
    sizes = np.arange(1, round(rules.most_k / rules.grain_k) + 1) * rules.grain_k

    def holds(change: Change, replay: Replay) -> bool:
        return not any(check.status == "failed" for check in guards.air_guards(situation, change, replay)[0])

    change = best(situation, [Change(supply_k=float(size)) for size in sizes], holds)
    if change is None:
        first = situation.expected(Change(supply_k=rules.grain_k))
        reason = "no_headroom" if not holds(Change(supply_k=rules.grain_k), first) else "no_net_saving"
        return [Refusal(advisor=KEY, reason=reason)]
    replay = situation.replay(change)
    rails, one_off = guards.air_guards(situation, change, replay)
    now = float(np.nanmean(frame.supply_set_c[-1])) if np.isfinite(frame.supply_set_c[-1]).any() else setpoints[-1]
    proposal = Proposal(
        advisor=KEY,
        place=situation.site.name,
        actuator=", ".join(frame.units),
        change_from=now,
        change_to=now + change.supply_k,
        unit="Cel",
        steps=daily(now, now + change.supply_k, rules.per_day_k),
        guards=(*rails, guards.rate(rules.per_day_k)),
        preconditions=guards.cured(situation),
        coefficients=coefficients(situation, "it_response", "inlet_follows", "chiller", "compressor", "coil"),
        method="site model replayed over the evidence, Monte Carlo",
        plan=Plan(option="B", method="on_off", target="site", days=28, block_days=2),
        risk="medium",
        one_off=one_off,
        change=change,
    )
    return [recommended(situation, proposal, replay.saved_w(), situation.sample)]


ADVISOR = Advisor(key=KEY, needs=("inlets", "supply", "it_power", "cooling_power"), advise=advise)
