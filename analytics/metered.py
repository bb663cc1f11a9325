"""The mean power of a site's meters by role on an even grid; each meter as its role stood on that day."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.frame import power_frame
from analytics.storage_flow import TAKEN
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analytics.counters import Floats, Times
    from greendc.contracts import History
    from greendc.site import Meter, Site

    Signed = list[tuple[float, Sequence[Meter]]]

PART_NS = 30 * 86_400 * NS_PER_SECOND
"""Energy is read in parts of this length where steps are shorter than an hour: of longer ones only hours are known."""
WHOLE_NS = 400 * 86_400 * NS_PER_SECOND
BACKUP = "backup"


def metered_w(
    history: History, site: Site, signed: Callable[[dt.date], Signed], grid: Times, step_ns: int
) -> Floats | None:
    """Return the mean power [W] of each step, unknown where a meter is not known; None when no meter is meant.

    ``signed`` says for a day which meters count with which sign. A storage counts by its power, which has both signs,
    else by its registers of what it gives and what it takes.
    """
    if not len(grid) or not any(meters for day in _days(site, grid, step_ns) for _, meters in signed(day)):
        return None
    found = np.full(len(grid), np.nan)
    for low, high in _parts(site, grid, step_ns):
        entries = [
            entry for sign, meters in signed(_day(site, int(grid[low]))) for entry in _read(history, site, sign, meters)
        ]
        groups = {str(i): meters for i, (_, meters) in enumerate(entries) if meters}
        if not groups:
            continue
        frame = power_frame(history, site, groups, int(grid[low]), int(grid[high - 1]) + step_ns, step_ns)
        found[low:high] = sum(entries[int(name)][0] * frame[name].to_numpy(dtype=float) for name in groups)
    return found


def of_role(site: Site, *roles: Role) -> Callable[[dt.date], Signed]:
    """Return what counts the meters of roles, backup generators left out."""

    def signed(day: dt.date) -> Signed:
        return [(1.0, [m for m in site.meters_of(role, day) if m.kind != BACKUP]) for role in roles]

    return signed


def _read(history: History, site: Site, sign: float, meters: Sequence[Meter]) -> Signed:
    """Return meters as they are read: the register of a storage counts one of its two ways only."""
    stores = [meter for meter in meters if meter.role is Role.STORAGE and meter.energy in TAKEN]
    keys = {meter: SeriesKey(site.name, meter.device, meter.part, meter.power) for meter in stores if meter.power}
    latest = history.latest(list(keys.values())) if keys else {}
    powered = [meter for meter, key in keys.items() if latest.get(key) is not None]
    split = [msgspec.structs.replace(meter, power="") for meter in stores if meter not in powered]
    taken = [msgspec.structs.replace(meter, energy=TAKEN[meter.energy]) for meter in split]
    plain = [meter for meter in meters if meter not in stores]
    plain += [msgspec.structs.replace(meter, energy="") for meter in powered]
    return [(sign, [*plain, *split]), (-sign, taken)]


def _parts(site: Site, grid: Times, step_ns: int) -> list[tuple[int, int]]:
    """Return rows [low, high) of stretches that are short enough and in which every meter keeps its role."""
    changes = {day for meter in site.meters for day in (meter.valid_from, meter.valid_to)}
    zone = site.zone()
    within = (_midnight(day, zone) for day in changes if _day(site, int(grid[0])) < day <= _day(site, int(grid[-1])))
    part_ns = WHOLE_NS if step_ns >= NS_PER_HOUR else PART_NS
    edges = {*range(int(grid[0]), int(grid[-1]) + 1, part_ns), *within, int(grid[-1]) + step_ns}
    places = np.unique(np.searchsorted(grid, sorted(edges)))
    return [(int(a), int(b)) for a, b in itertools.pairwise(places)]


def _days(site: Site, grid: Times, step_ns: int) -> list[dt.date]:
    return [_day(site, int(grid[low])) for low, _ in _parts(site, grid, step_ns)]


def _day(site: Site, time_ns: int) -> dt.date:
    return dt.datetime.fromtimestamp(time_ns // NS_PER_SECOND, tz=dt.UTC).astimezone(site.zone()).date()


def _midnight(day: dt.date, zone: dt.tzinfo) -> int:
    return int(dt.datetime.combine(day, dt.time(), tzinfo=zone).timestamp()) * NS_PER_SECOND
