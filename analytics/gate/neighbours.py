"""Which series tell about one another: peers in a zone, siblings in a device, a register and its rate."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from analytics.quality.twins import RATES
from greendc.model import SeriesKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.gate.columns import IndexArray
    from greendc.site import Site

FEWEST_PEERS = 4
"""So many series with parts of the same name are peers of their own; else numbers in the name do not count."""
MOST_SIBLINGS = 8
"""Devices with more sensors of a kind are not searched for swapped ones: too many pairs."""
SWAPPABLE = frozenset(
    {
        "air_temperature_c",
        "relative_humidity_ratio",
        "component_temperature_c",
        "current_a",
        "active_power_w",
    }
)
CENTRE = ""
_NUMBERS = re.compile(r"\d+")
T = TypeVar("T")


class Neighbours(msgspec.Struct, frozen=True, kw_only=True):
    """Groups are numbers, -1 for none; one element a series but for ``pairs``, the two series of each pair.

    ``zone`` are peers: one quantity of one kind of device in one room. ``siblings`` are of one quantity and device,
    ``place`` of one device and part. ``rate`` is the position of the rate of a register, -1 without one. ``node`` is
    the edge node that reads the device.
    """

    zone: np.ndarray
    siblings: np.ndarray
    place: np.ndarray
    device: np.ndarray
    node: np.ndarray
    rate: np.ndarray
    pairs: np.ndarray
    nodes: tuple[str, ...]


def neighbours_of(keys: Sequence[SeriesKey], site: Site | None = None) -> Neighbours:
    """Return how series belong together; without a site all devices stand in one room and none has peers by kind."""
    rooms, profiles, owners = _rooms(site), _profiles(site), site.owners() if site is not None else {}
    exact = [(rooms.get(key.device, ""), profiles.get(key.device, ""), key.part, key.quantity) for key in keys]
    sizes = _counted(exact)
    zones = [
        one if sizes[one] >= FEWEST_PEERS else (one[0], one[1], _NUMBERS.sub("#", one[2]), one[3]) for one in exact
    ]
    siblings = _numbered((key.device, key.quantity) for key in keys)
    owned = [owners.get(key.device, CENTRE) for key in keys]
    nodes = tuple(sorted(set(owned)))
    at = {key: position for position, key in enumerate(keys)}
    return Neighbours(
        zone=_numbered(zones),
        siblings=siblings,
        place=_numbered((key.device, key.part) for key in keys),
        device=_numbered(key.device for key in keys),
        node=np.array([nodes.index(name) for name in owned], dtype=np.intp),
        rate=np.array([at.get(_rate_of(key), -1) for key in keys], dtype=np.intp),
        pairs=_pairs(keys, siblings),
        nodes=nodes,
    )


def _counted(names: Iterable[T]) -> dict[T, int]:
    found: dict[T, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found


def _numbered(names: Iterable[object]) -> IndexArray:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.intp)


def _rate_of(key: SeriesKey) -> SeriesKey:
    return SeriesKey(key.site, key.device, key.part, RATES.get(key.quantity, ""))


def _pairs(keys: Sequence[SeriesKey], siblings: IndexArray) -> IndexArray:
    members: dict[int, list[int]] = {}
    for position, key in enumerate(keys):
        if key.quantity in SWAPPABLE:
            members.setdefault(int(siblings[position]), []).append(position)
    found = [pair for own in members.values() if len(own) <= MOST_SIBLINGS for pair in combinations(own, 2)]
    return np.array(found, dtype=np.intp).reshape(len(found), 2)


def _rooms(site: Site | None) -> dict[str, str]:
    """Return where the air of a device is from: the module or the room of its rack."""
    if site is None:
        return {}
    racks = {rack.name: rack.module or rack.room for rack in site.racks}
    return {entry.name: racks.get(entry.rack, "") for entry in site.devices}


def _profiles(site: Site | None) -> dict[str, str]:
    return {} if site is None else {entry.name: entry.profile for entry in site.devices}
