"""The hottest rack with one cooling unit off, from what the data tell of the others' reserve.

Where the data leave a choice the warmer answer is given: a group that lacks air is taken to stand at the very point
below which exhaust makes up for it, and a valve that is nearly open to have nothing left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.site_model.air import mean_of
from analytics.site_model.air_replay import LEAST_SPEED
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
SAFE = 1.65
"""So many standard errors less than its expected value is the air that is taken to reach the racks."""
OPEN = 0.85
"""A chilled-water valve further open than this has nothing left."""
SENSOR_K = 0.3
"""What a sensor before a rack may read too little."""
_MOST_WARMER_K = 25.0
_MOST_BOOST = 3.0
_FEW = 0.01


def hottest_with_one_off(parts: Parts, frame: PlantFrame, change: Change) -> float | None:
    """Return the 99th percentile [degC] of the hottest inlet with one unit off in the group that bears it worst.

    Whatever rack is served by the group: the rise of the worst group is added to the hottest rack, which is on the
    safe side. None where the data cannot tell.
    """
    groups = [group for group in parts.air.groups if _runs(frame.speed[:, list(group)]).any()]
    if not groups or not np.isfinite(frame.inlet_high_c).any():
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
    return None if worst is None else worst + SENSOR_K


def _runs(speed: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.isfinite(speed) & (speed > LEAST_SPEED)


def _boost(frame: PlantFrame, change: Change, group: list[int]) -> Floats | None:
    """Return by how much those that still run must do more, by row; None where too few of them are left.

    Units that look alike may still stand in different modules, and one that stands may be of any of them.
    """
    stand = (np.isfinite(frame.speed) & ~_runs(frame.speed)).sum(axis=1)
    off = len({frame.units[i] for i in group} & set(change.units_off))
    runs = np.minimum(len(group), np.maximum(len(frame.units) // max(frame.zones, 1) - stand, 0))
    boost = np.where(runs - off > 1.0, runs / np.maximum(runs - off - 1.0, 1e-9), np.inf)
    if float((boost > _MOST_BOOST).mean()) > _FEW:
        return None
    return np.minimum(boost, _MOST_BOOST)


def _warmer(parts: Parts, frame: PlantFrame, change: Change, group: list[int]) -> Floats | None:
    """Return by how much [K] inlets are warmer with one unit of a group off, or None where the data cannot tell."""
    air, draws = parts.air, Draws(certain=True)
    boost = _boost(frame, change, group)
    speed = mean_of(np.where(_runs(frame.speed[:, group]), frame.speed[:, group], np.nan))
    rise = mean_of(frame.return_c[:, group]) - mean_of(frame.supply_c[:, group])
    if boost is None or not np.isfinite(speed).any() or not np.isfinite(rise).any():
        return None
    held = _cannot_hold(parts, frame, change, group, boost)
    if held is None:
        return None
    speed = np.where(np.isfinite(speed), speed, np.nanmedian(speed)) * change.fan_ratio
    rise = np.where(np.isfinite(rise), rise, np.nanmedian(rise))
    follows = air.follows.value > 0.0
    warming = Warming(parts.servers, frame.inlet_c, frame.rack_w, draws)
    mixed_now = max(1.0 - air.margin.value, air.spill.value)
    enough = max(air.margin.value - SAFE * air.margin.error, 1.0)
    warmer = np.full(len(frame), change.supply_k * air.inlet.value)
    for _ in range(ROUNDS):
        need = warming.flow_ratio(np.clip(warmer, 0.0, 20.0))[0]
        wanted = speed * boost * need if follows else speed
        reserve = np.minimum(wanted, 1.0) / (speed * boost * need)
        if air.margin.source != "fitted" and float(np.quantile(reserve, 1.0 - QUANTILE)) < LEAST_RESERVE:
            return None
        share = reserve * change.fan_ratio
        mixed = np.minimum(mixed_now + np.maximum(1.0 - enough * share, 0.0), 1.0)
        it = warming.power_ratio(np.clip(warmer, 0.0, 20.0))[0] * change.it_ratio
        warmer = change.supply_k * air.inlet.value + rise * (mixed * it / (share * need) - mixed_now) + held
        warmer = np.minimum(warmer, _MOST_WARMER_K)
    return warmer


def _cannot_hold(parts: Parts, frame: PlantFrame, change: Change, group: list[int], boost: Floats) -> Floats | None:
    """Return by how much [K] the supply air warms up because valves of the others are open already.

    A valve that would have to open to 1 / (1 - s) gives ``s`` too little heat; all air warms until it is moved.
    """
    valve = np.where(np.isfinite(frame.valve[:, group]), frame.valve[:, group], -np.inf).max(axis=1)
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
    air_ratio = np.minimum(boost, 1.0 / max(float(np.nanmedian(frame.speed[:, group])), 0.1))[None, :]
    ratio = parts.coil.water_ratio(now, then, air_ratio, draws)[0]
    share = np.clip(valve * ratio / OPEN, 1.0, 6.0) ** -parts.coil.water.value
    lacks = then.mean_difference(np.ones(1)) * (1.0 / share - 1.0)
    return np.where(np.isfinite(lacks), lacks, 0.0)
