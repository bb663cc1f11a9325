"""Light that burns in rooms where nobody is, as its own meter tells.

What is drawn in every hour of the week is not there for people: beyond emergency light and a share of visits it is
saved by switching, and its heat with it. The need of a rack's share of the room is a dated prior; light that follows
people already, or that is weak all the time, stays below it and nothing is said. Other auxiliaries have no need that
could be told from outside, so they are shown in the flow of energy and not judged here.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.columns import LATEST_NS, columns
from analytics.advice.electrical_limits import electrical_limits
from analytics.advice.proposal import Proposal, assumed, recommended
from analytics.advice.recommendation import Check, Plan, Refusal
from analytics.advice.telemetry import too_short
from analytics.site_model.heat import cooling_saved_w
from analytics.site_model.priors import as_parameter
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats

KEY = "auxiliaries"
ALWAYS = 0.1
"""What is drawn in all but this share of the hours burns day and night."""
LEAST_HOURS = 7 * 24
"""A week has all kinds of days in it."""


def advise(situation: Situation) -> Sequence[Answer]:
    """Return whether the light can be switched off where nobody is."""
    site = situation.site
    day = dt.datetime.fromtimestamp(situation.now_ns / NS_PER_SECOND, tz=site.zone()).date()
    meters = [
        (meter, SeriesKey(site.name, meter.device, meter.part, meter.power))
        for meter in site.meters_of(Role.LIGHTING, day)
    ]
    known = set(situation.series)
    if not meters or any(key not in known for _, key in meters):
        return [Refusal(advisor=KEY, reason="missing", missing=("lighting",))]
    if not site.racks:
        return [Refusal(advisor=KEY, reason="missing", missing=("racks",))]
    read = columns(situation, [key for _, key in meters], span_ns=LATEST_NS)
    power = np.sum([meter.factor * read.values[key] for meter, key in meters], axis=0)
    lit = power[np.isfinite(power)]
    if len(read) < LEAST_HOURS:
        return [too_short(KEY, LEAST_HOURS / 24.0)]
    if len(lit) < LEAST_HOURS:
        return [Refusal(advisor=KEY, reason="coverage", missing=("lighting",))]
    always_w = float(np.quantile(lit, ALWAYS))
    prior = electrical_limits().lighting
    need = as_parameter("lighting_need", prior, "not_metered", "W")
    if always_w <= prior.high * len(site.racks):
        return [Refusal(advisor=KEY, reason="in_order")]
    saved = always_w - need.draw(situation.draws) * len(site.racks)
    return [_advice(situation, [meter.device for meter, _ in meters], always_w, saved)]


def _advice(situation: Situation, devices: list[str], always_w: float, saved: Floats) -> Answer:
    frame, prior, racks = situation.sample, electrical_limits().lighting, len(situation.site.racks)
    saved_w = np.broadcast_to(saved, (len(saved), len(frame))) * situation.model.realisation.draw(situation.draws)
    # The light stands in the rooms: its heat need not be removed either.
    cold_w = cooling_saved_w(situation.model, frame, saved_w, situation.draws)
    proposal = Proposal(
        advisor=KEY,
        place=situation.site.name,
        actuator=", ".join(devices),
        change_from=always_w,
        change_to=float(np.median(always_w - saved)),
        unit="W",
        guards=(Check(key="emergency_light", status="not_evaluable", optional=True),),
        coefficients=(assumed("lighting_need per rack [W]", prior),),
        plan=Plan(option="C", method="baseline", target="site"),
        facts={"racks": str(racks)},
    )
    return recommended(situation, proposal, saved_w + np.nan_to_num(cold_w), frame)


ADVISOR = Advisor(key=KEY, needs=("lighting",), advise=advise)
