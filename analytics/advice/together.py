"""All open advice at once: what is left of each saving when everything before it is carried out too, what breaks."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

import msgspec

from analytics.advice.air_limits import air_limits
from analytics.advice.free_share import reached
from analytics.advice.guards import air_guards
from analytics.advice.plant_limits import plant_limits
from analytics.advice.recommendation import Check, Recommendation, Spread
from analytics.advice.worth import worth_of
from analytics.site_model import Change

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats

KEY, UPS_RAIL = "together", "other_feed"
"""The check that says with which advice before it a piece cannot be carried out as well; ``with`` are their ids."""


def together(situation: Situation, answers: Sequence[Answer], turned_down: Collection[str] = ()) -> list[Answer]:
    """Return the answers, each recommendation with what it adds to all before it.

    Changes that the site model knows are replayed at once, never added up; others do not touch each other. Where all of
    them together would break a guard rail that each keeps alone, the later one says so and does not count for those
    after it. What people ``turned_down`` (ids) does not count either.
    """
    found: list[Answer] = []
    merged, before_w = Change(), None
    counted: list[str] = []
    span_ns = situation.now_ns - situation.start_ns
    for answer in answers:
        if not isinstance(answer, Recommendation) or answer.change is None or answer.id in turned_down:
            found.append(answer)
            continue
        both = merged.merged(answer.change)
        broken = _broken(situation, answer, both) if counted else ()
        if broken:
            found.append(_conflicting(answer, counted, broken))
            continue
        merged = both
        counted.append(answer.id)
        saved_w = situation.replay(merged).saved_w()
        added_w = (saved_w if before_w is None else saved_w - before_w) * _reached(situation, answer.change)
        before_w = saved_w
        frame = situation.sample
        worth = worth_of(added_w, frame.time_ns, frame.step_ns, span_ns, situation.prices, situation.draws)
        found.append(msgspec.structs.replace(answer, together_kwh=None if worth is None else worth.energy_kwh))
    return found


def total(advice: Iterable[Recommendation]) -> Spread | None:
    """Return what a site saves in a year with all advice carried out [kWh], None when there is none.

    Savings that were replayed together share the model's errors, so the ends of their ranges add up; the others err
    each on its own. What conflicts with advice before it is left out.
    """
    shared, alone = [], []
    for one in advice:
        if one.change is None:
            alone.append(one.energy_kwh)
        elif one.together_kwh is not None:
            shared.append(one.together_kwh)
    if not shared and not alone:
        return None
    middle = sum(one.p50 for one in (*shared, *alone))
    low = sum(one.p50 - one.p10 for one in shared)
    high = sum(one.p90 - one.p50 for one in shared)
    return Spread(
        p10=middle - hypot(low, *(one.p50 - one.p10 for one in alone)),
        p50=middle,
        p90=middle + hypot(high, *(one.p90 - one.p50 for one in alone)),
    )


def conflicts(advice: Recommendation) -> tuple[str, ...]:
    """Return the ids of advice that cannot be carried out besides this one."""
    return tuple(
        name
        for check in advice.guards
        if check.key == KEY and check.status == "failed"
        for name in check.params.get("with", "").split(", ")
        if name
    )


def _reached(situation: Situation, change: Change) -> Floats | float:
    """Return what is reached of a change under free cooling, as the advice on it says alone."""
    if change.chilled_k:
        return reached(situation, plant_limits().chilled_water.under_free_cooling)
    return reached(situation, air_limits().supply.under_free_cooling) if change.supply_k else 1.0


def _broken(situation: Situation, answer: Recommendation, both: Change) -> tuple[str, ...]:
    """Return the keys of guard rails that fail with all changes at once, though the advice keeps them alone."""
    alone = {check.key for check in answer.guards if check.status == "failed"}
    rails, _ = air_guards(situation, both, situation.expected(both))
    fed = {law.name for law in situation.model.ups}
    if len(fed) > 1 and both.ups_eco and (not both.ups or fed <= set(both.ups)):
        # Each keeps its guard rail while the other stays in double conversion; both at once leave no feed conditioned.
        return (UPS_RAIL,)
    return tuple(check.key for check in rails if check.status == "failed" and check.key not in alone)


def _conflicting(answer: Recommendation, counted: Sequence[str], broken: Sequence[str]) -> Recommendation:
    params = {"with": ", ".join(counted), "rails": ", ".join(broken)}
    check = Check(key=KEY, status="failed", params=params, optional=True)
    return msgspec.structs.replace(answer, guards=(*answer.guards, check))
