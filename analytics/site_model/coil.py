"""Coils: how much chilled water they need for a heat, from the temperatures on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.linear import learned
from analytics.site_model.parameter import Draws, Parameter
from analytics.site_model.priors import as_parameter, site_priors

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.plant_frame import PlantFrame

_HALVINGS = 16
_MOST_FLOW = 6.0
_LEAST_K = 0.2
_FLOOR = 0.03
_VARIED = (0.2, 0.1, 0.0)


class Coil(msgspec.Struct, frozen=True, kw_only=True):
    """Conductance against the flows of water and air: ``UA = UA_now (w / w_now)^p (a / a_now)^q``."""

    water: Parameter
    air: Parameter

    def parameters(self) -> tuple[Parameter, ...]:
        """Return both coefficients."""
        return self.water, self.air

    def water_ratio(self, now: CoilState, then: CoilState, air_ratio: Floats, draws: Draws) -> Floats:
        """Return the water that is needed over that of now, [draws x rows]; at most six times.

        The conductance of now follows from the temperatures of now, so no size of a coil is needed; the flow is found
        by halving, since more water always moves more heat.
        """
        p, q = self.water.draw(draws), self.air.draw(draws)
        conductance = now.heat_w / now.mean_difference(np.ones(1)) * air_ratio**q
        low = np.full(np.broadcast_shapes(conductance.shape, then.heat_w.shape), np.log(0.05))
        high = np.full(low.shape, np.log(_MOST_FLOW))
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            flow = np.exp(middle)
            enough = conductance * flow**p * then.mean_difference(flow) > then.heat_w
            high, low = np.where(enough, middle, high), np.where(enough, low, middle)
        return np.asarray(np.exp(0.5 * (low + high)), dtype=np.float64)


class CoilState:
    """Heat [W] and temperatures [degC] of a coil; ``stream`` is the capacity of its water now [W/K]."""

    def __init__(self, heat_w: Floats, warm_c: Floats, cold_c: Floats, water_c: Floats, stream: Floats) -> None:
        """Take air that enters and leaves, and water that enters."""
        self.heat_w, self.warm_c, self.cold_c, self.water_c, self.stream = heat_w, warm_c, cold_c, water_c, stream

    def mean_difference(self, flow: Floats) -> Floats:
        """Return the logarithmic mean temperature difference [K] at a flow relative to now (counter-flow)."""
        leaves_c = self.water_c + self.heat_w / (self.stream * flow)
        one = np.maximum(self.warm_c - leaves_c, 1e-3)
        two = np.maximum(self.cold_c - self.water_c, _LEAST_K)
        ratio = one / two
        near = np.abs(ratio - 1.0) < 1e-3  # noqa: PLR2004 (the limit of the fraction)
        safe = np.where(near, 2.0, ratio)
        return np.asarray(np.where(near, 0.5 * (one + two), (one - two) / np.log(safe)), dtype=np.float64)


def fit_coil(frame: PlantFrame, supply: Floats, back: Floats) -> Coil:
    """Return how conductance follows water (by the valves' opening) and air (by the fans' speed)."""
    priors = site_priors()
    water = as_parameter("coil_water", priors.coil_water, "")
    air = as_parameter("coil_air", priors.coil_air, "")
    with np.errstate(invalid="ignore", divide="ignore"):
        opening = np.nanmean(np.where(np.isfinite(frame.valve), frame.valve, 0.0), axis=1) if frame.units else supply
        speed = np.nanmean(np.where(np.isfinite(frame.speed), frame.speed, 0.0), axis=1) if frame.units else supply
        stream = frame.chilled_m3_s * 4.18e6
        state = CoilState(frame.heat_w, back, supply, frame.chilled_supply_c, stream)
        conductance = np.log(frame.heat_w / state.mean_difference(np.ones(1)))
        terms = np.stack([np.log(opening), np.log(speed), np.ones(len(supply))], axis=1)
    usable = np.isfinite(terms).all(axis=1) & np.isfinite(conductance)
    if not usable.any():
        return Coil(water=_because(water, "not_metered"), air=_because(air, "not_metered"))
    terms = terms - np.where(np.arange(3) < 2, terms[usable].mean(axis=0), 0.0)  # noqa: PLR2004 (the constant stays)
    level = Parameter(name="level", value=float(conductance[usable].mean()), error=5.0)
    found = learned([water, air, level], terms, conductance, floor=_FLOOR, least_error=0.1, varied=_VARIED)
    return Coil(water=found[0], air=found[1])


def _because(prior: Parameter, reason: str) -> Parameter:
    return msgspec.structs.replace(prior, reason=reason)
