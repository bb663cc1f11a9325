"""What a site file says of its battery and of its factors, as schedules take it; and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analytics.schedule.battery import Battery
from analytics.schedule.carbon_factors import read_factors
from greendc.errors import ConfigError, Problem

if TYPE_CHECKING:
    from analytics.schedule.carbon_factors import HourlyFactors
    from greendc.flexible import SiteBattery
    from greendc.site import Site
    from greendc.toml_source import TomlSource

CHECKED_H = 48.0


def declared_battery(entry: SiteBattery, charge_ratio: float | None = None) -> Battery:
    """Return the battery of a site file, charged to a ratio; to its floor where that is not known.

    A ratio beyond what may be used counts as the nearest limit: the schedule starts from there.
    """
    fields = {name: getattr(entry, name) for name in entry.__struct_fields__ if name != "device"}
    fields["wear_per_kwh"] = entry.wear_per_kwh or 0.0
    empty = Battery(**fields, start_kwh=0.0)
    held = 0.0 if charge_ratio is None else charge_ratio * entry.capacity_kwh
    return msgspec.structs.replace(empty, start_kwh=max(empty.floor_kwh, min(held, empty.ceiling_kwh)))


def flexible_problems(source: TomlSource, site: Site) -> list[Problem]:
    """Return why the site's battery is impossible, and what is wrong with its file of factors."""
    found = []
    if site.battery is not None:
        obstacles = declared_battery(site.battery).obstacles(CHECKED_H)
        params = [(f"schedule.obstacle.{one.code}", one.params) for one in obstacles]
        found += [source.problem("battery", key, **shown) for key, shown in params]
    if site.carbon is not None and site.carbon.factors:
        try:
            read_factors(Path(site.carbon.factors))
        except ConfigError as error:
            found += error.problems
    return found


def hourly_factors(site: Site) -> HourlyFactors | None:
    """Return the site's hourly factors, None where it names none.

    Raises:
        ConfigError: the file cannot be used.
    """
    if site.carbon is None or not site.carbon.factors:
        return None
    return read_factors(Path(site.carbon.factors))
