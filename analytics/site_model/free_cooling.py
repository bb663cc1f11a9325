"""A water-side economiser: how much heat its exchanger takes, and from what weather on it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.linear import FEWEST_ROWS, learned, narrowed
from analytics.site_model.parameter import Parameter
from analytics.site_model.priors import as_parameter, site_priors
from greendc.physics import moist_air
from greendc.physics.air import AIR_HEAT_CAPACITY, SEA_LEVEL_PRESSURE_PA
from greendc.physics.coil import WATER_DENSITY, WATER_HEAT_CAPACITY

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.plant_frame import PlantFrame

USED = 0.03
"""An economiser that takes a smaller share of the heat counts as off."""
WHOLE = 0.97
MILD_C = 12.0
LEAST_FLOW = 0.1
EVAPORATION_J_PER_KG = 2.5e6
REUSED = 0.06
"""Heat that is missing by more than this share of it was reused; less is the meters' error."""
_FLOOR_K = 0.3
_FIRST_USED = 0.05
_HYSTERESIS_K = 1.5
_MOVES = 0.4
_SLOWEST = 0.2
FULL = 0.97
"""A tower whose fan runs at this speed gives all it can."""


class FreeCooling(msgspec.Struct, frozen=True, kw_only=True):
    """``free = effect C (T_return - T_wet - approach cold)`` where T_return - T_wet is above ``head``.

    ``cold`` is `cold_factor`: the approach is that at a wet bulb of 12 degC. ``seen`` tells whether it has ever been
    on. ``useful`` is the head from which on it is worth being on, whatever its controls do. ``idle`` tells that it
    stayed off all the same where it would have been of use: nothing but a person turns it on.
    """

    effect: Parameter
    approach: Parameter
    head: Parameter
    useful: Parameter
    seen: bool
    idle: bool = False

    def parameters(self) -> tuple[Parameter, ...]:
        """Return all coefficients."""
        return self.effect, self.approach, self.head, self.useful


def stream_w_per_k(frame: PlantFrame) -> Floats:
    """Return the heat capacity of the chilled water's flow [W/K]."""
    return np.asarray(frame.chilled_m3_s * WATER_DENSITY * WATER_HEAT_CAPACITY, dtype=np.float64)


def _at_flow(prior: Parameter, speed: Floats) -> Parameter:
    """Return the exchanger's effectiveness at the usual flow: it has more of it where the water is slow.

    ``NTU ~ f^-0.4``: conductance falls less than the flow.
    """
    known = speed[np.isfinite(speed) & (speed > LEAST_FLOW)]
    if not len(known):
        return prior
    more = float(np.median(known)) ** -0.4

    def moved(effect: float) -> float:
        return float(-np.expm1(np.log1p(-effect) * more))

    value = moved(prior.value)
    error = prior.error * (moved(prior.value + 0.01) - moved(prior.value - 0.01)) / 0.02
    return msgspec.structs.replace(prior, value=value, error=error, low=moved(prior.low), high=moved(prior.high))


def cold_factor(wet_bulb_c: Floats) -> Floats:
    """Return how much less near a tower comes to a wet bulb than to one of 12 degC.

    What drives a tower is enthalpy (Merkel 1925), and cold saturated air takes up less of it per kelvin: the slope of
    its enthalpy at 12 degC over that at the wet bulb, at sea level.
    """
    known = np.where(np.isfinite(wet_bulb_c), wet_bulb_c, MILD_C)
    slope, usual = _enthalpy_slope(known), _enthalpy_slope(np.array([MILD_C]))
    return np.where(np.isfinite(wet_bulb_c), usual / slope, np.nan)


def _enthalpy_slope(wet_c: Floats) -> Floats:
    """Return what saturated air takes up [J/(kg K)]: 1006 + 2.5e6 dW/dT."""
    pressure = np.full(wet_c.shape, SEA_LEVEL_PRESSURE_PA)
    steeper = moist_air.humidity_ratio(wet_c + 0.5, pressure) - moist_air.humidity_ratio(wet_c - 0.5, pressure)
    return np.asarray(AIR_HEAT_CAPACITY + EVAPORATION_J_PER_KG * steeper, dtype=np.float64)


def served_w(frame: PlantFrame) -> Floats:
    """Return the heat [W] that free cooling and chillers carry: less than the rooms' where some of it is reused."""
    machines = np.where(np.isfinite(frame.chiller_heat_w), frame.chiller_heat_w, 0.0).sum(axis=1)
    known = np.isfinite(frame.chiller_heat_w).any(axis=1) & np.isfinite(frame.free_w)
    both = machines + np.where(known, frame.free_w, 0.0)
    with np.errstate(invalid="ignore"):
        # Where free cooling is on its share of the heat counts, which only its own meter and the chillers' tell.
        own = known & ((frame.free_w > 0) | (frame.heat_w - both > REUSED * frame.heat_w))
    return np.where(own, both, frame.heat_w)


def entering_c(frame: PlantFrame) -> Floats:
    """Return the chilled water's return [degC] after heat was taken from it for reuse."""
    reused = frame.heat_w - served_w(frame)
    with np.errstate(invalid="ignore", divide="ignore"):
        colder = np.where(reused > REUSED * frame.heat_w, reused / stream_w_per_k(frame), 0.0)
    return np.asarray(frame.chilled_return_c - colder, dtype=np.float64)


