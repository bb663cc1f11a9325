"""Guard rails: what must hold after a change, judged on the plant's own past replayed with the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.air_limits import air_limits
from analytics.advice.recommendation import Check, OneOff
from analytics.formulas.airflow import Band, rack_cooling_rows
from analytics.priors import cooling_response
from analytics.site_model import Change
from analytics.site_model.air import mean_of
from greendc import display

if TYPE_CHECKING:
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.site_model import Replay

HOT_QUANTILE = 0.95
MOST_VALVE = 0.9
"""A chilled-water valve further open than this has nothing left to control with."""
_NEARLY_WET_K = 1.0


def air_guards(situation: Situation, change: Change, replay: Replay) -> tuple[tuple[Check, ...], OneOff]:
    """Return what every change of air or water must hold: inlets, one unit off, and dew point."""
    off, one_off = one_unit_off(situation, change)
    # Slower fans make no air moister: humidity is then no obstacle.
    moist = (dew_point(situation, change),) if change.supply_k > 0.0 or change.chilled_k > 0.0 else ()
    return (inlets(situation, replay), off, *moist), one_off


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


def dew_point(situation: Situation, change: Change | None = None) -> Check:
    """Return whether the air at the racks is dry enough, and stays so: where coils dry it, warmer coils dry it less.

    Air over a wet coil comes to its surface, half way between the air and the water; so does then the dew point.
    """
    limit = situation.limits.dew_point_high_c
    frame = situation.frame
    known = np.isfinite(frame.dew_point_c)
    if not known.any():
        return Check(key="dew_point", status="not_evaluable", params={"limit": celsius(limit)}, optional=True)
    change = change or Change()
    warmer = 0.5 * (change.supply_k + change.chilled_k)
    surface = 0.5 * (mean_of(frame.supply_c) + frame.chilled_supply_c)
    wet = np.isfinite(surface) & (frame.dew_point_c > surface - _NEARLY_WET_K)
    moister = frame.dew_point_c + np.where(wet, warmer, 0.0)
    now, then = (float(np.quantile(values[known], HOT_QUANTILE)) for values in (frame.dew_point_c, moister))
    params = {"now": celsius(now), "then": celsius(then), "limit": celsius(limit)}
    return Check(key="dew_point", status="passed" if then <= limit else "failed", params=params)


def inlet_rise(situation: Situation, replay: Replay, most_k: float) -> Check:
    """Return whether no rack's inlet becomes warmer by more than ``most_k``."""
    rise = replay.inlet_c - situation.sample.inlet_c
    known = rise[np.isfinite(rise)]
    params = {"most": f"{most_k:g}"}
    if not len(known):
        return Check(key="inlet_rise", status="not_evaluable", params=params)
    then = float(np.quantile(known, HOT_QUANTILE))
    return Check(
        key="inlet_rise", status="passed" if then <= most_k else "failed", params=params | {"then": f"{then:.1f}"}
    )


def rack_cooling(situation: Situation) -> tuple[Check, ...]:
    """Return the precondition that racks are not too warm already: the rack cooling index (Herrlin 2005)."""
    limits, whole = situation.limits, situation.whole
    inlets_c = whole.inlet_c[np.isfinite(whole.inlet_c).any(axis=1)]
    if not len(inlets_c):
        return ()
    band = Band(
        recommended_low_c=limits.recommended_low_c,
        recommended_high_c=limits.recommended_high_c,
        allowable_low_c=limits.allowable_low_c,
        allowable_high_c=limits.allowable_high_c,
    )
    found = float(rack_cooling_rows(inlets_c, band).high.mean()) / 100.0
    least = air_limits().supply.least_rci
    params = {"rci": percent(found), "least": percent(least)}
    return (Check(key="rack_cooling", status="passed" if found >= least else "failed", params=params),)


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
