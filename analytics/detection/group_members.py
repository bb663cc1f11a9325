"""Which gauges of a site are judged together: those of a cooling unit, UPS or CDU, and of the loop that makes cold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.profiles import profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.detection.intake import BoolArray
    from greendc.model import SeriesKey
    from greendc.site import Site

ALONE = frozenset({"crah", "crac", "cdu", "ups", "heat_pump", "chiller"})
"""Kinds of devices whose gauges are a group by themselves."""
LOOP = frozenset({"chiller", "drive", "economiser"})
"""Kinds that are one group together, as long as they have no more than `MOST_SENSORS` gauges."""
LOOP_NAME = "loop"
FEWEST_SENSORS = 4
MOST_SENSORS = 40
MOST_GROUPS = 64
"""A site has no more groups: the first by name, the loop before all."""


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """A group: its name, the places of its series among all, and the devices they are of."""

    name: str
    places: tuple[int, ...]
    devices: frozenset[str]


def members_of(keys: Sequence[SeriesKey], site: Site, judged: BoolArray) -> list[Members]:
    """Return the groups of a site; ``judged`` are the series that may be part of one."""
    kinds = {entry.name: profile(entry.profile).kind for entry in site.devices}
    of: dict[str, list[int]] = {}
    for place in np.flatnonzero(judged).tolist():
        of.setdefault(keys[place].device, []).append(place)
    loop = sorted(place for device, own in of.items() if kinds.get(device) in LOOP for place in own)
    found = []
    taken: frozenset[str] = frozenset()
    if FEWEST_SENSORS <= len(loop) <= MOST_SENSORS:
        found.append(_group(LOOP_NAME, loop, keys))
        taken = found[0].devices
    found += [
        _group(device, own[:MOST_SENSORS], keys)
        for device, own in sorted(of.items())
        if kinds.get(device) in ALONE and device not in taken and len(own) >= FEWEST_SENSORS
    ]
    return found[:MOST_GROUPS]


def _group(name: str, places: Sequence[int], keys: Sequence[SeriesKey]) -> Members:
    return Members(name=name, places=tuple(places), devices=frozenset(keys[place].device for place in places))