def fit_free_cooling(frame: PlantFrame) -> FreeCooling | None:
    """Return the economiser's law, or None when no series tells of one."""
    if not np.isfinite(frame.free_w).any():
        return None
    priors = site_priors()
    effect = _at_flow(as_parameter("exchanger", priors.exchanger, ""), frame.pump_speed)
    approach = as_parameter("economiser_approach", priors.tower_approach, "", "K")
    head = as_parameter("economiser_head", priors.economiser_head, "", "K")
    over = entering_c(frame) - frame.wet_bulb_c
    with np.errstate(invalid="ignore", divide="ignore"):
        share = frame.free_w / served_w(frame)
        partial = (share > USED) & (share < WHOLE) & np.isfinite(over)
        on, off = (share > USED) & np.isfinite(over), (share <= USED) & np.isfinite(over)
        taken = frame.free_w / stream_w_per_k(frame)
    # free / C = effect (over - approach): the intercept is effect x approach, about the prior's product.
    product = msgspec.structs.replace(
        approach,
        value=effect.value * approach.value,
        error=effect.value * approach.error,
        low=0.0,
        high=effect.high * approach.high,
    )
    cold = cold_factor(frame.wet_bulb_c)
    terms = np.stack([over, -cold], axis=1)
    found = learned([effect, product], terms[partial], taken[partial], floor=_FLOOR_K, varied=(0.5, 0.0))
    if found[0].source == "fitted" and found[1].source == "fitted":
        value = found[1].value / found[0].value
        effect = found[0]
        approach = narrowed(approach, value, max(0.3, found[1].error / found[0].value), found[1].rows)
    else:
        reason = "too_few" if int(partial.sum()) < FEWEST_ROWS else "not_varied"
        effect, approach = (msgspec.structs.replace(one, reason=reason) for one in (effect, approach))
        approach = _of_tower(frame, approach)
    useful = _useful(approach, over[on], cold[off])
    seen = int(on.sum()) >= FEWEST_ROWS
    missed = int((over[off] > useful.value + useful.error).sum()) if not seen else 0
    return FreeCooling(
        effect=effect,
        approach=approach,
        head=_head(head, over[on], over[off]),
        useful=useful,
        seen=seen,
        idle=missed >= FEWEST_ROWS,
    )


def _useful(approach: Parameter, on: Floats, cold: Floats) -> Parameter:
    """Return the head [K] from which on free cooling is worth it: where it was used, else approach and a margin."""
    margin = as_parameter("economiser_useful", site_priors().economiser_margin, "not_varied", "K")
    if len(on) >= FEWEST_ROWS:
        # Between turning off and on lie a kelvin or two in which either is right.
        value = float(np.quantile(on, _FIRST_USED)) + _HYSTERESIS_K
        return msgspec.structs.replace(
            margin, value=value, error=0.6, low=value - 1.5, high=value + 1.5, source="fitted", reason="", rows=len(on)
        )
    usual = float(np.median(cold)) if len(cold) else 1.0
    value, error = usual * approach.value + margin.value, float(np.hypot(usual * approach.error, margin.error))
    return msgspec.structs.replace(margin, value=value, error=error, low=margin.low, high=value + 3.0 * error)


def _of_tower(frame: PlantFrame, prior: Parameter) -> Parameter:
    """Return how near the tower comes at full speed while it serves chillers: an economiser's water is about that.

    From a slower fan it is worked out by the tower's law as it is believed.
    """
    law = site_priors().tower_law.mode
    with np.errstate(invalid="ignore"):
        near = (frame.condenser_c - frame.wet_bulb_c) / cold_factor(frame.wet_bulb_c)
        near = near * np.clip(frame.tower_speed, _SLOWEST, 1.0) ** (1.0 / law)
        told = (frame.tower_speed > _SLOWEST) & ~(frame.free_w > 0) & np.isfinite(near)
        whole = told & (frame.tower_speed >= FULL)
    # Behind a fan at full speed water that does not move with the weather is held by a valve, above what it gives:
    # then the fan follows something else all the time.
    if whole.any() and frame.condenser_c[whole].std() < _MOVES * frame.wet_bulb_c[whole].std():
        return prior
    near = near[told]
    if len(near) < FEWEST_ROWS:
        return prior
    value = float(np.clip(np.median(near), prior.low, prior.high))
    return msgspec.structs.replace(prior, value=value, error=1.0, source="fitted", reason="", rows=len(near))


def _head(prior: Parameter, on: Floats, off: Floats) -> Parameter:
    """Return the head [K] that tells rows with free cooling from rows without best."""
    if len(on) < FEWEST_ROWS or len(off) < FEWEST_ROWS:
        reason = "not_varied"
        if len(off) >= FEWEST_ROWS:
            # It has always been off: the head is above what was seen.
            low = float(np.quantile(off, 0.98))
            return msgspec.structs.replace(prior, value=max(prior.value, low + 0.5), low=low, reason=reason)
        if len(on) >= FEWEST_ROWS:
            high = float(np.quantile(on, 0.02))
            return msgspec.structs.replace(prior, value=min(prior.value, high - 0.5), high=high, reason=reason)
        return msgspec.structs.replace(prior, reason="too_few")
    tried = np.quantile(np.concatenate([on, off]), np.linspace(0.0, 1.0, 201))
    wrong = [float((on < one).sum() + (off >= one).sum()) for one in tried]
    value = float(tried[int(np.argmin(wrong))])
    return msgspec.structs.replace(
        prior, value=value, error=0.6, low=value - 2.0, high=value + 2.0, source="fitted", rows=len(on) + len(off)
    )
