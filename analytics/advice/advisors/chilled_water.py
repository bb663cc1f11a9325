"""Reset the chilled water upwards: chillers lift less, coils need more water, and free cooling begins earlier.

Chillers save 1.6 to 3 % for each kelvin (81 makers' curves), or what the plant's own data tell; pumps take some of it,
for coils need more of a warmer water, and the fans of units that hold their supply stay as they are. The sum over the
site decides: it may be nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice import guards
from analytics.advice.advisor import Advisor
from analytics.advice.free_share import reached
from analytics.advice.plant_limits import plant_limits
from analytics.advice.proposal import Proposal, best, coefficients, daily, recommended
from analytics.advice.recommendation import Check, Plan, Refusal
from analytics.advice.telemetry import lacking
from analytics.site_model import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.recommendation import OneOff
    from analytics.advice.situation import Situation
    from analytics.site_model import Replay

KEY = "chilled_water"
NEEDS = {"chilled_water": ("chilled_set_c", "chilled_supply_c"), "chiller_heat": ("heat_w",)}


def advise(situation: Situation) -> Sequence[Answer]:
    """Return the largest step of the chilled water's set-point that pays and that coils and racks bear."""
    frame, rules = situation.frame, plant_limits().chilled_water
    now = _now_c(situation)
    refused = lacking(situation, KEY, NEEDS)
    if refused is not None or now is None:
        return [refused or Refusal(advisor=KEY, reason="missing", missing=("chilled_water",))]
    if situation.model.chillers is None:
        return [Refusal(advisor=KEY, reason="missing", missing=("chiller_heat",))]
    sizes = np.arange(1, round(rules.most_k / rules.grain_k) + 1) * rules.grain_k

    def holds(change: Change, replay: Replay) -> bool:
        return not any(check.status == "failed" for check in _rails(situation, change, replay, now)[0])

    change = best(situation, [Change(chilled_k=float(size)) for size in sizes], holds)
    if change is None:
        first = Change(chilled_k=rules.grain_k)
        reason = "no_net_saving" if holds(first, situation.expected(first)) else "no_headroom"
        return [Refusal(advisor=KEY, reason=reason)]
    replay = situation.replay(change)
    rails, one_off = _rails(situation, change, replay, now)
    proposal = Proposal(
        advisor=KEY,
        place=situation.site.name,
        actuator=", ".join(frame.chillers),
        change_from=now,
        change_to=now + change.chilled_k,
        unit="Cel",
        steps=daily(now, now + change.chilled_k, rules.per_day_k),
        guards=(*rails, guards.rate(rules.per_day_k)),
        preconditions=guards.cured(situation),
        coefficients=coefficients(situation, "chiller", "coil", "pump", "economiser", "exchanger"),
        plan=Plan(option="B", method="on_off", target="cooling", days=28, block_days=2),
        risk="medium",
        one_off=one_off,
        change=change,
    )
    saved_w = replay.saved_w() * reached(situation, rules.under_free_cooling)
    return [recommended(situation, proposal, saved_w, situation.sample)]


def _now_c(situation: Situation) -> float | None:
    """Return the set-point [degC] as it stands, or what the water has where no set-point is known."""
    for column in (situation.frame.chilled_set_c, situation.frame.chilled_supply_c):
        known = column[np.isfinite(column)]
        if len(known):
            return float(known[-1] if column is situation.frame.chilled_set_c else np.median(known))
    return None


def _rails(situation: Situation, change: Change, replay: Replay, now_c: float) -> tuple[tuple[Check, ...], OneOff]:
    off, one_off = guards.one_unit_off(situation, change)
    # Without valves nothing tells that coils still get their heat into the water.
    open_to = msgspec.structs.replace(guards.valves(replay), optional=False)
    then_c = now_c + change.chilled_k
    return (
        guards.inlets(situation, replay),
        off,
        open_to,
        _dew_point(situation, then_c, now_c),
        _leaving(then_c),
    ), one_off


def _dew_point(situation: Situation, then_c: float, now_c: float) -> Check:
    """Return whether the air stays dry enough: coils that dry it today dry it less with warmer water."""
    limit, rules = situation.limits.dew_point_high_c, plant_limits().chilled_water
    known = situation.frame.dew_point_c[np.isfinite(situation.frame.dew_point_c)]
    if not len(known):
        return guards.dew_point(situation)
    now = float(known.max())
    then = now + then_c - now_c if now > now_c + rules.wet_coil_k else max(now, min(then_c, now + then_c - now_c))
    params = {"now": guards.celsius(now), "then": guards.celsius(then), "limit": guards.celsius(limit)}
    return Check(key="dew_point_then", status="passed" if then <= limit else "failed", params=params)


def _leaving(then_c: float) -> Check:
    most = plant_limits().chilled_water.highest_c
    params = {"then": guards.celsius(then_c), "most": guards.celsius(most)}
    return Check(key="chilled_high", status="passed" if then_c <= most else "failed", params=params)


ADVISOR = Advisor(key=KEY, needs=("chilled_water", "chiller_heat", "inlets", "it_power"), advise=advise)
