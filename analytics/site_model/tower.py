"""A cooling tower: how fast its fan must run for an approach to the wet bulb, and how near it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.drive import Drive, fit_drive
from analytics.site_model.free_cooling import FULL, cold_factor, served_w
from analytics.site_model.linear import learned
from analytics.site_model.parameter import Draws, Parameter
from analytics.site_model.priors import as_parameter, site_priors

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.plant_frame import PlantFrame

LEAST_APPROACH_K = 0.3
_FLOOR = 0.05
_LEAST_SPEED = 0.2
_HELD_ROWS = 24
_PLATEAU, _HIGHEST_PLATEAU = 0.1, 0.7


class Tower(msgspec.Struct, frozen=True, kw_only=True):
    """``f = k (Q / approach)^m cold^c`` and the fan's law; ``set_c`` is the condenser water's set-point as far as seen.

    ``cold`` is `cold_factor`. ``least`` is the lowest speed seen.
    """

    law: Parameter
    drive: Drive
    set_c: Parameter
    least: float

    def parameters(self) -> tuple[Parameter, ...]:
        """Return all coefficients."""
        return self.law, self.set_c, *self.drive.parameters()

    def full_approach_k(self, approach_k: Floats, speed: Floats, draws: Draws) -> Floats:
        """Return the approach [K] that the fan would reach at full speed, [draws x rows]."""
        law = self.law.draw(draws)
        return np.asarray(approach_k * np.clip(speed, 0.05, 1.0) ** (1.0 / law), dtype=np.float64)

    def speed_for(self, full_k: Floats, approach_k: Floats, draws: Draws) -> Floats:
        """Return the speed [0..1] for an approach, given the one at full speed."""
        wanted = np.maximum(approach_k, LEAST_APPROACH_K)
        return np.clip((full_k / wanted) ** self.law.draw(draws), self.least, 1.0)


def fit_tower(frame: PlantFrame) -> Tower | None:
    """Return the tower's law, or None when neither its power nor its speed is metered."""
    if not np.isfinite(frame.tower_w).any() or not np.isfinite(frame.condenser_c).any():
        return None
    priors = site_priors()
    law = as_parameter("tower_law", priors.tower_law, "")
    drive = fit_drive(
        frame.tower_speed[:, None],
        frame.tower_w[:, None],
        as_parameter("tower_fixed", priors.tower_fixed, ""),
        as_parameter("tower_exponent", priors.tower_exponent, ""),
    )
    speed, heat = frame.tower_speed, served_w(frame)
    running = np.isfinite(speed) & (speed > 0.05)  # noqa: PLR2004 (a fan that stands has no law)
    least = _least(speed[running])
    approach = frame.condenser_c - frame.wet_bulb_c
    free = np.where(np.isfinite(frame.free_w), frame.free_w, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = running & (speed < FULL) & (speed > 1.05 * least) & (approach > LEAST_APPROACH_K) & (free <= 0)
        cold = np.log(cold_factor(frame.wet_bulb_c))
        terms = np.stack([np.log(heat / approach), cold, np.ones(len(speed))], axis=1)
        target = np.log(speed)
    level = Parameter(name="level", value=0.0, error=30.0)
    # Where the set-point is held, approach and wet bulb move as one: how cold air counts is left to the data.
    colder = Parameter(name="tower_cold", value=law.value, error=0.8, low=0.0)
    found = learned(
        [law, colder, level],
        terms[between],
        target[between],
        floor=_FLOOR,
        least_error=0.08,
        varied=(0.05, 0.0, 0.0),
    )
    return Tower(law=found[0], drive=drive, set_c=_set_point(frame, free), least=least)


def _least(speed: Floats) -> float:
    """Return the speed that the fan is held at where it needs less: a plateau at the bottom, else a usual figure."""
    if not len(speed):
        return _LEAST_SPEED
    lowest = float(np.quantile(speed, 0.01))
    plateau = float((speed < lowest + 0.01).mean()) > _PLATEAU and lowest < _HIGHEST_PLATEAU
    return lowest if plateau else min(lowest, _LEAST_SPEED)


def _set_point(frame: PlantFrame, free: Floats) -> Parameter:
    """Return the condenser water's set-point [degC]: held while the fan has reserve, else below what was seen."""
    known = np.isfinite(frame.condenser_c) & (free <= 0)
    known = known if known.any() else np.isfinite(frame.condenser_c)
    with np.errstate(invalid="ignore"):
        held = known & (frame.tower_speed < FULL)
    name = "condenser_set"
    if int(held.sum()) >= _HELD_ROWS:
        value = float(np.median(frame.condenser_c[held]))
        return Parameter(name=name, value=value, error=0.3, unit="Cel", source="fitted", rows=int(held.sum()))
    value = float(np.quantile(frame.condenser_c[known], 0.02))
    return Parameter(
        name=name, value=value - 0.7, error=0.7, low=value - 4.0, high=value, unit="Cel", reason="not_held"
    )  # fmt: skip
