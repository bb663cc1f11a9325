"""How often a series should have spoken: what the site file asks, or its own usual pace.

The site file's ``interval_s`` holds, ten times that for points of a slow tier. History that was backfilled or imported
has another pace: steps that all hold the same, smaller number of readings are judged by that number, and the score
says so. Loss at random never gives equal numbers. Devices that only an edge node lists have no interval here; their
own pace when they are well stands in for it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats
from analytics.quality.day import STEP_NS
from greendc.profiles import SLOW_EVERY, Point, Raw, profile, profile_names
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.counters import Times
    from greendc.model import SeriesKey
    from greendc.site import Site

SITE_FILE, OWN, MIXED, NONE = "site_file", "own", "mixed", "none"
WELL = 0.9
"""Steps with this share of the asked readings follow the site file."""
ALIKE = 0.8
"""So many of the other steps must hold the very same number for it to be a pace and not loss."""
FEWEST = 4
IN_A_ROW = 8
"""History is filled hours at a time."""
USUAL_PERCENTILE = 90.0
STEP_S = STEP_NS / NS_PER_SECOND


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """``expected`` readings in each step, and where that is from: ``site_file``, ``own``, ``mixed`` or ``none``."""

    source: str
    expected: Floats
    asked_s: float | None = None

    @property
    def interval_s(self) -> float | None:
        """Return the longest interval [s] of the paces in use."""
        return STEP_S / float(self.expected.min()) if self.source != NONE and len(self.expected) else None


def pace_of(asked_s: float | None, count: Times) -> Pace:
    """Return the pace of a series whose steps hold ``count`` readings and whose device is asked each ``asked_s``."""
    spoken = count[count > 0]
    usual = _own(spoken) if asked_s is None else _regular(spoken, STEP_S / asked_s)
    if asked_s is None:
        expected = np.full(len(count), usual or 1.0)
        return Pace(source=NONE if usual is None else OWN, expected=expected)
    wanted = STEP_S / asked_s
    expected = np.full(len(count), wanted)
    if usual is None:
        return Pace(source=SITE_FILE, expected=expected, asked_s=asked_s)
    slower = count == usual
    if np.count_nonzero(slower) * 2 > len(spoken):
        # A day that was filled at another pace is silent at that pace, too.
        slower |= count < usual
    expected[slower] = usual
    return Pace(source=OWN if np.all(expected == usual) else MIXED, expected=expected, asked_s=asked_s)


def _own(spoken: Times) -> float | None:
    return float(np.percentile(spoken, USUAL_PERCENTILE)) if len(spoken) else None


def _regular(spoken: Times, wanted: float) -> float | None:
    """Return the number that nearly all steps hold which do not hold what is asked."""
    few = spoken[spoken < WELL * wanted]
    if len(few) < FEWEST:
        return None
    numbers, times = np.unique(few, return_counts=True)
    most = int(times.argmax())
    if times[most] < ALIKE * len(few):
        return None
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (spoken == numbers[most]).astype(np.int8), [0]))))
    in_a_row = int(np.max(edges[1::2] - edges[0::2]))
    return float(numbers[most]) if in_a_row >= min(IN_A_ROW, len(spoken)) else None


class Declared:
    """What the site file and the profiles say of series."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self._devices = {device.name: device for device in site.devices}
        self._listed = set(site.owners())

    def lists(self, device: str) -> bool:
        """Tell whether the site file has a device, at the centre or at an edge node."""
        return device in self._listed

    @property
    def devices(self) -> list[str]:
        """Return all devices that the site file has."""
        return sorted(self._listed)

    def point(self, key: SeriesKey) -> Point | None:
        """Return the profile's point behind a series, where the device's profile is known here."""
        entry = self._devices.get(key.device)
        if entry is None or entry.profile not in profile_names():
            return None
        patterns = _patterns(entry.profile)
        return next((point for point, form in patterns.get(key.quantity, ()) if form.fullmatch(key.part)), None)

    def grain(self, key: SeriesKey) -> float | None:
        """Return what one count of a register is worth, where its profile says it."""
        point = self.point(key)
        if point is None or point.varies or point.raw in {Raw.FLOAT32, Raw.FLOAT64, Raw.TEXT}:
            return None
        return abs(point.stored(1.0) - point.stored(0.0))

    def interval_s(self, key: SeriesKey) -> float | None:
        """Return how often the site file asks for a series [s]."""
        entry = self._devices.get(key.device)
        if entry is None:
            return None
        point = self.point(key)
        return entry.interval_s * (SLOW_EVERY if point is not None and point.tier == "slow" else 1)


@cache
def _patterns(name: str) -> dict[str, list[tuple[Point, re.Pattern[str]]]]:
    found: dict[str, list[tuple[Point, re.Pattern[str]]]] = {}
    for point in profile(name).points:
        form = re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(point.part)))
        found.setdefault(point.quantity, []).append((point, form))
    return found
