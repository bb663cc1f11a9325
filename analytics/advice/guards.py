"""Guard rails: what must hold after a change, judged on the plant's own past replayed with the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.recommendation import Check, OneOff
from analytics.priors import cooling_response
from greendc import display

if TYPE_CHECKING:
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.site_model import Change, Replay

HOT_QUANTILE = 0.95
MOST_VALVE = 0.9
"""A chilled-water valve further open than this has nothing left to control with."""


def air_guards(situation: Situation, change: Change, replay: Replay) -> tuple[tuple[Check, ...], OneOff]:
    """Return what every change of air or water must hold: inlets, one unit off, and dew point."""
    off, one_off = one_unit_off(situation, change)
    return (inlets(situation, replay), off, dew_point(situation)), one_off


def inlets(situation: Situation, replay: Replay) -> Check:
    """Return whether the warmest racks stay within the recommended limit, less a margin."""
    limit, margin = situation.limits.recommended_high_c, cooling_response().step.margin_k
    then = hottest(replay.hottest_c)
    if then is None:
        return Check(key="envelope", status="not_evaluable", params={"limit": celsius(limit)})
    rack, now = hottest_rack(situation)
    params = {
        "rack": rack,
        "now": celsius(now),
        "then": celsius(then),
        "margin": f"{margin:.1f}",
        "limit": celsius(limit),
    }
    return Check(key="envelope", status="passed" if then + margin <= limit else "failed", params=params)


def one_unit_off(situation: Situation, change: Change) -> tuple[Check, OneOff]:
    """Return whether the hottest rack stays allowable with the worst cooling unit off, and where it comes to."""
    limit = situation.limits.allowable_high_c
    model, frame = situation.model, situation.sample
    now, then = model.hottest_with_one_off(frame), model.hottest_with_one_off(frame, change)
    found = OneOff(now_c=now, then_c=then, limit_c=limit)
    if then is None:
        return Check(key="one_unit_off", status="not_evaluable", params={"limit": celsius(limit)}), found
    params = {"now": celsius(now), "then": celsius(then), "limit": celsius(limit)}
    # A plant that cannot stand a unit's failure today must not be made worse; it is not this change that breaks it.
    return Check(key="one_unit_off", status="passed" if then <= limit else "failed", params=params), found


def dew_point(situation: Situation) -> Check:
    """Return whether the air at the racks is dry enough."""
    limit = situation.limits.dew_point_high_c
    known = situation.frame.dew_point_c[np.isfinite(situation.frame.dew_point_c)]
    if not len(known):
        return Check(key="dew_point", status="not_evaluable", params={"limit": celsius(limit)}, optional=True)
    now = float(known.max())
    params = {"now": celsius(now), "limit": celsius(limit)}
    return Check(key="dew_point", status="passed" if now <= limit else "failed", params=params)


def valves(replay: Replay) -> Check:
    """Return whether the chilled-water valves still control."""
    known = replay.valve[np.isfinite(replay.valve)]
    if not len(known):
        return Check(key="valves", status="not_evaluable", params={"most": percent(MOST_VALVE)}, optional=True)
    then = float(np.quantile(known, HOT_QUANTILE))
    params = {"then": percent(min(then, 1.0)), "most": percent(MOST_VALVE)}
    return Check(key="valves", status="passed" if then <= MOST_VALVE else "failed", params=params)


def rate(per_day_k: float) -> Check:
    """Return the promise that a set-point moves slowly; the plan's daily steps keep it."""
    return Check(key="rate", status="passed", params={"rate": f"{per_day_k:g}"})


def cured(situation: Situation) -> tuple[Check, ...]:
    """Return the precondition that racks with an inlet alarm are cured first, where there are any."""
    racks = situation.sick_racks
    return (Check(key="cure_inlet", status="failed", params={"racks": ", ".join(racks)}),) if racks else ()


def hottest(values: Floats) -> float | None:
    """Return the 95th percentile [degC] of the hottest inlets, None when none is known."""
    known = values[np.isfinite(values)]
    return float(np.quantile(known, HOT_QUANTILE)) if len(known) else None


def hottest_rack(situation: Situation) -> tuple[str, float | None]:
    """Return the rack whose inlets are warmest, and their 95th percentile [degC]."""
    found: tuple[str, float | None] = ("", None)
    for i, rack in enumerate(situation.frame.racks):
        high = hottest(situation.frame.inlet_high_c[:, i])
        if high is not None and (found[1] is None or high > found[1]):
            found = (rack, high)
    return found


def celsius(value: float | None) -> str:
    """Return a temperature for a sentence."""
    return display.UNKNOWN if value is None else f"{value:.1f}"


def percent(ratio: float) -> str:
    """Return a share for a sentence."""
    return f"{100 * ratio:.0f}"
