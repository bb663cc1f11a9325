"""What drives a whole site: its IT load, the weather and the hour, as the terms that every series is explained by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.drivers import SHARED
from analytics.gate.groups import Groups
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.detection.intake import FloatArray
    from greendc.site import Site

IT_ROLES = (Role.UPS_OUTPUT, Role.PDU_OUTPUT, Role.IT_INPUT)
"""The load is taken where it is metered at the fewest points."""
LOAD, WET, DRY, SUN = range(4)
WEATHER = {"outdoor_wet_bulb_c": WET, "outdoor_temperature_c": DRY, "irradiance_w_m2": SUN}
HOUR_STEPS = 12.0
HOURS_STEPS = 36.0
LOAD_SCALE = 5.0
"""A fifth of the usual load, 5 K and 400 W/m2 count as one."""
KELVIN_SCALE, WET_AT, DRY_AT = 5.0, 10.0, 15.0
SUN_SCALE = 400.0
FEWEST_PEERS = 5
PEER_SCALE = 5.0
DAY_S = 86_400.0
_DIGITS = re.compile(r"\d+")


class Conditions:
    """The terms of each step, from the values of all series; what is not known stays as it was."""

    def __init__(self, site: Site) -> None:
        """Take which meters show the IT load."""
        self._site = site
        self._rows: list[list[int]] = [[], [], [], []]
        self._last = np.full(4, np.nan)
        self._slow = np.full(2, np.nan)
        self._usual_w = float("nan")

    def bind(self, keys: Sequence[SeriesKey], day: dt.date) -> None:
        """Find the series among those that are read."""
        places = {key: place for place, key in enumerate(keys)}
        self._rows = [[], [], [], []]
        for role in IT_ROLES:
            meters = self._site.meters_of(role, day)
            own = [SeriesKey(self._site.name, meter.device, meter.part, meter.power) for meter in meters]
            self._rows[LOAD] = [places[key] for key in own if key in places]
            if self._rows[LOAD]:
                break
        for key, place in places.items():
            if key.quantity in WEATHER:
                self._rows[WEATHER[key.quantity]].append(place)

    def step(self, values: FloatArray, time_ns: int) -> FloatArray:
        """Return the terms of a step as `analytics.detection.drivers` shares them."""
        load = values[self._rows[LOAD]]
        if len(load) and np.isfinite(load).all():
            self._last[LOAD] = load.sum()
        for name in (WET, DRY, SUN):
            known = values[self._rows[name]]
            known = known[np.isfinite(known)]
            if len(known):
                self._last[name] = np.median(known)
        if not self._usual_w > 0.0:
            self._usual_w = float(self._last[LOAD])
        scaled = np.nan_to_num(self._scaled())
        pace = scaled[[LOAD, WET]]
        self._slow = np.where(
            np.isfinite(self._slow), self._slow + (pace - self._slow) / np.array([HOUR_STEPS, HOURS_STEPS]), pace
        )
        angle = 2.0 * np.pi * (time_ns / NS_PER_SECOND % DAY_S) / DAY_S
        terms = np.zeros(SHARED)
        terms[:] = (
            1.0,
            scaled[LOAD],
            self._slow[0],
            scaled[WET],
            self._slow[1],
            scaled[DRY],
            scaled[SUN],
            np.sin(angle),
            np.cos(angle),
        )
        return terms

    def _scaled(self) -> FloatArray:
        load, wet, dry, sun = self._last
        share = load / self._usual_w - 1.0 if self._usual_w > 0.0 else 0.0
        return np.array(
            [LOAD_SCALE * share, (wet - WET_AT) / KELVIN_SCALE, (dry - DRY_AT) / KELVIN_SCALE, sun / SUN_SCALE]
        )

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return the state."""
        return {"last": self._last.copy(), "slow": self._slow.copy(), "usual": np.array([self._usual_w])}

    def resume(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Go on from a state."""
        self._last = arrays["last"].astype(np.float64)
        self._slow = arrays["slow"].astype(np.float64)
        self._usual_w = float(arrays["usual"][0])


class PeerMedians:
    """The median of each series' peers: those that show the same of the same kind of thing in the same module."""

    def __init__(self) -> None:
        """Begin without peers."""
        self._groups = Groups(np.zeros(0, dtype=np.intp))
        self._size = np.zeros(0, dtype=np.int64)
        self._centre = np.zeros(0)
        self._scale = np.zeros(0)
        self._last = np.zeros(0)

    def bind(self, keys: Sequence[SeriesKey], site: Site) -> None:
        """Group the series."""
        module = {rack.name: rack.module for rack in site.racks}
        within = {device.name: module.get(device.rack, "") for device in site.devices}
        names = [_kind_of(key, within.get(key.device, "")) for key in keys]
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        group = np.array([numbers[name] for name in names], dtype=np.intp)
        sizes = np.bincount(group, minlength=len(numbers))
        self._groups = Groups(np.where(sizes[group] >= FEWEST_PEERS, group, -1))
        self._size = sizes[group]
        more = len(keys) - len(self._centre)
        self._centre = np.append(self._centre, np.full(more, np.nan))
        self._scale = np.append(self._scale, np.ones(more))
        self._last = np.append(self._last, np.zeros(more))

    @property
    def count(self) -> NDArray[np.int64]:
        """Return how many peers each series has, itself among them."""
        return self._size

    def step(self, values: FloatArray, floors: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return each series' median of peers in its unit (NaN without peers), and the same as a term."""
        median = self._groups.median(values)
        fresh = np.isfinite(median) & ~np.isfinite(self._centre)
        self._centre[fresh] = median[fresh]
        self._scale[fresh] = np.maximum(PEER_SCALE * floors, 1e-9)[fresh]
        known = np.isfinite(median) & np.isfinite(self._centre)
        term = (median - self._centre) / self._scale
        self._last = np.where(known, term, self._last)
        return median, self._last

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return the state."""
        return {"centre": self._centre.copy(), "scale": self._scale.copy(), "last": self._last.copy()}

    def resume(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Go on from a state, before the series are bound."""
        self._centre = arrays["centre"].astype(np.float64)
        self._scale = arrays["scale"].astype(np.float64)
        self._last = arrays["last"].astype(np.float64)


def _kind_of(key: SeriesKey, module: str) -> str:
    # Probes of one monitor hang at different heights; outlets and phases are alike.
    part = key.part if key.part.startswith("remote/") else _DIGITS.sub("#", key.part)
    return "|".join((module, _DIGITS.sub("#", key.device), part, key.quantity))
