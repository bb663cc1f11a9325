"""Run as many chillers as the load asks for: two at low part load where one would do, or one that is overloaded.

Relative to full load the energy input ratio of a median machine is 1.20 at a quarter, 0.96 at a half and 0.94 at three
quarters of it (81 makers' curves), or what the plant's own data tell; each machine that runs has a condenser pump of
its own. The machine that rests stays ready: with one lost the others must carry the greatest load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice import guards
from analytics.advice.advisor import Advisor
from analytics.advice.plant_limits import plant_limits
from analytics.advice.proposal import Proposal, coefficients, recommended
from analytics.advice.recommendation import Check, Plan, Refusal
from analytics.site_model import Change
from analytics.site_model.chillers import RUNNING
from greendc.units import kw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.site_model.chillers import Chillers

KEY = "chiller_staging"


def advise(situation: Situation) -> Sequence[Answer]:
    """Return how many machines should share the load, where that saves and leaves one to spare."""
    law = situation.model.chillers
    if law is None:
        return [Refusal(advisor=KEY, reason="missing", missing=("chiller_heat",))]
    if law.count <= 1:
        return [Refusal(advisor=KEY, reason="in_order")]
    on, heat = _running(situation, law)
    if not (on > 0).any():
        return [Refusal(advisor=KEY, reason="in_order")]
    usual = int(np.median(on[on > 0]))
    counts = [count for count in range(1, law.count + 1) if _differs(on, heat, count, law)]
    saved = {count: float(situation.expected(Change(chillers_on=count)).mean_saved_w()[0]) for count in counts}
    saved = {count: value for count, value in saved.items() if np.isfinite(value) and value > 0.0}
    if not saved:
        return [Refusal(advisor=KEY, reason="no_net_saving" if counts else "in_order")]
    count = max(saved, key=lambda one: saved[one])
    change = Change(chillers_on=count)
    proposal = Proposal(
        advisor=KEY,
        variant="fewer" if count < usual else "",
        place=situation.site.name,
        actuator=", ".join(situation.frame.chillers),
        change_from=float(usual),
        change_to=float(count),
        guards=(_spare(heat, law), _load(heat, count, law)),
        coefficients=coefficients(situation, "chiller"),
        plan=Plan(option="B", method="on_off", target="cooling", days=14, block_days=1),
        change=change,
        facts={"now": str(usual), "then": str(count)},
    )
    return [recommended(situation, proposal, situation.replay(change).saved_w(), situation.sample)]


def _running(situation: Situation, law: Chillers) -> tuple[Floats, Floats]:
    """Return how many machines run in each known row, and the heat [W] that they carry together."""
    heat = situation.frame.chiller_heat_w
    known = np.isfinite(heat).any(axis=1)
    heat = np.where(np.isfinite(heat[known]), heat[known], 0.0)
    return (heat > RUNNING * law.capacity_w).sum(axis=1).astype(np.float64), heat.sum(axis=1)


def _differs(on: Floats, heat: Floats, count: int, law: Chillers) -> bool:
    """Tell whether so many machines would be another number often enough, within their load."""
    rules = plant_limits().staging
    need = np.maximum(count, np.ceil(heat / (rules.most_load * law.capacity_w)))
    return float(((on > 0) & (need != on)).mean()) >= rules.least_share


def _spare(heat: Floats, law: Chillers) -> Check:
    """Return whether all machines but one carry the greatest load."""
    left_w, peak_w = (law.count - 1) * law.capacity_w, float(heat.max())
    params = {"peak": f"{kw(peak_w):.0f}", "left": f"{kw(left_w):.0f}"}
    return Check(key="chiller_spare", status="passed" if peak_w <= left_w else "failed", params=params)


def _load(heat: Floats, count: int, law: Chillers) -> Check:
    """Return the load of the machines that run, at which the next one starts."""
    need = np.maximum(count, np.ceil(heat / law.capacity_w))
    load = float((heat / need).max()) / law.capacity_w
    most = plant_limits().staging.most_load
    params = {"load": guards.percent(load), "most": guards.percent(most)}
    return Check(key="chiller_load", status="passed" if load <= most else "failed", params=params)


ADVISOR = Advisor(key=KEY, needs=("chiller_heat", "cooling_power"), advise=advise)
