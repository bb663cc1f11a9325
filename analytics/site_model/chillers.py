"""Chillers: energy input ratio against temperatures and part load, ``ln(P / Q)`` linear in its coefficients."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.linear import learned
from analytics.site_model.parameter import Draws, Parameter
from analytics.site_model.priors import as_parameter, responses, site_priors

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.plant_frame import PlantFrame

CHILLED_C, CONDENSER_C, LOAD = 10.0, 24.0, 0.6
"""Where the input ratio is the first coefficient."""
RUNNING = 0.05
_FLOOR = 0.02
_VARIED = (0.0, 0.4, 0.7, 0.02, 0.005)
"""Kelvins and part loads by which a driver must have moved (standard deviation)."""
_LEAST, _MOST = 0.15, 1.1


class Chillers(msgspec.Struct, frozen=True, kw_only=True):
    """``ln(P/Q) = ratio - chilled (T_w - 10) + condenser (T_c - 24) + slope (l - 0.6) + curve (l - 0.6)^2``.

    ``capacity_w`` is what one machine gives at full load, ``count`` how many there are.
    """

    ratio: Parameter
    chilled: Parameter
    condenser: Parameter
    slope: Parameter
    curve: Parameter
    capacity_w: float
    count: int

    def parameters(self) -> tuple[Parameter, ...]:
        """Return all coefficients."""
        return self.ratio, self.chilled, self.condenser, self.slope, self.curve

    def input_ratio(self, chilled_c: Floats, condenser_c: Floats, load: Floats, draws: Draws) -> Floats:
        """Return P over Q, [draws x rows]."""
        part = np.clip(load, _LEAST, _MOST) - LOAD
        exponent = self.ratio.draw(draws) - self.chilled.draw(draws) * (chilled_c - CHILLED_C)
        exponent = exponent + self.condenser.draw(draws) * (condenser_c - CONDENSER_C)
        return np.exp(exponent + self.slope.draw(draws) * part + self.curve.draw(draws) * part * part)


def fit_chillers(frame: PlantFrame) -> Chillers | None:
    """Return the machines' common law, or None when no chiller has power and heat metered."""
    power, heat, load = frame.chiller_w, frame.chiller_heat_w, frame.chiller_load
    if not power.shape[1] or not np.isfinite(power).any() or not np.isfinite(heat).any():
        return None
    largest = float(np.nanmax(heat))
    with np.errstate(invalid="ignore", divide="ignore"):
        running = (heat > RUNNING * largest) & (power > 0)
        whole = np.where(running & (load > RUNNING), heat / load, np.nan)
    capacity_w = float(np.nanmedian(whole)) if np.isfinite(whole).any() else largest
    if not running.any():
        # Free cooling took everything: a machine of this plant could carry it, which is all that is known.
        capacity_w = max(_largest(frame.heat_w), _largest(frame.it_w), 1.0)
    part = np.where(np.isfinite(load), load, heat / capacity_w)
    at, machine = np.nonzero(running)
    chilled, condenser = frame.chilled_supply_c[at], frame.condenser_c[at]
    part = np.clip(part[at, machine], _LEAST, _MOST) - LOAD
    terms = np.stack([np.ones(len(at)), CHILLED_C - chilled, condenser - CONDENSER_C, part, part * part], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        target = np.log(power[at, machine] / heat[at, machine])
    found = _within(terms, target)
    return Chillers(
        ratio=found[0],
        chilled=found[1],
        condenser=found[2],
        slope=found[3],
        curve=found[4],
        capacity_w=capacity_w,
        count=power.shape[1],
    )


def _within(terms: Floats, target: Floats) -> list[Parameter]:
    """Return the coefficients; where one stands at a bound the others are fitted again beside it."""
    priors, varied = _priors(), list(_VARIED)
    found = learned(priors, terms, target, floor=_FLOOR, varied=varied)
    for i in reversed(range(1, len(found))):
        if varied[i] < math.inf and found[i].value in {found[i].low, found[i].high}:
            held = found[i]
            priors[i], varied[i] = held, math.inf
            found = learned(priors, terms, target, floor=_FLOOR, varied=varied)
            found[i] = held
    return found


def _largest(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else 0.0


def _priors() -> list[Parameter]:
    priors, known = site_priors(), responses()
    cop = as_parameter("chiller_ratio", priors.chiller_cop, "")
    ratio = msgspec.structs.replace(
        cop,
        value=-math.log(cop.value),
        error=cop.error / cop.value,
        low=-math.log(priors.chiller_cop.high) - 0.5,
        high=-math.log(priors.chiller_cop.low) + 0.5,
    )
    return [
        ratio,
        as_parameter("chiller_per_k_chilled", known.chiller_water_cooled, "", "1/K"),
        as_parameter("chiller_per_k_condenser", priors.chiller_condenser, "", "1/K"),
        as_parameter("chiller_part_load_slope", priors.part_load_slope, ""),
        as_parameter("chiller_part_load_curve", priors.part_load_curve, ""),
    ]
