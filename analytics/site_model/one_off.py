"""The hottest rack with one cooling unit off, from what the data tell of the others' reserve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.site_model.air import mean_of
from analytics.site_model.coil import CoilState
from analytics.site_model.parameter import Draws
from analytics.site_model.servers import Warming

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.change import Change
    from analytics.site_model.plant_frame import PlantFrame
    from analytics.site_model.replay import Parts

LEAST_RESERVE = 0.98
"""Where the others make up for less of the air than this, the racks' own airflow must be known."""
QUANTILE = 0.99
ROUNDS = 4
_MOST_WARMER_K = 25.0
_MOST_BOOST = 2.0


def hottest_with_one_off(parts: Parts, frame: PlantFrame, change: Change) -> float | None:
    """Return the 99th percentile [degC] of the hottest inlet with one unit off in the group that bears it worst.

    Whatever rack is served by the group: the rise of the worst group is added to the hottest rack, which is on the
    safe side. None where the data cannot tell.
    """
    groups = parts.air.groups
    if (
        not groups
        or any(_left_over(frame, list(group)) > _MOST_BOOST for group in groups)
        or not np.isfinite(frame.inlet_high_c).any()
    ):
        return None
    high = np.where(np.isfinite(frame.inlet_high_c), frame.inlet_high_c, -np.inf).max(axis=1)
    worst = None
    for group in groups:
        warmer = _warmer(parts, frame, change, list(group))
        if warmer is None:
            return None
        then = (high + warmer)[np.isfinite(high + warmer)]
        if len(then):
            value = float(np.quantile(then, QUANTILE))
            worst = value if worst is None else max(worst, value)
    return worst


def _left_over(frame: PlantFrame, group: list[int]) -> float:
    """Return by how much the others must do more: units that look alike may still stand in different modules."""
    count = min(len(group), len(frame.units) // max(frame.zones, 1))
    return count / (count - 1.0) if count > 1 else np.inf


def _warmer(parts: Parts, frame: PlantFrame, change: Change, group: list[int]) -> Floats | None:
    """Return by how much [K] inlets are warmer with one unit of a group off, or None where the data cannot tell."""
    air, draws = parts.air, Draws(certain=True)
    boost = _left_over(frame, group)
    speed = mean_of(frame.speed[:, group])
    if not np.isfinite(speed).any():
        return None
    speed = np.where(np.isfinite(speed), speed, np.nanmedian(speed)) * change.fan_ratio
    follows = air.follows.value > 0.0
    warming = Warming(parts.servers, frame.inlet_c, frame.rack_w, draws)
    rise = mean_of(frame.return_c[:, group]) - mean_of(frame.supply_c[:, group])
    if not np.isfinite(rise).any():
        return None
    rise = np.where(np.isfinite(rise), rise, np.nanmedian(rise))
    margin, spill = air.margin.value, air.spill.value
    mixed_now = max(1.0 - margin, spill)
    warmer = np.full(len(frame), change.supply_k * air.inlet.value)
    for _ in range(ROUNDS):
        need = warming.flow_ratio(np.clip(warmer, 0.0, 20.0))[0]
        wanted = speed * boost * need if follows else speed
        reserve = np.minimum(wanted, 1.0) / (speed * boost * need)
        if air.margin.source != "fitted" and float(np.quantile(reserve, 1.0 - QUANTILE)) < LEAST_RESERVE:
            return None
        flow = reserve * need * change.fan_ratio
        mixed = np.maximum(1.0 - margin * flow / need, spill)
        it = warming.power_ratio(np.clip(warmer, 0.0, 20.0))[0] * change.it_ratio
        held = _cannot_hold(parts, frame, change, group, boost)
        if held is None:
            return None
        warmer = change.supply_k * air.inlet.value + rise * (mixed * it / flow - mixed_now) + held
        warmer = np.minimum(warmer, _MOST_WARMER_K)
    return warmer


def _cannot_hold(parts: Parts, frame: PlantFrame, change: Change, group: list[int], boost: float) -> Floats | None:
    """Return by how much [K] the supply air warms up because valves of the others are open already.

    A valve that would have to open to 1 / (1 - s) gives ``s`` too little heat; all air warms until it is moved.
    """
    valve = mean_of(frame.valve[:, group])
    if not np.isfinite(valve).any():
        return None
    supply, back = mean_of(frame.supply_c[:, group]), mean_of(frame.return_c[:, group])
    if not np.isfinite(frame.chilled_supply_c).any() or not np.isfinite(frame.heat_w).any():
        return None
    heat = frame.heat_w / max(len(frame.units), 1)
    stream = frame.chilled_m3_s * 4.18e6 / max(len(frame.units), 1)
    now = CoilState(heat, back, supply, frame.chilled_supply_c, stream)
    shift = change.supply_k
    then = CoilState(heat * boost, back + shift, supply + shift, frame.chilled_supply_c + change.chilled_k, stream)
    draws = Draws(certain=True)
    air_ratio = np.full((1, 1), min(boost, 1.0 / max(float(np.nanmedian(frame.speed[:, group])), 0.1)))
    ratio = parts.coil.water_ratio(now, then, air_ratio, draws)[0]
    share = np.clip(valve * ratio, 1.0, 6.0) ** -parts.coil.water.value
    lacks = then.mean_difference(np.ones(1)) * (1.0 / share - 1.0)
    return np.where(np.isfinite(lacks), lacks, 0.0)
