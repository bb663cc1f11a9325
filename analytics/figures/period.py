"""Calendar periods of a site: the day, month and year in its own time zone, whatever their length in hours."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from analytics.energy import midnight_ns
from analytics.kpis.calendar import local_day
from greendc.clock import NS_PER_HOUR as HOUR_NS

if TYPE_CHECKING:
    from greendc.site import Site

DAY = dt.timedelta(days=1)


class Kind(StrEnum):
    """How long a closed period is."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class CalendarPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A day, month or year of a site: local days [first, after), instants [start_ns, end_ns)."""

    kind: Kind
    first: dt.date
    after: dt.date
    start_ns: int
    end_ns: int

    @property
    def name(self) -> str:
        """Return ``2026-03-01``, ``2026-03`` or ``2026``."""
        return self.first.isoformat()[: {Kind.DAY: 10, Kind.MONTH: 7, Kind.YEAR: 4}[self.kind]]

    @property
    def subject(self) -> str:
        """Return the period's name in the ledger."""
        return f"{self.kind}/{self.name}"


class Window(StrEnum):
    """A rolling window. All but the last reach up to now; twelve months end with the last whole day."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    TWELVE_MONTHS = "twelve_months"


def period_of(site: Site, kind: Kind, day: dt.date) -> CalendarPeriod:
    """Return the period of a kind that holds a local day."""
    if kind is Kind.DAY:
        first, after = day, day + DAY
    elif kind is Kind.MONTH:
        first = day.replace(day=1)
        after = (first + 31 * DAY).replace(day=1)
    else:
        first, after = dt.date(day.year, 1, 1), dt.date(day.year + 1, 1, 1)
    return CalendarPeriod(
        kind=kind, first=first, after=after, start_ns=midnight_ns(first, site), end_ns=midnight_ns(after, site)
    )


def period_named(site: Site, name: str) -> CalendarPeriod:
    """Return the period ``2026-03-01``, ``2026-03`` or ``2026``.

    Raises:
        ValueError: it is none of these.
    """
    forms = {10: ("", Kind.DAY), 7: ("-01", Kind.MONTH), 4: ("-01-01", Kind.YEAR)}
    rest, kind = forms.get(len(name), ("", Kind.DAY))
    try:
        return period_of(site, kind, dt.date.fromisoformat(name + rest))
    except ValueError as error:
        raise ValueError(f"no period: {name!r}") from error


def period_at(site: Site, start_ns: int, end_ns: int) -> CalendarPeriod | None:
    """Return the day, month or year that is exactly [start_ns, end_ns), or None."""
    day = local_day(site, start_ns)
    found = (period_of(site, kind, day) for kind in Kind)
    return next((one for one in found if (one.start_ns, one.end_ns) == (start_ns, end_ns)), None)


def closed_periods(site: Site, first: dt.date, today: dt.date) -> list[CalendarPeriod]:
    """Return every day, month and year that holds a day from ``first`` on and ended before ``today``, newest first."""
    found = []
    for kind in Kind:
        one = period_of(site, kind, first)
        while one.after <= today:
            found.append(one)
            one = period_of(site, kind, one.after)
    return sorted(found, key=lambda one: (one.after, one.kind), reverse=True)


def window_span(site: Site, window: Window, now_ns: int) -> tuple[int, int]:
    """Return [start_ns, end_ns) of a rolling window."""
    today = local_day(site, now_ns)
    if window is Window.HOUR:
        return now_ns - HOUR_NS, now_ns
    if window is Window.TWELVE_MONTHS:
        return midnight_ns(year_before(today), site), midnight_ns(today, site)
    kind = {Window.DAY: Kind.DAY, Window.MONTH: Kind.MONTH, Window.YEAR: Kind.YEAR}[window]
    # At the very midnight the window that begins has no length yet.
    return min(period_of(site, kind, today).start_ns, now_ns - 1), now_ns


def year_before(day: dt.date) -> dt.date:
    """Return the same day of the year before, the last of February for the 29th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
