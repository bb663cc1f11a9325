"""Keep hot and cold air apart: racks that breathe their own exhaust, and rooms whose air passes the racks by.

``SHI = (T_in - T_supply) / (T_out - T_supply)`` for each rack (Sharma, Bash and Patel 2002), 0 is ideal, below 0.2 is
good. It is cured before the supply air is raised. Panels and doors save nothing by themselves: their worth is that
supply air and chilled water may be warmer by as much as the warmest rack becomes cooler, and that is replayed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.air_limits import air_limits
from analytics.advice.guards import hottest, percent
from analytics.advice.proposal import Proposal, coefficients, recommended
from analytics.advice.recommendation import Check, Plan, Refusal, Spread
from analytics.advice.situation import MOST_ROWS
from analytics.advice.telemetry import lacking
from analytics.site_model import Change
from analytics.site_model.air import delivered, mean_of
from analytics.site_model.servers import Warming
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.site_model import PlantFrame

KEY = "air_separation"
NEEDS = {
    "inlets": ("inlet_c",),
    "outlets": ("outlet_c",),
    "supply_air": ("supply_c",),
    "it_power": ("it_w",),
    "cooling_power": ("chiller_w", "cooling_w"),
}
RECENT_NS = 24 * NS_PER_HOUR
"""What stands now is judged by the last day: a panel that fell out yesterday is not averaged away."""
LEAST_LIFT_K = 1.0
CNY = "CNY"


class Leaks(msgspec.Struct, frozen=True, kw_only=True):
    """The racks that breathe exhaust, with their heat indices, and by how much [K] a cure cools the warmest rack."""

    racks: tuple[str, ...]
    indices: tuple[float, ...]
    gain_k: float
    whole_room: bool


def advise(situation: Situation) -> Sequence[Answer]:
    """Return which racks to separate, and what warmer air and water that makes possible would save."""
    refused = lacking(situation, KEY, NEEDS)
    if refused is not None:
        return [refused]
    leaks = found_in(situation.whole)
    if leaks is None:
        return [Refusal(advisor=KEY, reason="in_order")]
    gain_k = min(leaks.gain_k, air_limits().separation.most_k)
    saved_w = _worth(situation, leaks, gain_k)
    worst = max(leaks.indices)
    proposal = Proposal(
        advisor=KEY,
        variant="room" if leaks.whole_room else "racks",
        place=situation.site.name,
        actuator=", ".join(leaks.racks),
        change_from=worst,
        change_to=worst * (1.0 - air_limits().separation.cured.mode),
        unit="1",
        guards=(_index(worst),),
        coefficients=coefficients(situation, "chiller_per_k_chilled", "compressor_per_k_supply", "it_response"),
        plan=Plan(option="B", method="baseline", target="site", days=28),
        cost=_cost(situation, len(leaks.racks)),
        effort="medium",
        # A rack beyond the recommended limit is mended for its own sake, whatever energy that is worth.
        pays_in="reserve" if _too_warm(situation) else "energy",
        facts={"racks": _named(leaks), "gain": f"{gain_k:.1f}", "worst": percent(worst)},
    )
    return [recommended(situation, proposal, saved_w, situation.sample)]


def _too_warm(situation: Situation) -> bool:
    now = hottest(_highest(situation.whole.inlet_high_c))
    return now is not None and now > situation.limits.recommended_high_c


def _highest(inlets: Floats) -> Floats:
    known = np.isfinite(inlets).any(axis=1)
    return np.where(known, np.where(np.isfinite(inlets), inlets, -np.inf).max(axis=1, initial=-np.inf), np.nan)


def found_in(frame: PlantFrame) -> Leaks | None:
    """Return the racks that breathe exhaust in the last day of a frame, None where all is well."""
    rules = air_limits().separation
    now = frame.rows(np.flatnonzero(frame.time_ns > frame.time_ns[-1] - RECENT_NS))
    supply = mean_of(now.supply_c)
    lift = _middle(now.inlet_c - supply[:, None])
    index = np.clip(lift / np.maximum(_middle(now.outlet_c - supply[:, None]), 1.0), 0.0, 1.0)
    known = np.isfinite(index)
    if not known.any():
        return None
    usual = float(np.median(index[known]))
    warm = known & (lift >= LEAST_LIFT_K)
    bad = warm & (index > rules.good) & (index > usual + rules.stands_out)
    room = usual > rules.good or (usual > rules.leak and _excess(now, supply) > rules.excess)
    chosen = np.flatnonzero(warm if room else bad)
    if not len(chosen):
        return None
    cured = np.where(np.isin(np.arange(len(lift)), chosen), lift * (1.0 - rules.cured.mode), lift)
    return Leaks(
        racks=tuple(frame.racks[i] for i in chosen),
        indices=tuple(float(index[i]) for i in chosen),
        gain_k=float(np.nanmax(lift) - np.nanmax(cured)),
        whole_room=bool(room),
    )


def _middle(values: Floats) -> Floats:
    """Return the median of each column, NaN where nothing is known."""
    some = np.isfinite(values).any(axis=0)
    found = np.full(values.shape[1], np.nan)
    if some.any():
        found[some] = np.nanmedian(values[:, some], axis=0)
    return found


def _excess(frame: PlantFrame, supply: Floats) -> float:
    ratio, _ = delivered(frame, supply, mean_of(frame.return_c))
    known = ratio[np.isfinite(ratio)]
    return float(np.median(known)) if len(known) else 0.0


def _worth(situation: Situation, leaks: Leaks, gain_k: float) -> Floats:
    """Return what the cure and warmer air and water save [W], [draws x rows], the warmest rack being where it is."""
    whole, draws = situation.whole.at_most(MOST_ROWS), situation.draws
    cured = _cured(whole, leaks)
    levels = [Warming(situation.model.servers, one.inlet_c, one.rack_w, draws).level() for one in (whole, cured)]
    watered = np.isfinite(whole.chilled_supply_c).any()
    change = Change(supply_k=gain_k, chilled_k=gain_k if watered else 0.0)
    saved_w = whole.it_w * (1.0 - levels[1] / levels[0]) + situation.model.replay(cured, change, draws).saved_w()
    prior = air_limits().separation.cured
    spread = (prior.high - prior.low) / 24.0**0.5
    share = np.clip(1.0 + spread * draws.normal("cured") / prior.mode, 0.0, 1.0 / prior.mode)[:, None]
    return np.asarray(saved_w * share, dtype=np.float64)


def _cured(frame: PlantFrame, leaks: Leaks) -> PlantFrame:
    """Return a past in which the racks breathe less of their exhaust."""
    share = np.where(np.isin(frame.racks, leaks.racks), air_limits().separation.cured.mode, 0.0)
    less_k = share * np.maximum(frame.inlet_c - mean_of(frame.supply_c)[:, None], 0.0)
    moved = {name: getattr(frame, name) - less_k for name in ("inlet_c", "inlet_high_c", "outlet_c")}
    return msgspec.structs.replace(frame, **moved)


def _index(worst: float) -> Check:
    good = air_limits().separation.good
    params = {"worst": percent(worst), "good": percent(good)}
    return Check(key="heat_index", status="passed", params=params)


def _cost(situation: Situation, count: int) -> Spread | None:
    """Return what panels and brushes cost, where the site counts in the prior's currency."""
    if situation.prices.currency != CNY:
        return None
    prior = air_limits().separation.cost_cny
    return Spread(p10=prior.low, p50=prior.mode, p90=prior.high).scaled(float(count))


def _named(leaks: Leaks) -> str:
    return ", ".join(f"{rack} ({percent(index)} %)" for rack, index in zip(leaks.racks, leaks.indices, strict=True))


ADVISOR = Advisor(key=KEY, needs=tuple(NEEDS), advise=advise)
