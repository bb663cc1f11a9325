"""A water-side economiser: how much heat its exchanger takes, and from what weather on it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.linear import FEWEST_ROWS, learned, narrowed
from analytics.site_model.parameter import Parameter
from analytics.site_model.priors import as_parameter, site_priors
from greendc.physics.coil import WATER_DENSITY, WATER_HEAT_CAPACITY

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.plant_frame import PlantFrame

USED = 0.03
"""An economiser that takes a smaller share of the heat counts as off."""
WHOLE = 0.97
_FLOOR_K = 0.3
FULL = 0.97
"""A tower whose fan runs at this speed gives all it can."""


class FreeCooling(msgspec.Struct, frozen=True, kw_only=True):
    """``free = effect C (T_return - T_wet - approach)`` where T_return - T_wet is above ``head``.

    ``seen`` tells whether it has ever been on.
    """

    effect: Parameter
    approach: Parameter
    head: Parameter
    seen: bool

    def parameters(self) -> tuple[Parameter, ...]:
        """Return all coefficients."""
        return self.effect, self.approach, self.head


def stream_w_per_k(frame: PlantFrame) -> Floats:
    """Return the heat capacity of the chilled water's flow [W/K]."""
    return np.asarray(frame.chilled_m3_s * WATER_DENSITY * WATER_HEAT_CAPACITY, dtype=np.float64)


def fit_free_cooling(frame: PlantFrame) -> FreeCooling | None:
    """Return the economiser's law, or None when no series tells of one."""
    if not np.isfinite(frame.free_w).any():
        return None
    priors = site_priors()
    effect, approach = as_parameter("exchanger", priors.exchanger, ""), None
    approach = as_parameter("economiser_approach", priors.tower_approach, "", "K")
    head = as_parameter("economiser_head", priors.economiser_head, "", "K")
    over = frame.chilled_return_c - frame.wet_bulb_c
    with np.errstate(invalid="ignore", divide="ignore"):
        share = frame.free_w / frame.heat_w
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
    terms = np.stack([over, -np.ones(len(over))], axis=1)
    found = learned([effect, product], terms[partial], taken[partial], floor=_FLOOR_K, varied=(0.5, 0.0))
    if found[0].source == "fitted" and found[1].source == "fitted":
        value = found[1].value / found[0].value
        effect = found[0]
        approach = narrowed(approach, value, max(0.3, found[1].error / found[0].value), found[1].rows)
    else:
        reason = "too_few" if int(partial.sum()) < FEWEST_ROWS else "not_varied"
        effect, approach = (msgspec.structs.replace(one, reason=reason) for one in (effect, approach))
        approach = _of_tower(frame, approach)
    return FreeCooling(
        effect=effect, approach=approach, head=_head(head, over[on], over[off]), seen=int(on.sum()) >= FEWEST_ROWS
    )


def _of_tower(frame: PlantFrame, prior: Parameter) -> Parameter:
    """Return how near the tower comes at full speed while it serves chillers: an economiser's water is about that."""
    with np.errstate(invalid="ignore"):
        near = frame.condenser_c - frame.wet_bulb_c
        near = near[(frame.tower_speed >= FULL) & ~(frame.free_w > 0) & np.isfinite(near)]
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
