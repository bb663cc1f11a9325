"""From a change and what it saves to a recommendation: worth, payback, expiry; or that it is not worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.recommendation import (
    Check,
    Coefficient,
    Level,
    OneOff,
    Pay,
    Plan,
    Recommendation,
    Refusal,
    Spread,
)
from analytics.advice.water import water_saved
from analytics.advice.worth import HOURS_A_YEAR, worth_of
from analytics.site_model import Change
from greendc.clock import NS_PER_HOUR
from greendc.units import W_PER_KW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analytics.advice.situation import Situation
    from analytics.advice.worth import Worth
    from analytics.counters import Floats
    from analytics.priors import Prior
    from analytics.site_model import PlantFrame, Replay

LEAST_SHARE = 0.0005
"""A saving below this share of the site's energy is lost among the errors of its meters."""
VALID_NS = 30 * 24 * NS_PER_HOUR
"""A proposal older than this is no longer shown: its evidence has aged."""
_LEAST_MONEY = 1e-9
_WORKED_OUT = frozenset(("place", "money", "water_m3"))


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What an advisor wants done; fields as in `Recommendation`. ``place`` tells pieces of advice of one kind apart.

    ``money`` is a year's saving where that is not energy times its price, ``water_m3`` where its water is not that of
    heat which a tower no longer rejects. ``pays_in`` says in what the change must pay: advice that pays in ``money`` or
    ``water`` may save no energy, or cost some, and one that pays in ``reserve`` need not save anything: the advisor
    says why it is wanted.
    """

    advisor: str
    place: str
    actuator: str
    plan: Plan
    guards: tuple[Check, ...] = ()
    preconditions: tuple[Check, ...] = ()
    coefficients: tuple[Coefficient, ...] = ()
    change_from: float | None = None
    change_to: float | None = None
    unit: str = ""
    steps: tuple[float, ...] = ()
    cost: Spread | None = None
    risk: Level = "low"
    effort: Level = "low"
    one_off: OneOff | None = None
    change: Change | None = None
    facts: dict[str, str] = {}
    water_m3: Spread | None = None
    money: Spread | None = None
    pays_in: Pay = "energy"
    variant: str = ""
    basis: str = ""


def recommended(
    situation: Situation, proposal: Proposal, saved_w: Floats, frame: PlantFrame, *, yearly: bool = True
) -> Recommendation | Refusal:
    """Return the recommendation, or that the change does not pay in nine draws of ten in what it is meant to pay in.

    ``saved_w`` [draws x rows of ``frame``] is what it saves at the meter of the site; ``yearly`` as for `worth_of`.
    """
    span_ns = situation.now_ns - situation.start_ns
    worth = worth_of(saved_w, frame.time_ns, frame.step_ns, span_ns, situation.prices, situation.draws, yearly=yearly)
    if worth is None:
        return Refusal(advisor=proposal.advisor, reason="coverage")
    gain, least = _gain(situation, proposal, worth)
    if proposal.pays_in != "reserve" and (gain is None or gain.p10 <= 0 or gain.p50 < least):
        reason = "no_net_saving" if proposal.pays_in == "energy" else "no_gain"
        return Refusal(advisor=proposal.advisor, reason=reason)
    money = proposal.money or worth.money
    given = {name: getattr(proposal, name) for name in proposal.__struct_fields__ if name not in _WORKED_OUT}
    water = proposal.water_m3 or water_saved(situation, proposal.change, proposal.plan, saved_w)
    return Recommendation(
        **given,
        id=f"{proposal.advisor}/{proposal.place}",
        energy_kwh=worth.energy_kwh,
        evidence_kwh=worth.evidence_kwh,
        money=money,
        water_m3=water,
        currency=situation.prices.currency,
        carbon_kg=worth.carbon_kg,
        carbon_market_kg=worth.carbon_market_kg,
        carbon_source=worth.carbon_source,
        payback_years=payback(proposal.cost, money),
        evidence_from_ns=situation.start_ns,
        evidence_to_ns=situation.now_ns,
        evidence_coverage=worth.coverage,
        seed=situation.draws.seed,
        proposed_ns=situation.now_ns,
        expires_ns=situation.now_ns + VALID_NS,
    )


def _gain(situation: Situation, proposal: Proposal, worth: Worth) -> tuple[Spread | None, float]:
    """Return what a change yields in what it is meant to pay in, and the least that is worth a person's time."""
    if proposal.pays_in == "water":
        return proposal.water_m3, 0.0
    site_kwh = _site_kwh(situation)
    if proposal.pays_in == "energy":
        # What is known of a part of the evidence alone, such as the days since a fault, is held against that part.
        return worth.evidence_kwh, LEAST_SHARE * site_kwh * worth.coverage
    yearly = HOURS_A_YEAR * NS_PER_HOUR / max(situation.now_ns - situation.start_ns, 1)
    price = situation.prices.mean_price(situation.frame.time_ns, situation.frame.step_ns)
    return proposal.money or worth.money, LEAST_SHARE * site_kwh * yearly * price


def payback(cost: Spread | None, money: Spread | None) -> Spread | None:
    """Return the simple payback [a]: the range of the cost over the expected saving, widened by that of the saving."""
    if cost is None or money is None or money.p10 <= _LEAST_MONEY:
        return None
    return Spread(p10=cost.p10 / money.p90, p50=cost.p50 / money.p50, p90=cost.p90 / money.p10)


def best(situation: Situation, changes: Iterable[Change], holds: Callable[[Change, Replay], bool]) -> Change | None:
    """Return the change up to which each further step saves more and every guard rail holds, or None.

    ``changes`` grow step by step. Expected values are compared: the draws judge the one that is chosen.
    """
    found, most_w = None, 0.0
    for change in changes:
        replay = situation.expected(change)
        saved_w = float(replay.mean_saved_w()[0])
        if not np.isfinite(saved_w) or saved_w <= most_w or not holds(change, replay):
            break
        found, most_w = change, saved_w
    return found


def coefficients(situation: Situation, *names: str) -> tuple[Coefficient, ...]:
    """Return parameters of the site model by their names or the beginnings of them, as they stand in advice."""
    return tuple(
        Coefficient(
            name=one.name,
            low=one.value - one.error,
            mode=one.value,
            high=one.value + one.error,
            source=f"fitted on {one.rows} steps" if one.source == "fitted" else one.evidence,
            confidence="measured" if one.source == "fitted" else f"prior: {one.reason}",
        )
        for one in situation.model.parameters()
        if one.name.startswith(names)
    )


def assumed(name: str, prior: Prior) -> Coefficient:
    """Return a dated prior that no meter of the site tells, as it stands in advice."""
    return Coefficient(
        name=name,
        low=prior.low,
        mode=prior.mode,
        high=prior.high,
        source=prior.source,
        confidence=f"prior: {prior.confidence}",
    )


def daily(start: float, end: float, per_day: float) -> tuple[float, ...]:
    """Return the set-point of each day on the way from one value to another."""
    days = int(np.ceil(abs(end - start) / per_day - 1e-9))
    towards = np.sign(end - start)
    return tuple(float(start + towards * min((day + 1) * per_day, abs(end - start))) for day in range(days))


def _site_kwh(situation: Situation) -> float:
    """Return the energy of the site over the evidence, of what is metered of it."""
    frame = situation.frame
    for power in (frame.site_w, frame.it_w):
        if np.isfinite(power).any():
            hours = (situation.now_ns - situation.start_ns) / NS_PER_HOUR
            return float(np.nanmean(power)) * hours / W_PER_KW
    return 0.0
