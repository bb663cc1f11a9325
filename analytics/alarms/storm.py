"""The summary that alarms are filed under when too many come at once. Advisory ones have a summary of their own."""

from __future__ import annotations

from analytics.alarms.alarm import Alarm
from analytics.alarms.behaviour import behaviour
from analytics.alarms.fold import STORM, Fold
from greendc.units import NS_PER_SECOND


def summary_id(site: str, *, advisory: bool) -> str:
    """Return the id of a site's summary."""
    return f"{STORM}/{site}/advisory" if advisory else f"{STORM}/{site}"


def arrived(fold: Fold, now_ns: int, *, advisory: bool) -> int:
    """Return how many new alarms came within the window, counted no further than it takes to see a storm."""
    since_ns = now_ns - round(behaviour().storm.window_s * NS_PER_SECOND)
    return sum(time_ns > since_ns for time_ns in fold.arrivals[advisory])


def summary(site: str, first: Alarm, now_ns: int) -> Alarm:
    """Return the summary, as urgent as the first alarm that is filed under it."""
    return Alarm(
        id=summary_id(site, advisory=first.advisory),
        rule=STORM,
        kind="advisory" if first.advisory else "site",
        priority=first.priority,
        place="",
        device="",
        part="",
        quantity="",
        value=None,
        unit="1",
        limit=None,
        since_ns=now_ns,
        raised_ns=now_ns,
        advisory=first.advisory,
        node=site,
    )
