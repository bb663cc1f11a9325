"""The forecast of a site's target from its store: gathered, trained and asked in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.forecast.forecaster import Forecast, Untrained, train
from analytics.forecast.gathering import gather
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.forecast.target import Target
    from greendc.contracts import History
    from greendc.site import Site

PAST_NS = 120 * 86_400 * NS_PER_SECOND
"""A longer past adds no skill to two days ahead and takes longer to read."""


def forecast_of(history: History, site: Site, target: Target, end_ns: int) -> Forecast | Untrained:
    """Return what follows ``end_ns``, or why that cannot be said.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    rows = gather(history, site, target, end_ns - PAST_NS, end_ns)
    if isinstance(rows, Untrained):
        return rows
    # What was before the first reading is no gap.
    rows = rows.since(int(np.flatnonzero(np.isfinite(rows.values))[0]))
    trained = train(rows, target)
    return trained if isinstance(trained, Untrained) else trained.forecast(rows)


def newest_ns(history: History, site: Site) -> int | None:
    """Return when the site's meters said something last, of any series where no meter did; None in an empty store."""
    series = history.series(site.name)
    metered = {meter.device for meter in site.meters}
    asked = [key for key in series if key.device in metered and not key.part] or list(series)
    found = history.latest(asked)
    return max((reading.time_ns for reading in found.values()), default=None)
