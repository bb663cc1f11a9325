"""Cool with outdoor air where it is cold and neither too dry nor too damp.

By the hour: all of the heat where the outdoor air is a kelvin below the supply air, a share of it up to the return air,
``(T_return - T_out) / (T_return - T_supply)``; only with a dew point from -9 to 15 degC, which at altitude limits more
hours than the dry bulb. Filters make the fans take more. Where dampers were never moved it is a project with its cost,
shown only where it pays back soon. Gases and dust must be looked at first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice import guards
from analytics.advice.advisor import Advisor
from analytics.advice.advisors.water_economiser import Mask, free_hours
from analytics.advice.plant_limits import plant_limits
from analytics.advice.plant_series import in_sample, outdoor_dew_point
from analytics.advice.project import cost_of, shown
from analytics.advice.proposal import Proposal, coefficients, recommended
from analytics.advice.recommendation import Check, Plan, Refusal
from analytics.site_model.air import mean_of
from analytics.site_model.heat import cooling_saved_w
from analytics.site_model.priors import as_parameter
from greendc.clock import NS_PER_HOUR
from greendc.units import kw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats

KEY = "air_economiser"


def advise(situation: Situation) -> Sequence[Answer]:
    """Return what outdoor air would save in the hours in which it is not used."""
    frame, rules = situation.sample, plant_limits().air_economiser
    needs = {
        "outdoor": not np.isfinite(frame.outdoor_c).any(),
        "humidity": not np.isfinite(frame.wet_bulb_c).any(),
        "supply_air": not (np.isfinite(frame.supply_c).any() and np.isfinite(frame.return_c).any()),
        "cooling_power": situation.model.chillers is None and not np.isfinite(frame.cooling_w).any(),
    }
    missing = tuple(name for name, lacks in needs.items() if lacks)
    if missing:
        return [Refusal(advisor=KEY, reason="missing", missing=missing)]
    damper = in_sample(situation, "damper_position_ratio", "outdoor_air")
    with np.errstate(invalid="ignore"):
        opened = damper > rules.damper_open
    built = bool(opened.any())
    share = np.where(opened, 0.0, _share(situation))
    if not built:
        # What an economiser by water would take is no reason to build another one.
        share = np.where(_by_water(situation), 0.0, share)
    possible = int((_share(situation) > 0.0).sum())
    if share.astype(bool).sum() < max(rules.lost_share * possible, rules.least_share * len(frame), 1.0):
        return [Refusal(advisor=KEY, reason="in_order")]
    cost = None if built else cost_of(situation, plant_limits().air_cost_cny_per_kw, _it_kw(situation))
    if not built and cost is None:
        return [Refusal(advisor=KEY, reason="in_order")]
    hours = (situation.now_ns - situation.start_ns) / NS_PER_HOUR / max(len(frame), 1)
    proposal = Proposal(
        advisor=KEY,
        variant="" if built else "project",
        place=situation.site.name,
        actuator=", ".join(frame.units) or situation.site.name,
        guards=(_dew(), _clean()),
        coefficients=coefficients(situation, "chiller", "economiser"),
        plan=Plan(option="C", method="baseline", target="site", days=56),
        cost=cost,
        risk="medium",
        effort="low" if built else "high",
        facts={"hours": f"{float((share > 0).sum()) * hours:.0f}"},
    )
    answer = recommended(situation, proposal, _saved_w(situation, share), frame)
    if built:
        return [answer]
    return [shown(answer, rules.most_payback_years, Refusal(advisor=KEY, reason="no_net_saving"))]


def _share(situation: Situation) -> Floats:
    """Return the share of the heat that outdoor air takes in each row; 0 where it is not known or not allowed."""
    frame, rules = situation.sample, plant_limits().air_economiser
    supply, back, dew = mean_of(frame.supply_c), mean_of(frame.return_c), outdoor_dew_point(situation)
    with np.errstate(invalid="ignore", divide="ignore"):
        allowed = (dew >= rules.least_dew_c) & (dew <= rules.highest_dew_c)
        part = (back - frame.outdoor_c - rules.colder_k) / (back - supply)
    return np.where(allowed & np.isfinite(part), np.clip(part, 0.0, 1.0), 0.0)


def _by_water(situation: Situation) -> Mask:
    """Return in which rows an economiser by water could take heat and takes none."""
    frame, law = situation.sample, situation.model.free_cooling
    if law is None:
        return np.zeros(len(frame), dtype=np.bool_)
    possible, used = free_hours(frame, law)
    return possible & ~used


def _saved_w(situation: Situation, share: Floats) -> Floats:
    """Return the saving [W, draws x rows]: the plant room with less heat, less what fans take more."""
    frame, draws = situation.sample, situation.draws
    heat = np.where(np.isfinite(frame.heat_w), frame.heat_w, frame.it_w)
    fans = np.nan_to_num(mean_of(frame.fan_w)) * len(frame.units) if frame.units else np.zeros(len(frame))
    more = as_parameter("outdoor_fan", plant_limits().outdoor_fan, "not_varied").draw(draws)
    saved_w = cooling_saved_w(situation.model, frame, np.nan_to_num(heat) * share, draws)
    return np.where(np.isfinite(frame.it_w), saved_w - more * fans * (share > 0.0), np.nan)


def _it_kw(situation: Situation) -> float:
    known = situation.frame.it_w[np.isfinite(situation.frame.it_w)]
    return kw(float(known.max())) if len(known) else 0.0


def _dew() -> Check:
    rules = plant_limits().air_economiser
    params = {"low": guards.celsius(rules.least_dew_c), "high": guards.celsius(rules.highest_dew_c)}
    return Check(key="outdoor_dew", status="passed", params=params)


def _clean() -> Check:
    return Check(key="outdoor_clean", status="not_evaluable", optional=True)


ADVISOR = Advisor(key=KEY, needs=("outdoor", "humidity", "supply_air", "cooling_power"), advise=advise)
