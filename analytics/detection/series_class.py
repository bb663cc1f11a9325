"""How the learned detectors look at a series: its class, the least deviation that matters, and where harm lies."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics import data
from analytics.detection.finding import BOTH
from greendc.profiles import profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from greendc.model import SeriesKey
    from greendc.site import Site


WORKING = frozenset({"pdu", "host", "server"})
OUTLET = "outlet/"


class SeriesClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One class of series. ``floor`` is in the stored unit (of a counter per s), ``floor_ratio`` of the usual size.

    A class that is not ``judged`` is left to rules and the gate; ``harmful`` is as in `analytics.detection.finding`.
    """

    name: str
    quantities: list[str]
    floor: float = 0.0
    floor_ratio: float = 0.0
    harmful: str = BOTH
    judged: bool = True


class SeriesClasses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data file of classes."""

    schema: int
    valid_from: dt.date
    source: str
    confidence: str
    classes: list[SeriesClass]


@cache
def series_classes() -> dict[str, SeriesClass]:
    """Return the class of every quantity."""
    return {name: one for one in data.read("series_classes", SeriesClasses).classes for name in one.quantities}


class Traits:
    """The classes of series in columns. ``work`` are series that show what servers do, which is nobody's fault."""

    def __init__(self, keys: Sequence[SeriesKey], site: Site | None = None) -> None:
        """Look every series up; a quantity without a class is judged in no way."""
        known = series_classes()
        found = [known.get(key.quantity) for key in keys]
        self.floor = _column([one.floor if one else 0.0 for one in found])
        self.floor_ratio = _column([one.floor_ratio if one else 0.0 for one in found])
        self.judged: NDArray[np.bool_] = np.array([one is not None and one.judged for one in found], dtype=np.bool_)
        self.work = _work(keys, site)
        self.harmful = [one.harmful if one else BOTH for one in found]

    def floors(self, size: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the least deviation of each series that matters, given the usual size of its values."""
        floors: NDArray[np.float64] = np.maximum(self.floor, self.floor_ratio * np.abs(size))
        return floors


def _work(keys: Sequence[SeriesKey], site: Site | None) -> NDArray[np.bool_]:
    """Return which series show the work of servers: those of rack PDUs and hosts, and of all that has outlets."""
    kinds = {} if site is None else {entry.name: profile(entry.profile).kind for entry in site.devices}
    outlets = {key.device for key in keys if key.part.startswith(OUTLET)}
    busy = {key.device for key in keys if kinds.get(key.device) in WORKING} | outlets
    return np.array([key.device in busy for key in keys], dtype=np.bool_)


def _column(values: list[float]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)
