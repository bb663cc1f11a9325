"""Water that a saving of energy saves: heat that is not there need not evaporate in a tower.

``V = dQ e (1 + 1 / (C - 1))``: dQ [kWh] is the heat that a tower no longer rejects, e what evaporates for a
kilowatt-hour (about 1.25 L), C the cycles of concentration, which say what is bled. What tower fans and condenser pumps
take never becomes heat of the tower; all other power of the plant does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.columns import columns
from analytics.advice.plant_limits import plant_limits
from analytics.advice.worth import HOURS_A_YEAR, spread, year_share
from analytics.site_model.priors import as_parameter
from greendc.units import W_PER_KW

if TYPE_CHECKING:
    from analytics.advice.recommendation import Plan, Spread
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.site_model import Change

COOLED = frozenset(("ups", "it", "cooling"))
"""Targets whose whole saving is heat that cooling carries away."""
_BESIDE = ("condenser_pumps", "tower")
_LITRES_PER_M3 = 1000.0
_LEAST_W, _LEAST_CYCLES = 1e-6, 1.2
_MOST_SHARE = 20.0


def evaporates(situation: Situation) -> bool:
    """Tell whether a cooling tower is seen; an air-cooled plant takes no water."""
    frame = situation.frame
    return bool(np.isfinite(frame.tower_w).any() or np.isfinite(frame.tower_speed).any())


def water_saved(situation: Situation, change: Change | None, plan: Plan, saved_w: Floats) -> Spread | None:
    """Return the water [m3] that a year of a saving [W, draws x rows] saves; None where it touches none.

    A change that the site model knows tells by part what heat is left; advice without one saves heat where its
    target is cooled.
    """
    if not evaporates(situation) or (change is None and plan.target not in COOLED):
        return None
    share = 1.0 if change is None else _heat_share(situation, change)
    known = np.isfinite(saved_w).all(axis=0)
    if share is None or not known.any():
        return None
    mean_w = saved_w[:, known].mean(axis=1)
    span_ns = situation.now_ns - situation.start_ns
    year = year_share(span_ns, situation.draws, len(mean_w), yearly=True)
    return spread(mean_w * year * share / W_PER_KW * HOURS_A_YEAR * litres_per_kwh(situation) / _LITRES_PER_M3)


def litres_per_kwh(situation: Situation) -> Floats:
    """Return the water [L] that a tower takes for each kilowatt-hour it rejects, by draw."""
    draws, priors = situation.draws, plant_limits()
    evaporated = as_parameter("evaporation", priors.evaporation_l_per_kwh, "not_metered").draw(draws)[:, 0]
    cycles = measured_cycles(situation)
    many = as_parameter("cycles", priors.cycles, "not_metered").draw(draws)[:, 0] if cycles is None else cycles
    return np.asarray(evaporated * (1.0 + 1.0 / (many - 1.0)), dtype=np.float64)


def measured_cycles(situation: Situation) -> float | None:
    """Return the cycles of concentration that the water treatment tells, None where nothing does.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    keys = [key for key in situation.series if key.quantity == "concentration_cycles"]
    values = columns(situation, keys).of(keys)
    values = values[np.isfinite(values) & (values > _LEAST_CYCLES)]
    return float(np.median(values)) if values.size else None


def _heat_share(situation: Situation, change: Change) -> float | None:
    """Return the heat that is not rejected over the power saved, both expected; below 0 where fans save, not heat."""
    replay = situation.expected(change)
    saved = {name: replay.before[name] - replay.power[name] for name in replay.power}
    known = np.isfinite(sum(saved.values())).all(axis=0)
    if not known.any():
        return None
    total = float(sum(values[:, known].mean() for values in saved.values()))
    heat = total - float(sum(saved[name][:, known].mean() for name in _BESIDE))
    if abs(total) < _LEAST_W:
        return None
    return float(np.clip(heat / total, -_MOST_SHARE, _MOST_SHARE))
