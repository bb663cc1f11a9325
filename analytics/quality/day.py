"""The day that is judged: local midnight to local midnight, as far as it has passed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from analytics.energy import midnight_ns
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.site import Site

STEP_NS = 900 * NS_PER_SECOND
"""Series are judged in steps of a quarter of an hour, which every store keeps as a rollup."""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A local day [start_ns, end_ns), of which whole steps have passed until ``until_ns``."""

    date: dt.date
    start_ns: int
    end_ns: int
    until_ns: int

    @property
    def steps(self) -> int:
        """Return how many steps have passed."""
        return (self.until_ns - self.start_ns) // STEP_NS

    @property
    def over(self) -> bool:
        """Tell whether the day is over."""
        return self.until_ns == self.end_ns


def day_of(site: Site, date: dt.date, now_ns: int) -> Day:
    """Return a day of the site's time zone as it stands now; a day of daylight saving has 23 or 25 hours."""
    start_ns = -(-midnight_ns(date, site) // STEP_NS) * STEP_NS
    end_ns = -(-midnight_ns(date + dt.timedelta(days=1), site) // STEP_NS) * STEP_NS
    until_ns = max(start_ns, min(end_ns, now_ns // STEP_NS * STEP_NS))
    return Day(date=date, start_ns=start_ns, end_ns=end_ns, until_ns=until_ns)


def date_at(site: Site, time_ns: int) -> dt.date:
    """Return the local date of an instant."""
    return dt.datetime.fromtimestamp(time_ns // NS_PER_SECOND, tz=site.zone()).date()


def clock_time(site: Site, time_ns: int) -> str:
    """Return an instant as local date and time, for the text of a finding."""
    return f"{dt.datetime.fromtimestamp(time_ns // NS_PER_SECOND, tz=site.zone()):%Y-%m-%d %H:%M}"
