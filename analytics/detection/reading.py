"""One step of the series that have a value, as the components see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.arrays import BoolArray, FloatArray, Rows, Slot

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays

LARGEST_VALUE = 1e300
LARGEST = 1e30
"""A value farther from the first one than so many of its units is taken as this far."""
SLOTS_A_DAY = 48
DAY_NS = 86_400_000_000_000
SLOTS = {"origin": Slot(begin=np.nan), "unit": Slot(begin=np.nan), "count": Slot(kind="f4"), "floor": Slot()}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays over series. ``value`` is measured from the first one, in units of the first difference.

    So neither the unit nor the zero of a series changes anything. ``count`` is how many values the series has had
    before, ``floor`` the smallest distance that matters, in the same units, ``slot`` the half-hour of the day (UTC),
    or None when the time is not known.
    """

    value: FloatArray
    count: FloatArray
    floor: FloatArray
    slot: Rows | None


def read(state: Arrays, values: FloatArray, time_ns: Rows | None) -> Reading:
    """Return the values as the components see them, and count them."""
    origin, unit = state["origin"], state["unit"]
    bounded = np.clip(values, -LARGEST_VALUE / 4, LARGEST_VALUE / 4)
    np.copyto(origin, bounded, where=np.isnan(origin))
    away = bounded - origin
    first: BoolArray = np.isnan(unit) & (away != 0.0)
    np.copyto(unit, np.abs(away), where=first)
    known = np.where(np.isnan(unit), 1.0, unit)
    with np.errstate(over="ignore"):
        value = np.clip(away / known, -LARGEST, LARGEST)
        floor = np.minimum(state["floor"] / known, LARGEST)
    count = state["count"].astype(np.float64)
    state["count"] += 1.0
    slot = None if time_ns is None else (time_ns % DAY_NS) * SLOTS_A_DAY // DAY_NS
    return Reading(value=value, count=count, floor=floor, slot=slot)


def in_unit(state: Arrays, value: FloatArray) -> FloatArray:
    """Return a value of a reading in the unit of its series."""
    return state["origin"] + value * np.where(np.isnan(state["unit"]), 0.0, state["unit"])
