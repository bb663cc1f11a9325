"""Get what the sun could give: mend strings that are lost, use what is fed in, and where there is no array, build one.

A loss is a step in the yield for the light (`analytics.advice.sunshine`); it is worth ``P (1 / (1 - loss) - 1)``. What
is fed in at one meter while another buys is worth the difference of the prices. A new array gives ``PR G P_rated`` and
is made no larger than what the site uses in bright hours, so that all of it is used.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.contracts import example, money_of
from analytics.advice.proposal import Proposal, assumed, recommended
from analytics.advice.recommendation import Check, Coefficient, Plan, Recommendation, Refusal, Spread
from analytics.advice.situation import DRAWS, SEED
from analytics.advice.sunshine import Loss, loss_of
from analytics.advice.telemetry import too_short
from analytics.advice.worth import spread
from analytics.flows import means_of
from analytics.metered import BACKUP, metered_w
from analytics.priors import flexibility
from analytics.wall_clock import wall_clock
from greendc.clock import NS_PER_HOUR
from greendc.site import Role
from greendc.units import W_PER_KW

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.priors import Prior
    from greendc.site import Meter

KEY = "pv_self_use"
LEAST_DAYS = 10.0
STANDARD_W_M2 = 1000.0
BRIGHT_W_M2 = 200.0
LOW_LOAD = 0.1
LEAST_KNOWN = 0.5
LEAST_KW = 1.0
CNY = "CNY"
SHINES = 0.1
"""What gives less often than this share of the time is no array, but a set that is tested now and then."""


def advise(situation: Situation) -> Sequence[Answer]:
    """Return what the sun could give beyond what it does."""
    flows = situation.flows
    light = _light(situation)
    if len(flows.time_ns) * flows.step_ns < LEAST_DAYS * 24 * NS_PER_HOUR:
        return [too_short(KEY, LEAST_DAYS)]
    if "sun" not in flows.has:
        return [_array(situation, light) if light is not None else Refusal(advisor=KEY, reason="no_sun")]
    looked = [_strings(situation, light), _fed_in(situation)]
    found: list[Answer] = [answer for answer in looked if isinstance(answer, Recommendation)]
    return found or [answer for answer in looked if answer is not None][:1] or [Refusal(advisor=KEY, reason="in_order")]


def _light(situation: Situation) -> Floats | None:
    """Return the light on the level [W/m2], of any plane where none is; None where nobody measures it."""
    keys = [key for key in situation.series if key.quantity == "irradiance_w_m2"]
    flows = situation.flows
    if not keys or not len(flows.time_ns):
        return None
    key = min(keys, key=lambda one: (one.part != "horizontal", one))
    values = means_of(situation.history, key, flows.time_ns, flows.step_ns)
    return values if np.isfinite(values).mean() >= LEAST_KNOWN else None


def _strings(situation: Situation, light: Floats | None) -> Answer:
    flows = situation.flows
    if np.isfinite(flows.sun_w).mean() < LEAST_KNOWN:
        return Refusal(advisor=KEY, reason="coverage", missing=("sun",))
    _, day = wall_clock(flows.time_ns, situation.site.zone()).dates()
    loss = loss_of(flows.sun_w, light, day)
    if loss is None:
        return Refusal(advisor=KEY, reason="in_order")
    errors = loss.error * situation.draws.normal(KEY)
    shares = np.clip(1.0 - (1.0 - loss.share) * np.exp(errors), 0.0, 0.95)
    saved_w = (shares / (1.0 - shares))[:, None] * np.clip(flows.sun_w, 0.0, None)
    saved_w[:, : loss.row] = np.nan
    since = wall_clock(flows.time_ns[loss.row : loss.row + 1], situation.site.zone()).dates()[0][0]
    proposal = Proposal(
        advisor=KEY,
        place="strings",
        actuator=_names(situation),
        basis="by_light" if loss.by_light else "best_days",
        plan=Plan(option="B", method="baseline", target="site", drivers=("outdoor_c",), days=14),
        guards=() if loss.by_light else (Check(key="pv_weather", status="not_evaluable", optional=True),),
        coefficients=(_measured(loss),),
        effort="medium",
        variant="strings",
        facts={"share": f"{100 * loss.share:.0f}", "since": since.isoformat()},
    )
    return recommended(situation, proposal, saved_w, situation.whole)


def _measured(loss: Loss) -> Coefficient:
    kept = 1.0 - loss.share
    return Coefficient(
        name="pv_lost",
        low=1.0 - kept * float(np.exp(loss.error)),
        mode=loss.share,
        high=1.0 - kept * float(np.exp(-loss.error)),
        source="daily yield before and after",
        confidence="measured",
    )


def _fed_in(situation: Situation) -> Answer | None:
    """Return what is fed in while the site buys at another meter; None where nothing is fed in."""
    flows, table = situation.flows, situation.prices.table
    both_w = np.where(flows.known, np.fmin(flows.bought_w, flows.fed_w), np.nan)
    if "export" not in flows.has or table is None or not np.nanmax(both_w, initial=0.0):
        return None
    hours = flows.step_ns / NS_PER_HOUR
    spread_of = table.mean_price(flows.time_ns, flows.step_ns) - table.export_price(flows.time_ns)
    gain = float(np.nansum(both_w * spread_of)) * hours / W_PER_KW
    saved_w = np.repeat(both_w[None, :], situation.draws.count, axis=0)
    proposal = Proposal(
        advisor=KEY,
        place="fed_in",
        actuator=_names(situation),
        plan=Plan(option="C", method="baseline", target="site"),
        guards=(Check(key="contract_terms", status="not_evaluable", optional=True), *example(table)),
        money=money_of(situation, np.full(situation.draws.count, gain), len(both_w) * hours),
        pays_in="money",
        effort="medium",
        variant="fed_in",
        facts={"kwh": f"{float(np.nansum(both_w)) * hours / W_PER_KW:,.0f}"},
    )
    return recommended(situation, proposal, saved_w, situation.whole)


def _array(situation: Situation, light: Floats) -> Answer:
    """Return an array that the site's own use in bright hours would take up as a whole."""
    flows = situation.flows
    bright = np.isfinite(flows.load_w) & np.isfinite(light) & (light > BRIGHT_W_M2)
    if "grid" not in flows.has or bright.sum() < LEAST_DAYS:
        return Refusal(advisor=KEY, reason="missing", missing=("grid",))
    prior = flexibility().performance_ratio
    rated_kw = float(np.floor(np.quantile(flows.load_w[bright], LOW_LOAD) / W_PER_KW / prior.high))
    if rated_kw < LEAST_KW:
        return Refusal(advisor=KEY, reason="no_net_saving")
    ratio = prior.draw(np.random.default_rng(situation.draws.seed), situation.draws.count)
    saved_w = ratio[:, None] * np.clip(light, 0.0, None) / STANDARD_W_M2 * rated_kw * W_PER_KW
    table = situation.prices.table
    paid = flexibility().pv_cost_cny_per_kw
    proposal = Proposal(
        advisor=KEY,
        place="array",
        actuator=situation.site.name,
        plan=Plan(option="B", method="baseline", target="site", days=28),
        guards=(
            Check(key="pv_place", status="not_evaluable", optional=True),
            *(() if table is None else example(table)),
        ),
        coefficients=(assumed("performance_ratio", prior),),
        change_to=rated_kw * W_PER_KW,
        unit="W",
        cost=_cost(paid, rated_kw) if situation.prices.currency == CNY else None,
        effort="high",
        variant="array",
    )
    return recommended(situation, proposal, saved_w, situation.whole)


def _cost(prior: Prior, rated_kw: float) -> Spread:
    return spread(prior.draw(np.random.default_rng(SEED), DRAWS) * rated_kw)


def _names(situation: Situation) -> str:
    """Return the meters of arrays: a generator that is tested now and then is none."""
    flows = situation.flows
    found = []
    for meter in (m for m in situation.site.meters if m.role is Role.GENERATION and m.kind != BACKUP):
        power = metered_w(situation.history, situation.site, partial(_alone, meter), flows.time_ns, flows.step_ns)
        if power is not None and float((power > 0.0).mean()) > SHINES:
            found.append(meter.device)
    return ", ".join(dict.fromkeys(found))


def _alone(meter: Meter, _: dt.date) -> list[tuple[float, Sequence[Meter]]]:
    return [(1.0, [meter])]


ADVISOR = Advisor(key=KEY, needs=("sun", "irradiance"), advise=advise)
