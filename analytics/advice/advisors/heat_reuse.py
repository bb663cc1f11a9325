"""Give heat to somebody who heats: a heat pump lifts the return of the chilled water, and chillers have less to do.

``COP = 0.5 T_h / (T_h - T_c)``, half of Carnot's; heat given is ``Q_source / (1 - 1 / COP)``. It saves no electricity,
it takes some: what counts is money, the heat at its price less the heat pump's power. Where the site has a meter of
heat that is reused, a heat pump that stands while it is cold outdoors is told; without one it is a project with its
cost, shown only where it pays back soon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.plant_limits import plant_limits
from analytics.advice.plant_series import mean_in_sample
from analytics.advice.project import PRICED_IN, cost_of, shown
from analytics.advice.proposal import Proposal, recommended
from analytics.advice.recommendation import Plan, Refusal, Spread
from analytics.advice.worth import HOURS_A_YEAR, spread
from analytics.counters import Floats
from analytics.site_model.heat import cooling_saved_w
from analytics.site_model.priors import as_parameter
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import ABSOLUTE_ZERO_C, W_PER_KW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from greendc.site import Meter

KEY = "heat_reuse"


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Heat [W, draws x rows] taken from the chilled water, what the heat pump gives and takes."""

    source_w: Floats
    given_w: Floats
    power_w: Floats


def advise(situation: Situation) -> Sequence[Answer]:
    """Return what heat is worth that nobody takes: an idle heat pump, or a project that pays."""
    frame = situation.sample
    needs = {
        "heat": not np.isfinite(frame.heat_w).any(),
        "chilled_water": not np.isfinite(frame.chilled_return_c).any(),
    }
    missing = tuple(name for name, lacks in needs.items() if lacks)
    if missing:
        return [Refusal(advisor=KEY, reason="missing", missing=missing)]
    meters = _meters(situation)
    return [_idle(situation, meters) if meters else _project(situation)]


def _meters(situation: Situation) -> list[Meter]:
    """Return the meters of heat that is reused, that a series tells of."""
    known = {(key.device, key.part, key.quantity) for key in situation.series}
    found = [meter for meter in situation.site.meters if meter.role is Role.HEAT_REUSE]
    return [meter for meter in found if (meter.device, meter.part, meter.power) in known]


def _idle(situation: Situation, meters: list[Meter]) -> Answer:
    frame, rules = situation.sample, plant_limits().heat_reuse
    name = situation.site.name
    keys = [SeriesKey(site=name, device=m.device, part=m.part, quantity=m.power) for m in meters]
    reused = mean_in_sample(situation, keys, how="sum")
    with np.errstate(invalid="ignore"):
        known = np.isfinite(reused) & np.isfinite(frame.outdoor_c) & np.isfinite(frame.heat_w)
        used = known & (reused > rules.used_share * frame.heat_w)
        cold = known & (frame.outdoor_c <= rules.cold_c)
    idle = cold & ~used
    if not known.any() or cold.mean() < rules.least_share or idle.sum() < rules.idle_share * cold.sum():
        return Refusal(advisor=KEY, reason="in_order" if known.any() else "coverage")
    if situation.prices.currency != PRICED_IN:
        return Refusal(advisor=KEY, reason="missing", missing=("heat_price",))
    taken = _taken(situation)
    if used.any():
        taken = np.full_like(taken, float(np.median(reused[used] / frame.heat_w[used])))
    hours = float(idle.sum()) * (situation.now_ns - situation.start_ns) / NS_PER_HOUR / max(len(frame), 1)
    return _answer(situation, _lifted(situation, taken * idle), "", {"hours": f"{hours:.0f}"}, None)


def _project(situation: Situation) -> Answer:
    """Return a project of high effort, only where it pays back soon."""
    frame, limits = situation.sample, plant_limits()
    lifted = _lifted(situation, _taken(situation) * np.isfinite(frame.heat_w))
    # What is taken over a year is asked for in its cold months, and the heat pump is sized for those.
    largest = _lifted(situation, np.full((1, 1), limits.heat_reuse.sized_share) * np.isfinite(frame.heat_w))
    cost = cost_of(situation, limits.heat_cost_cny_per_kw, float(largest.given_w.mean()) / W_PER_KW)
    if cost is None:
        return Refusal(advisor=KEY, reason="no_gain")
    heat_kw = float(np.nanmean(frame.heat_w)) / W_PER_KW
    answer = _answer(situation, lifted, "project", {"heat": f"{heat_kw:.0f}"}, cost)
    return shown(answer, limits.heat_reuse.most_payback_years, Refusal(advisor=KEY, reason="no_gain"))


def _answer(situation: Situation, lifted: _Plan, variant: str, facts: dict[str, str], cost: Spread | None) -> Answer:
    frame, draws = situation.sample, situation.draws
    spared_w = cooling_saved_w(situation.model, frame, lifted.source_w, draws)
    saved_w = np.where(np.isfinite(frame.it_w), spared_w - lifted.power_w, np.nan)
    with np.errstate(invalid="ignore"):
        factor = float(lifted.given_w.mean() / max(float(np.nanmean(frame.it_w)), 1.0))
    given_kwh = lifted.given_w.mean(axis=1) / W_PER_KW * HOURS_A_YEAR
    proposal = Proposal(
        advisor=KEY,
        variant=variant,
        place=situation.site.name,
        actuator=situation.site.name,
        plan=Plan(option="B", method="baseline", target="site", days=56),
        cost=cost,
        effort="high" if cost is not None else "low",
        pays_in="money",
        money=_money(situation, given_kwh, saved_w),
        facts=facts | {"given": f"{float(np.median(given_kwh)):.0f}", "share": f"{100.0 * factor:.0f}"},
    )
    return recommended(situation, proposal, saved_w, frame)


def _money(situation: Situation, given_kwh: Floats, saved_w: Floats) -> Spread:
    """Return a year's worth: the heat at its price, and the electricity saved or taken at the tariff's mean."""
    frame, draws = situation.sample, situation.draws
    price = as_parameter("heat_price", plant_limits().heat_price_cny_per_kwh, "not_metered").draw(draws)[:, 0]
    known = np.isfinite(saved_w).all(axis=0)
    saved_kwh = saved_w[:, known].mean(axis=1) / W_PER_KW * HOURS_A_YEAR if known.any() else np.zeros(len(saved_w))
    return spread(given_kwh * price + saved_kwh * situation.prices.mean_price(frame.time_ns, frame.step_ns))


def _taken(situation: Situation) -> Floats:
    """Return the share of the heat that a sink takes, [draws x 1]."""
    return as_parameter("heat_taken", plant_limits().heat_taken, "not_metered").draw(situation.draws)


def _lifted(situation: Situation, share: Floats) -> _Plan:
    """Return the heat pump's heat and power [W] where it takes a share of the rooms' heat."""
    frame, rules = situation.sample, plant_limits().heat_reuse
    back = np.where(np.isfinite(frame.chilled_return_c), frame.chilled_return_c, np.nanmedian(frame.chilled_return_c))
    lift_k = np.maximum(rules.hot_c - (back - rules.pinch_k), 1.0)
    cop = np.minimum(rules.quality * (rules.hot_c - ABSOLUTE_ZERO_C) / lift_k, rules.most_cop)
    source = np.nan_to_num(frame.heat_w) * share
    given = source / (1.0 - 1.0 / cop)
    return _Plan(source_w=source, given_w=given, power_w=given - source)


ADVISOR = Advisor(key=KEY, needs=("heat", "chilled_water"), advise=advise)
