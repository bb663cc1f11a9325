"""Set the condenser water where chiller and tower fans together take least, up or down.

A chiller saves 1.5 to 3 % for each kelvin of cooler condenser water, a tower fan takes about the cube of its speed, and
the last kelvins to the wet bulb cost it most: usually 3 to 5 K above the wet bulb is best. Machines do not take water
colder than their least (12.8 to 15.6 degC in makers' curves). The set-point is advised as it should stand: where a fan
that is always at full speed never reaches it, nothing tells where it stands now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice import guards
from analytics.advice.advisor import Advisor
from analytics.advice.advisors.water_economiser import lets_heat_in
from analytics.advice.plant_limits import plant_limits
from analytics.advice.proposal import Proposal, coefficients, daily, recommended
from analytics.advice.recommendation import Check, Plan, Refusal
from analytics.site_model import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation

KEY = "condenser_water"


def advise(situation: Situation) -> Sequence[Answer]:
    """Return the set-point of the condenser water at which chiller and tower take least, where that saves enough."""
    frame, model, rules = situation.frame, situation.model, plant_limits().condenser_water
    needs = {
        "condenser": not np.isfinite(frame.condenser_c).any(),
        "tower": model.tower is None or not np.isfinite(frame.tower_speed).any(),
        "chiller_heat": model.chillers is None,
        "wet_bulb": not np.isfinite(frame.wet_bulb_c).any(),
    }
    missing = tuple(name for name, lacks in needs.items() if lacks)
    if missing or model.tower is None:
        return [Refusal(advisor=KEY, reason="missing", missing=missing)]
    if lets_heat_in(frame).any():
        # Warmer water of the tower would let in more heat: the exchanger's valve is mended first.
        return [Refusal(advisor=KEY, reason="no_net_saving")]
    held = model.tower.set_c.source == "fitted"
    wanted = _wanted_c(situation)
    now = model.tower.set_c.value if held else None
    if wanted is None or (now is not None and abs(wanted - now) < rules.grain_k):
        return [Refusal(advisor=KEY, reason="no_net_saving")]
    change = Change(condenser_c=wanted)
    proposal = Proposal(
        advisor=KEY,
        variant="" if held else "from_unknown",
        place=situation.site.name,
        actuator=", ".join(frame.chillers),
        change_from=now,
        change_to=wanted,
        unit="Cel",
        steps=(wanted,) if now is None else daily(now, wanted, rules.per_day_k),
        guards=(_least(wanted), _highest(wanted), guards.rate(rules.per_day_k)),
        coefficients=coefficients(situation, "chiller", "tower", "condenser"),
        plan=Plan(option="B", method="on_off", target="cooling", days=28, block_days=2),
        change=change,
    )
    replay = situation.replay(change)
    if np.nanmean(replay.saved_w()) < rules.least_share * np.nanmean(replay.total_w(before=True)):
        return [Refusal(advisor=KEY, reason="no_net_saving")]
    return [recommended(situation, proposal, replay.saved_w(), situation.sample)]


def _wanted_c(situation: Situation) -> float | None:
    """Return the set-point [degC] nearest to now that saves nearly the most, None where none saves."""
    rules = plant_limits().condenser_water
    known = situation.frame.condenser_c[np.isfinite(situation.frame.condenser_c)]
    now = float(np.median(known))
    low, high = max(rules.least_c, now - rules.most_k), min(rules.highest_c, now + rules.most_k)
    tried = np.arange(np.ceil(low), high + 1e-9, rules.grain_k)
    if not len(tried):
        return None
    saved = np.array([situation.expected(Change(condenser_c=float(one))).mean_saved_w()[0] for one in tried])
    saved = np.where(np.isfinite(saved), saved, -np.inf)
    if saved.max() <= 0.0:
        return None
    enough = np.nonzero(saved >= rules.near_best * saved.max())[0]
    return float(tried[enough[np.argmin(np.abs(tried[enough] - now))]])


def _least(then_c: float) -> Check:
    least = plant_limits().condenser_water.least_c
    params = {"then": guards.celsius(then_c), "least": guards.celsius(least)}
    return Check(key="condenser_low", status="passed" if then_c >= least else "failed", params=params)


def _highest(then_c: float) -> Check:
    most = plant_limits().condenser_water.highest_c
    params = {"then": guards.celsius(then_c), "most": guards.celsius(most)}
    return Check(key="condenser_high", status="passed" if then_c <= most else "failed", params=params)


ADVISOR = Advisor(key=KEY, needs=("condenser", "tower", "chiller_heat", "wet_bulb"), advise=advise)
