"""The clock on the wall of a site, for arrays of times: day, minute and month as people there read them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from analytics.counters import Times

Ints = NDArray[np.int64]
MINUTES_PER_DAY = 1440
NS_PER_MINUTE = NS_PER_HOUR // 60
_EPOCH = dt.date(1970, 1, 1)


class WallClock(msgspec.Struct, frozen=True, kw_only=True):
    """Local ``day`` (since 1970-01-01) and ``minute`` of the day of each time."""

    day: Ints
    minute: Ints

    def dates(self) -> tuple[list[dt.date], Ints]:
        """Return the different dates in order, and which of them each time falls on."""
        days, places = np.unique(self.day, return_inverse=True)
        return [_EPOCH + dt.timedelta(days=int(day)) for day in days], places


def wall_clock(time_ns: Times, zone: dt.tzinfo) -> WallClock:
    """Return the local clock at times [ns since 1970, UTC]."""
    index = pd.DatetimeIndex(np.asarray(time_ns, dtype="datetime64[ns]"), tz="UTC")
    local = np.asarray(index.tz_convert(zone).tz_localize(None), dtype="datetime64[ns]").astype(np.int64)
    minutes = local // NS_PER_MINUTE
    return WallClock(day=minutes // MINUTES_PER_DAY, minute=minutes % MINUTES_PER_DAY)
