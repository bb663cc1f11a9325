"""What a model of a package must keep for figures to be computed from it, whoever wrote it."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from typing import TYPE_CHECKING

from analytics.limits import profile_names
from analytics.reports.package.windows import MOST_WINDOWS
from greendc.quantities import quantities
from greendc.site import COUNTS, Role

if TYPE_CHECKING:
    from analytics.reports.package.model import Model
    from greendc.site import Meter, Site

MOST_METERS = 5_000
MOST_ENTRIES = 50_000
MOST_PLACES = 20_000_000
"""Racks times devices, which are looked at in pairs."""
MOST_STEPS = 200_000
"""From each meter's device along what it feeds, all together."""
MOST_TWINS = 100
"""Dated entries of one register."""
MOST_NS = 40 * 366 * 86_400 * 10**9
_LATEST_NS = 2**62


def problem_of(model: Model) -> str:
    """Return in a word what is wrong with a model, empty when nothing is."""
    site = model.site
    lists = (site.racks, site.devices, site.feeds, site.renewables, site.servers, site.characteristic_points)
    if len(model.windows) > MOST_WINDOWS or len(site.meters) > MOST_METERS or any(len(x) > MOST_ENTRIES for x in lists):
        return "too_big"
    if len(site.racks) * len(site.devices) > MOST_PLACES or not _is_quick(site):
        return "too_big"
    if not all(0 <= one.start_ns < one.end_ns <= _LATEST_NS for one in model.windows):
        return "windows"
    if any(one.end_ns - one.start_ns > MOST_NS for one in model.windows):
        return "windows"
    if len({one.name for one in model.windows}) < len(model.windows):
        return "windows"
    return "" if _is_known(site) and all(_is_meter(meter) for meter in site.meters) else "site"


def _is_quick(site: Site) -> bool:
    """Tell whether what is fed by what, and who counts twice, is found out in reasonable time."""
    twins = Counter((meter.device, meter.part, meter.energy) for meter in site.meters)
    if max(twins.values(), default=0) > MOST_TWINS:
        return False
    feeds: dict[str, set[str]] = {}
    for feed in site.feeds:
        feeds.setdefault(feed.source, set()).add(feed.target)
    steps = 0
    for device in {meter.device for meter in site.meters}:
        seen, ahead = {device}, [device]
        while ahead and steps <= MOST_STEPS:
            fed = feeds.get(ahead.pop(), set())
            steps += len(fed)
            ahead += fed - seen
            seen |= fed
    return steps <= MOST_STEPS


def _is_known(site: Site) -> bool:
    try:
        site.zone()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return not site.info.standards or site.info.standards in profile_names()


def _is_meter(meter: Meter) -> bool:
    """Tell whether a meter's registers are quantities of the unit that its role counts."""
    if any(name and name not in quantities() for name in (meter.energy, meter.power)):
        return False
    unit = quantities()[COUNTS.get(meter.role, ("active_energy_j", ""))[0]].unit
    known = {unit, "kg"} if meter.role is Role.FUEL else {unit}
    return not meter.energy or quantities()[meter.energy].unit in known
