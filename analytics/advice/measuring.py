"""Rows of the energy that a measure should save, with what it is adjusted for, from a plant's past by the hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.verification import observations
from greendc.units import kw

if TYPE_CHECKING:
    from analytics.advice.recommendation import Plan, Recommendation
    from analytics.counters import Floats
    from analytics.site_model import PlantFrame
    from analytics.verification import Observations
    from analytics.verification.observations import Flags

SETPOINTS = (("supply_k", "supply_set_c"), ("chilled_k", "chilled_set_c"))
"""Changes of set-points that telemetry shows, so that it is seen when a measure was on."""
LEAST_KNOWN = 0.5
"""A driver that is known less often than this share of the time adjusts nothing."""
NEAR = 0.25
"""A set-point within this share of the way stands at its old or its new place."""
LEAST_OFF = 0.2
"""A measure that was off for less than this share of the time was on, with interruptions."""


def target_w(frame: PlantFrame, target: str) -> Floats:
    """Return the power [W] of a plan's target by row, NaN where it is unknown."""
    if target == "ups":
        return np.asarray((frame.ups_in_w - frame.ups_out_w).sum(axis=1), dtype=np.float64)
    columns = {"site": frame.site_w, "cooling": frame.cooling_w, "it": frame.it_w}
    return columns[target]


def drivers_of(frame: PlantFrame, plan: Plan) -> dict[str, Floats]:
    """Return the columns that a target is adjusted for: those of the plan that the plant tells."""
    wanted = [name for name in plan.drivers if not (plan.target == "it" and name == "it_w")]
    columns = {name: getattr(frame, name) for name in wanted}
    if "wet_bulb_c" in columns and not _told(columns["wet_bulb_c"]):
        columns["outdoor_c"] = frame.outdoor_c
    return {name: column for name, column in columns.items() if _told(column)}


def rows_of(frame: PlantFrame, plan: Plan, drivers: dict[str, Floats], on: Floats | None = None) -> Observations | None:
    """Return complete rows in kilowatts, None when there are fewer than two.

    ``on`` says where the measure was on (1), off (0), or neither (NaN).
    """
    power = kw(1.0) * target_w(frame, plan.target)
    values = np.column_stack(list(drivers.values())) if drivers else np.empty((len(frame), 0))
    if (np.isfinite(power) & np.isfinite(values).all(axis=1)).sum() < 2:  # noqa: PLR2004 (one row has no length)
        return None
    return observations(frame.time_ns, power, values, tuple(drivers), switched=on, energy=False)


def was_on(frame: PlantFrame, advice: Recommendation) -> Floats | None:
    """Return where a set-point stood at its new place (1) or its old one (0), None where nothing tells or it stayed."""
    if advice.change is None or advice.change_from is None or advice.change_to is None:
        return None
    for name, column in SETPOINTS:
        if getattr(advice.change, name):
            stands = getattr(frame, column)
            mean = stands if stands.ndim == 1 else _mean(stands)
            share = (mean - advice.change_from) / (advice.change_to - advice.change_from)
            on = np.where(np.abs(share - 1.0) <= NEAR, 1.0, np.where(np.abs(share) <= NEAR, 0.0, np.nan))
            known: Flags = np.isfinite(on)
            if known.any() and (on[known] == 0).mean() >= LEAST_OFF and (on[known] == 1).any():
                return on
    return None


def _mean(values: Floats) -> Floats:
    known = np.isfinite(values)
    return np.where(
        known.any(axis=1), np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan
    )


def _told(column: Floats) -> bool:
    return bool(len(column)) and float(np.isfinite(column).mean()) >= LEAST_KNOWN
