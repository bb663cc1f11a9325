"""Let a tower's water go round more often before it is bled: cycles of concentration.

Salts leave with the blow-down alone, ``B = E / (C - 1)``, so make-up is ``E C / (C - 1)``: from 2 to 5 cycles it falls
by 37 %, from 4 to 8 by 14 %. Water is saved, hardly any electricity. Conductivity rises with the cycles and must stay
within what metals and treatment bear; GB/T 50050 asks for 5 in design and never less than 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.plant_limits import plant_limits
from analytics.advice.plant_series import in_sample, mean_in_sample
from analytics.advice.proposal import Proposal, recommended
from analytics.advice.recommendation import Check, Plan, Refusal, Spread
from analytics.advice.water import measured_cycles
from analytics.advice.worth import HOURS_A_YEAR, spread, year_share
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import SECONDS_PER_HOUR, from_stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats

KEY = "water_cycles"
_METER, _CYCLES = 0.02, 0.05


def advise(situation: Situation) -> Sequence[Answer]:
    """Return the cycles of concentration that save a clear share of the make-up, as far as conductivity allows."""
    now, rules = measured_cycles(situation), plant_limits().water_cycles
    makeup = _makeup(situation)
    missing = [] if now is not None else ["water_cycles"]
    missing += [] if np.isfinite(makeup).any() else ["make_up"]
    if now is None or missing:
        return [Refusal(advisor=KEY, reason="missing", missing=tuple(missing))]
    salt = in_sample(situation, "conductivity_s_m", "basin")
    salt_now = float(np.nanmedian(salt)) if np.isfinite(salt).any() else None
    wanted = rules.wanted if salt_now is None else min(rules.wanted, now * rules.conductivity_s_m / salt_now)
    wanted = np.floor(10.0 * wanted) / 10.0
    if wanted <= now or _saved_share(now, wanted) < rules.least_saved:
        return [Refusal(advisor=KEY, reason="in_order")]
    frame = situation.sample
    proposal = Proposal(
        advisor=KEY,
        place=situation.site.name,
        actuator=", ".join(sorted(k.device for k in situation.series if k.quantity == "concentration_cycles")),
        change_from=round(now, 1),
        change_to=float(wanted),
        guards=(_conductivity(salt_now, wanted / now),),
        plan=Plan(option="A", method="baseline", target="cooling", drivers=("it_w", "wet_bulb_c"), days=28),
        pays_in="water",
        water_m3=_water_m3(situation, makeup, now, wanted),
        facts={"percent": f"{100.0 * _saved_share(now, wanted):.0f}"},
    )
    return [recommended(situation, proposal, np.zeros((situation.draws.count, len(frame))), frame)]


def _makeup(situation: Situation) -> Floats:
    """Return the make-up water [m3/s] in each row: of the treatment, else of the site's own meter of water."""
    own = in_sample(situation, "water_flow_m3_s", "makeup")
    if np.isfinite(own).any():
        return own
    meters = [meter for meter in situation.site.meters if meter.role is Role.WATER_INPUT]
    keys = [SeriesKey(site=situation.site.name, device=m.device, part=m.part, quantity=m.power) for m in meters]
    return mean_in_sample(situation, [key for key in keys if key in situation.series], how="sum")


def _saved_share(now: Floats | float, then: float) -> float:
    """Return the share of the make-up that is saved: ``1 - (C2 / (C2 - 1)) / (C1 / (C1 - 1))``."""
    return float(np.mean(1.0 - then / (then - 1.0) * (now - 1.0) / now))


def _water_m3(situation: Situation, makeup: Floats, now: float, then: float) -> Spread:
    draws = situation.draws
    cycles = np.maximum(now * (1.0 + _CYCLES * draws.normal("water/cycles")), 1.1)
    share = 1.0 - then / (then - 1.0) * (cycles - 1.0) / cycles
    span_ns = situation.now_ns - situation.start_ns
    year = year_share(span_ns, draws, len(share), yearly=True)
    flow = float(np.nanmean(makeup)) * (1.0 + _METER * draws.normal("meter/water"))
    return spread(flow * share * year * HOURS_A_YEAR * SECONDS_PER_HOUR)


def _conductivity(now: float | None, ratio: float) -> Check:
    limit = plant_limits().water_cycles.conductivity_s_m
    most = _shown(limit)
    if now is None:
        return Check(key="conductivity", status="not_evaluable", params={"most": most})
    then = now * ratio
    params = {"now": _shown(now), "then": _shown(then), "most": most}
    return Check(key="conductivity", status="passed" if then <= limit * 1.001 else "failed", params=params)


def _shown(conductivity_s_m: float) -> str:
    return f"{from_stored(conductivity_s_m, 'uS/cm'):.0f}"


ADVISOR = Advisor(key=KEY, needs=("water_cycles", "make_up"), advise=advise)
