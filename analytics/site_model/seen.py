"""The range of a plant's past: a model says when a change leads far out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.change import Change
    from analytics.site_model.free_cooling import FreeCooling
    from analytics.site_model.plant_frame import PlantFrame

BEYOND_K = 3.0
"""A temperature further than this beyond what was seen is an extrapolation."""
BEYOND_RATIO = 0.25


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """The 1st and 99th percentile of a driver, and its median."""

    low: float
    middle: float
    high: float


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Ranges by driver; only what was known."""

    ranges: dict[str, Range]


def seen_in(frame: PlantFrame, supply: Floats, back: Floats) -> Seen:
    """Return the ranges of a frame."""
    with np.errstate(invalid="ignore"):
        speed = frame.speed.max(axis=1) if frame.units else np.zeros(0)
    drivers = {
        "supply_c": supply,
        "return_c": back,
        "chilled_c": frame.chilled_supply_c,
        "condenser_c": frame.condenser_c,
        "speed": speed,
        "it_w": frame.it_w,
        "load": frame.chiller_load.max(axis=1) if frame.chillers else np.zeros(0),
    }
    ranges = {}
    for name, values in drivers.items():
        known = values[np.isfinite(values)]
        if len(known):
            low, middle, high = (float(v) for v in np.quantile(known, (0.01, 0.5, 0.99)))
            ranges[name] = Range(low=low, middle=middle, high=high)
    return Seen(ranges=ranges)


def outside(seen: Seen, change: Change, *, free_cooling: FreeCooling | None) -> tuple[str, ...]:
    """Return the drivers that a change moves far beyond what was seen."""
    band = seen.ranges.get("condenser_c")
    condenser_k = change.condenser_k
    if change.condenser_c is not None:
        condenser_k = change.condenser_c - band.middle if band else change.condenser_c
    moved = {"supply_c": change.supply_k, "chilled_c": change.chilled_k, "condenser_c": condenser_k}
    said = [name for name, kelvin in moved.items() if kelvin and _far(seen.ranges.get(name), kelvin, BEYOND_K)]
    for name, ratio in (("speed", change.fan_ratio), ("it_w", change.it_ratio)):
        band = seen.ranges.get(name)
        step = 0.0 if band is None else band.middle * (ratio - 1.0)
        if ratio != 1.0 and (band is None or _far(band, step, BEYOND_RATIO * band.middle)):
            said.append(name)
    if change.economiser and (free_cooling is None or not free_cooling.seen):
        said.append("economiser")
    return tuple(sorted(said))


def _far(band: Range | None, step: float, beyond: float) -> bool:
    if band is None:
        return True
    then = band.middle + step
    return then > band.high + beyond or then < band.low - beyond
