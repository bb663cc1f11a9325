"""Losses of UPSs: constant, linear and square parts, none of them negative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.linear import FEWEST_ROWS, narrowed
from analytics.site_model.parameter import Draws, Parameter
from analytics.site_model.priors import as_parameter, site_priors
from greendc.physics.electrical import ups_loss

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.plant_frame import PlantFrame

_FLOOR = 0.001
"""Of rated: the noise of two meters."""
_MOST_LOADED = 0.8
"""Where nothing tells what a UPS is rated for, its greatest load is taken for so much of it."""


class UpsLosses(msgspec.Struct, frozen=True, kw_only=True):
    """``loss = rated (k0 + k1 x + k2 x^2)`` of one UPS."""

    name: str
    rated_w: float
    no_load: Parameter
    linear: Parameter
    square: Parameter

    def parameters(self) -> tuple[Parameter, ...]:
        """Return all coefficients."""
        return self.no_load, self.linear, self.square

    def loss_w(self, output_w: Floats, draws: Draws) -> Floats:
        """Return the loss [W], [draws x rows]."""
        k0, k1, k2 = (one.draw(draws) for one in self.parameters())
        load = output_w / self.rated_w
        return np.asarray(self.rated_w * (k0 + k1 * load + k2 * load * load), dtype=np.float64)

    def expected_w(self, output_w: float) -> float:
        """Return the expected loss [W] at an output [W]."""
        k0, k1, k2 = (one.value for one in self.parameters())
        return float(ups_loss(output_w, self.rated_w, k0=k0, k1=k1, k2=k2))


def fit_ups(frame: PlantFrame) -> tuple[UpsLosses, ...]:
    """Return the law of each UPS whose output is metered and was not nothing all the time."""
    found = []
    for i, name in enumerate(frame.ups):
        out = frame.ups_out_w[:, i]
        if np.isfinite(out).any():
            rated = frame.ups_rated_w[i]
            rated_w = float(rated) if np.isfinite(rated) else float(np.nanmax(out)) / _MOST_LOADED
            if rated_w > 0.0:
                found.append(_fit_one(name, out, frame.ups_in_w[:, i] - out, rated_w))
    return tuple(found)


def _fit_one(name: str, out: Floats, loss: Floats, rated_w: float) -> UpsLosses:
    """Fit by non-negative least squares, with the priors as three more rows."""
    from scipy.optimize import nnls  # noqa: PLC0415 (a third of a second, wanted where UPSs are)

    p = site_priors()
    priors = [
        as_parameter(f"{name}/no_load", p.ups_no_load, ""),
        as_parameter(f"{name}/linear", p.ups_linear, ""),
        as_parameter(f"{name}/square", p.ups_square, ""),
    ]
    known = np.isfinite(out) & np.isfinite(loss) & (out > 0) & (loss > 0)
    if int(known.sum()) < FEWEST_ROWS:
        reason = "too_few" if np.isfinite(loss).any() else "not_metered"
        kept = [msgspec.structs.replace(one, reason=reason) for one in priors]
        return UpsLosses(name=name, rated_w=rated_w, no_load=kept[0], linear=kept[1], square=kept[2])
    load, target = out[known] / rated_w, loss[known] / rated_w
    terms = np.stack([np.ones(len(load)), load, load * load], axis=1)
    noise = max(_FLOOR, float((target - terms @ np.linalg.lstsq(terms, target, rcond=None)[0]).std()))
    # A day of quarters of an hour counts as eight rows: they are alike.
    each = (min(1.0, 8.0 * (len(load) / 96.0 + 1.0) / len(load))) ** 0.5 / noise
    errors = np.array([one.error for one in priors])
    rows = np.vstack([terms * each, np.diag(1.0 / errors)])
    right = np.concatenate([target * each, np.array([one.value for one in priors]) / errors])
    values, _ = nnls(rows, right)
    spread = np.sqrt(np.diag(np.linalg.inv(rows.T @ rows)))
    fitted = [
        narrowed(one, float(value), max(float(error), 0.02 * float(value)), len(load))
        for one, value, error in zip(priors, values, spread, strict=True)
    ]
    return UpsLosses(name=name, rated_w=rated_w, no_load=fitted[0], linear=fitted[1], square=fitted[2])
