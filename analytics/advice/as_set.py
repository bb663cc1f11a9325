"""Which part of a past shows the plant as it is set now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Collection

    from analytics.counters import Floats
    from analytics.site_model import PlantFrame

DAY_NS = 24 * NS_PER_HOUR
LEAST_AS_SET_NS = DAY_NS
"""A day since the last change is the least that advice can rest on; before that the past stands in for it."""
MOVED_K = 0.3
"""Set-points within so much of today's are today's: registers round."""
MOST_TURNS, TURNS_A_DAY = 3, 1.0 / 14.0
"""A set-point that left today's value more often is moved by a schedule or by the weather, not by a person."""
RACKS = ("inlet_c", "inlet_high_c", "outlet_c", "rack_w")


def last_set_otherwise(frame: PlantFrame) -> int | None:
    """Return the end of the last row [ns] with other set-points than today's, None where they never were."""
    found: list[int] = []
    for values in (frame.chilled_set_c, *frame.supply_set_c.T):
        row = _last_other(values, frame.step_ns)
        if row is not None:
            found.append(int(frame.time_ns[row]) + frame.step_ns)
    return max(found, default=None)


def _last_other(values: Floats, step_ns: int) -> int | None:
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return None
    other = np.abs(values[known] - values[known[-1]]) > MOVED_K
    turns = int((np.diff(other.astype(np.int8)) > 0).sum()) + int(other[0])
    most = max(MOST_TURNS, TURNS_A_DAY * len(values) * step_ns / DAY_NS)
    return int(known[other][-1]) if other.any() and turns <= most else None


def without_racks(frame: PlantFrame, racks: Collection[str]) -> PlantFrame:
    """Return a frame without some of its racks."""
    kept = [i for i, rack in enumerate(frame.racks) if rack not in racks]
    if len(kept) == len(frame.racks):
        return frame
    columns = {name: getattr(frame, name)[:, kept] for name in RACKS}
    return msgspec.structs.replace(frame, racks=tuple(frame.racks[i] for i in kept), **columns)
