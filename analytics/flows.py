"""What flows at a site's grid meter and behind it: bought, fed in, sun, storage, and what the site uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats, Times
from analytics.frame import mean_frame
from analytics.metered import metered_w, of_role
from analytics.wall_clock import wall_clock
from greendc.site import Role
from greendc.units import NS_PER_SECOND, W_PER_KW

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site

DAY_NS = 86_400 * NS_PER_SECOND


class Flows(msgspec.Struct, frozen=True, kw_only=True):
    """Step means [W, n]; unknown is NaN, and what a site has none of is 0.

    ``storage_w`` is positive while a storage gives. ``has`` names what is metered at all: ``grid``, ``export``,
    ``sun``, ``storage``.
    """

    time_ns: Times
    step_ns: int
    bought_w: Floats
    fed_w: Floats
    sun_w: Floats
    storage_w: Floats
    has: frozenset[str]

    @property
    def load_w(self) -> Floats:
        """Return what the site uses itself, losses of a storage left out."""
        return np.asarray(self.bought_w - self.fed_w + self.sun_w + self.storage_w, dtype=np.float64)

    @property
    def known(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return in which steps all of them are known."""
        return np.asarray(np.isfinite(self.load_w), dtype=np.bool_)


def flows_of(history: History, site: Site, times: Times, step_ns: int) -> Flows:
    """Return the flows of a site on an even grid.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    roles = {
        "grid": Role.FACILITY_INPUT,
        "export": Role.EXPORT,
        "sun": Role.GENERATION,
        "storage": Role.STORAGE,
    }
    found = {name: metered_w(history, site, of_role(site, role), times, step_ns) for name, role in roles.items()}
    none = np.zeros(len(times))
    grid = np.full(len(times), np.nan) if found["grid"] is None else found["grid"]
    fed = none if found["export"] is None else found["export"]
    return Flows(
        time_ns=times,
        step_ns=step_ns,
        bought_w=np.where(np.isfinite(grid), np.clip(grid, 0.0, None), np.nan),
        fed_w=fed + np.where(np.isfinite(grid), np.clip(-grid, 0.0, None), 0.0),
        sun_w=none if found["sun"] is None else found["sun"],
        storage_w=none if found["storage"] is None else found["storage"],
        has=frozenset(name for name, values in found.items() if values is not None and np.isfinite(values).any()),
    )


def means_of(history: History, key: SeriesKey, times: Times, step_ns: int) -> Floats:
    """Return a gauge's mean in each step, unknown where it says nothing.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    if not len(times):
        return np.empty(0)
    frame = mean_frame(history, {"mean": key}, int(times[0]), int(times[-1]) + step_ns, step_ns)
    return frame["mean"].reindex(times).to_numpy(dtype=np.float64)


def like_other_days(values: Floats, times: Times, zone: dt.tzinfo) -> Floats:
    """Return values with the unknown ones filled by the mean of their time of day; NaN where no day knows it."""
    minute = wall_clock(times, zone).minute
    known = np.isfinite(values)
    count = np.bincount(minute[known], minlength=1440)
    total = np.bincount(minute[known], weights=values[known], minlength=1440)
    mean = np.divide(total, count, out=np.full(1440, np.nan), where=count > 0)
    return np.asarray(np.where(known, values, mean[minute]), dtype=np.float64)


def kilowatts(values: Floats) -> Floats:
    """Return watts as kW, as tariffs and schedules count."""
    return values / W_PER_KW


def charge_series(series: Sequence[SeriesKey], site: Site) -> SeriesKey | None:
    """Return what tells the state of charge of the site's storage: that of a UPS is another matter."""
    charges = {key.device: key for key in series if key.quantity == "battery_charge_ratio"}
    if site.battery is not None and site.battery.device:
        return charges.get(site.battery.device)
    meters = {meter.device for meter in site.meters if meter.role is Role.STORAGE}
    beside = {feed.target for feed in site.feeds if feed.source in meters}
    beside |= {feed.source for feed in site.feeds if feed.target in meters}
    stores = {key.device for key in series if key.quantity in {"storage_state", "discharged_energy_j"}}
    named = [charges[name] for name in sorted(meters | (beside & stores)) if name in charges]
    only = [charges[name] for name in sorted(stores) if name in charges]
    return next(iter([*named, *(only if len(only) == 1 else [])]), None)
