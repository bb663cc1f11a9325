"""Use free cooling by water in all hours in which it is possible: hours lost are counted and replayed.

It is worth being on while the return of the chilled water is above the wet bulb by the approach of the tower (3 to 4 K,
more in cold air), that of the exchanger (1 to 2 K) and a margin against switching to and fro. Where it was used, the
plant's own data tell from where on. An exchanger that is stuck open lets heat into the chilled water in warm weather,
which chillers carry away: that is told too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.plant_limits import plant_limits
from analytics.advice.proposal import Proposal, coefficients, recommended
from analytics.advice.recommendation import Plan, Refusal
from analytics.site_model import Change
from analytics.site_model.free_cooling import USED, cold_factor, entering_c, served_w
from analytics.site_model.heat import cooling_saved_w
from analytics.site_model.priors import site_priors
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.site_model import PlantFrame
    from analytics.site_model.free_cooling import FreeCooling

KEY = "water_economiser"
Mask: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]
_LEAST_HEAT_W = 1.0


def advise(situation: Situation) -> Sequence[Answer]:
    """Return what the hours are worth in which free cooling was possible and not used."""
    frame, law = situation.frame, situation.model.free_cooling
    missing = [] if law is not None else ["economiser"]
    missing += [] if np.isfinite(frame.wet_bulb_c).any() else ["wet_bulb"]
    missing += [] if np.isfinite(frame.chilled_return_c).any() else ["chilled_water"]
    if law is None or missing:
        return [Refusal(advisor=KEY, reason="missing", missing=tuple(missing))]
    backward = _backward(situation)
    if backward is not None:
        return [backward]
    rules = plant_limits().water_economiser
    possible, used = free_hours(frame, law)
    lost = possible & ~used
    known_h = len(frame) * frame.step_ns / NS_PER_HOUR
    lost_h, possible_h, used_h = (float(one.sum()) * frame.step_ns / NS_PER_HOUR for one in (lost, possible, used))
    if lost_h < rules.lost_share * possible_h or lost_h < rules.least_share * known_h or lost_h <= 0.0:
        return [Refusal(advisor=KEY, reason="in_order")]
    change = Change(economiser=True)
    proposal = Proposal(
        advisor=KEY,
        place=situation.site.name,
        actuator=_economiser(situation),
        coefficients=coefficients(situation, "economiser", "exchanger", "chiller", "tower"),
        plan=Plan(option="B", method="baseline", target="cooling", days=28),
        change=change,
        facts={"possible": f"{possible_h:.0f}", "used": f"{used_h:.0f}", "lost": f"{lost_h:.0f}"},
    )
    return [recommended(situation, proposal, situation.replay(change).saved_w(), situation.sample)]


def free_hours(frame: PlantFrame, law: FreeCooling) -> tuple[Mask, Mask]:
    """Return in which rows free cooling is possible, and in which it was used."""
    over, served = entering_c(frame) - frame.wet_bulb_c, served_w(frame)
    with np.errstate(invalid="ignore"):
        possible = np.isfinite(over) & np.isfinite(frame.free_w) & (over > law.useful.value)
        used = np.isfinite(frame.free_w) & (frame.free_w > USED * np.maximum(served, _LEAST_HEAT_W))
    return possible, used


def lets_heat_in(frame: PlantFrame) -> Mask:
    """Return in which rows heat comes into the chilled water through the exchanger."""
    least = plant_limits().water_economiser.backward_share
    with np.errstate(invalid="ignore"):
        return np.asarray(np.isfinite(frame.free_w) & (frame.free_w < -least * frame.heat_w), dtype=np.bool_)


def _backward(situation: Situation) -> Answer | None:
    """Return what heat costs that comes in through an exchanger stuck open, None where none does."""
    frame, rules = situation.sample, plant_limits().water_economiser
    comes_in = lets_heat_in(frame)
    if comes_in.mean() < rules.least_share:
        return None
    saved_w = cooling_saved_w(situation.model, frame, np.where(comes_in, -frame.free_w, 0.0), situation.draws)
    # A valve that works is closed in weather in which an open one takes a little heat out.
    given_up = np.where(_too_mild(situation, frame), np.maximum(frame.free_w, 0.0), 0.0)
    saved_w = saved_w - cooling_saved_w(situation.model, frame, given_up, situation.draws)
    proposal = Proposal(
        advisor=KEY,
        variant="open",
        place=situation.site.name,
        actuator=_economiser(situation),
        plan=Plan(option="B", method="baseline", target="cooling", days=14),
        facts={"hours": f"{float(comes_in.sum()) * frame.step_ns / NS_PER_HOUR:.0f}"},
    )
    return recommended(situation, proposal, saved_w, frame)


def _too_mild(situation: Situation, frame: PlantFrame) -> Mask:
    """Return in which rows a working economiser might not be on: little above what tower and exchanger need."""
    law = situation.model.free_cooling
    if law is None:
        return np.zeros(len(frame), dtype=np.bool_)
    least = law.approach.value * cold_factor(frame.wet_bulb_c) + site_priors().economiser_margin.high
    with np.errstate(invalid="ignore"):
        return np.asarray(np.isfinite(frame.free_w) & (entering_c(frame) - frame.wet_bulb_c < least), dtype=np.bool_)


def _economiser(situation: Situation) -> str:
    """Return the device that tells of free cooling."""
    names = {key.device for key in situation.series if key.quantity == "cooling_power_w" and key.part == "water"}
    return ", ".join(sorted(names)) or situation.site.name


ADVISOR = Advisor(key=KEY, needs=("economiser", "wet_bulb", "chilled_water", "chiller_heat"), advise=advise)
