"""Which models apply to a site, and which cannot be made because points are missing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.models.places import FAMILIES
from analytics.models.plan import Plan
from analytics.models.plant_points import PlantPoints
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.models.verdict import NotModelled
    from greendc.model import SeriesKey
    from greendc.site import Site


def plans(site: Site, series: Iterable[SeriesKey], now_ns: int) -> tuple[list[Plan], list[NotModelled]]:
    """Return the plan of every model that the site's points allow, and those that lack points."""
    day = dt.datetime.fromtimestamp(now_ns // NS_PER_SECOND, tz=site.zone()).date()
    points = PlantPoints(site, series, day)
    found: list[Plan] = []
    lacking: list[NotModelled] = []
    for places in FAMILIES.values():
        for place in places(points):
            if isinstance(place, Plan):
                found.append(place)
            else:
                lacking.append(place)
    return found, lacking
