"""Slow the fans of cooling units that move more air than servers blow: the rest passes the racks by.

``RTI = dT_units / dT_servers`` (Herrlin 2008), below 100 % where air passes by; its inverse is the units' air over the
servers'. Fans go down to a tenth more than servers need, ``P = P0 [a + (1 - a) f^n]`` fitted on the site. All units go
together: as power falls faster than speed, several slow ones take less than some fast ones with another off, and
the reserve stays on. What servers' fans take more at warmer inlets is taken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice import guards
from analytics.advice.advisor import Advisor
from analytics.advice.air_limits import air_limits
from analytics.advice.proposal import Proposal, best, coefficients, daily, recommended
from analytics.advice.recommendation import Check, Plan, Recommendation, Refusal
from analytics.advice.telemetry import lacking
from analytics.site_model import Change
from analytics.site_model.air import delivered, mean_of
from analytics.site_model.air_replay import LEAST_SPEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.site_model import Replay

KEY = "fan_speed"
NEEDS = {
    "fan_speed": ("speed",),
    "fan_power": ("fan_w",),
    "return_air": ("return_c",),
    "supply_air": ("supply_c",),
    "inlets": ("inlet_c",),
    "outlets": ("outlet_c",),
    "rack_power": ("rack_w",),
    "it_power": ("it_w",),
}
USUALLY_LEAST = 0.1
"""What counts is the excess that is exceeded in nine steps of ten."""


def advise(situation: Situation) -> Sequence[Answer]:
    """Return the slowest speed of all units that pays, leaves a margin of air, and keeps every inlet."""
    refused = lacking(situation, KEY, NEEDS)
    if refused is not None:
        return [refused]
    rules, excess, slowest = air_limits().fans, _excess(situation), _slowest(situation)
    if excess is None or slowest is None:
        return [Refusal(advisor=KEY, reason="coverage", missing=("rack_power",))]
    wanted = (1.0 + rules.margin) / excess
    least = max(wanted, 1.0 - rules.most, rules.floor / slowest)
    count = int((1.0 - least) / rules.grain + 1e-9)
    if count < 1:
        return [Refusal(advisor=KEY, reason="in_order" if wanted > 1.0 - rules.grain else "no_headroom")]
    changes = [Change(fan_ratio=1.0 - (i + 1) * rules.grain) for i in range(count)]

    def holds(change: Change, replay: Replay) -> bool:
        return not any(check.status == "failed" for check in _rails(situation, change, replay))

    change = best(situation, changes, holds)
    if change is None:
        reason = "no_net_saving" if holds(changes[0], situation.expected(changes[0])) else "no_headroom"
        return [Refusal(advisor=KEY, reason=reason)]
    answers = (_proposed(situation, one, excess) for one in reversed(changes[: changes.index(change) + 1]))
    found = next((answer for answer in answers if isinstance(answer, Recommendation)), None)
    return [found or Refusal(advisor=KEY, reason="no_net_saving")]


def _proposed(situation: Situation, change: Change, excess: float) -> Answer:
    rules, frame = air_limits().fans, situation.frame
    replay = situation.replay(change)
    now = float(np.nanmedian(_speed(situation)))
    then = now * change.fan_ratio
    proposal = Proposal(
        advisor=KEY,
        place=situation.site.name,
        actuator=", ".join(frame.units),
        change_from=now,
        change_to=then,
        unit="1",
        steps=daily(now, then, rules.per_day),
        guards=_rails(situation, change, replay),
        preconditions=guards.cured(situation),
        coefficients=coefficients(situation, "fan_", "air_margin", "it_response", "server_fan_gain"),
        plan=Plan(option="B", method="on_off", target="cooling", days=14, block_days=2),
        one_off=guards.one_unit_off(situation, change)[1],
        change=change,
        facts={
            "excess": guards.percent(excess - 1.0),
            "left": guards.percent(excess * change.fan_ratio - 1.0),
            "slower": guards.percent(1.0 - change.fan_ratio),
        },
    )
    return recommended(situation, proposal, replay.saved_w(), situation.sample)


def _rails(situation: Situation, change: Change, replay: Replay) -> tuple[Check, ...]:
    rules = air_limits().fans
    rails, _ = guards.air_guards(situation, change, replay)
    return (
        *rails,
        guards.inlet_rise(situation, replay, rules.inlet_rise_k),
        guards.valves(replay),
        _floor(situation, change),
    )


def _floor(situation: Situation, change: Change) -> Check:
    floor, slowest = air_limits().fans.floor, _slowest(situation) or 0.0
    then = slowest * change.fan_ratio
    params = {"then": guards.percent(then), "floor": guards.percent(floor)}
    return Check(key="fan_floor", status="passed" if then >= floor - 1e-9 else "failed", params=params)


def _speed(situation: Situation) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    speed = situation.whole.speed
    return mean_of(np.where(speed > LEAST_SPEED, speed, np.nan))


def _slowest(situation: Situation) -> float | None:
    """Return the speed [0..1] that running units seldom go below, None when none is known."""
    known = _speed(situation)
    known = known[np.isfinite(known)]
    return float(np.quantile(known, USUALLY_LEAST)) if len(known) else None


def _excess(situation: Situation) -> float | None:
    """Return the units' air over what servers blow, None when too few racks are measured."""
    whole = situation.whole
    ratio, _ = delivered(whole, mean_of(whole.supply_c), mean_of(whole.return_c))
    known = ratio[np.isfinite(ratio)]
    return float(np.quantile(known, USUALLY_LEAST)) if len(known) else None


ADVISOR = Advisor(key=KEY, needs=tuple(NEEDS), advise=advise)
