"""The period that a report is asked for, by its name."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.energy import midnight_ns
from analytics.figures.period import Kind, period_named
from analytics.figures.period import period_of as calendar_period
from analytics.kpis.calendar import local_day
from analytics.reports.request import ReportKind
from greendc.clock import from_iso
from greendc.errors import ConfigError

if TYPE_CHECKING:
    from greendc.site import Site

LAST = "last"
YEARS = range(1970, 2200)
DAY = dt.timedelta(days=1)


def period_of(site: Site, text: str, now_ns: int, kind: ReportKind = ReportKind.ACCEPTANCE) -> tuple[int, int]:
    """Return [start_ns, end_ns) of a period in the site's zone.

    ``text`` is a year ``2026``, a month ``2026-10``, a day ``2026-10-05``, ``FROM/TO``, or ``last``: the last complete
    month for a monthly report, else the last complete calendar year. FROM and TO are days, both of them included, or
    instants with an offset.

    Raises:
        ConfigError: the text is no period, it ends before it starts, or it has not begun.
    """
    name = text.strip()
    try:
        start_ns, end_ns = _span(site, name, now_ns, kind)
    except ValueError as error:
        raise ConfigError.single("report_files.period", hint="report_files.period_hint", name=text) from error
    if start_ns >= end_ns:
        raise ConfigError.single("report_files.period_order", hint="report_files.period_hint", name=text)
    if start_ns >= now_ns:
        raise ConfigError.single("report_files.period_future", name=text)
    return start_ns, end_ns


def _span(site: Site, name: str, now_ns: int, kind: ReportKind) -> tuple[int, int]:
    if name == LAST:
        return _last(site, now_ns, Kind.MONTH if kind is ReportKind.MONTHLY else Kind.YEAR)
    if "/" in name:
        first, _, last = name.partition("/")
        return _edge(site, first.strip(), days=0), _edge(site, last.strip(), days=1)
    _check_year(name)
    period = period_named(site, name)
    return period.start_ns, period.end_ns


def _last(site: Site, now_ns: int, kind: Kind) -> tuple[int, int]:
    running = calendar_period(site, kind, local_day(site, now_ns))
    period = calendar_period(site, kind, running.first - DAY)
    return period.start_ns, period.end_ns


def _edge(site: Site, text: str, *, days: int) -> int:
    """Return an instant, or the midnight ``days`` after the one with which a day begins."""
    _check_year(text)
    if "T" not in text:
        return midnight_ns(dt.date.fromisoformat(text) + days * DAY, site)
    if dt.datetime.fromisoformat(text).tzinfo is None:
        message = f"no offset: {text!r}"
        raise ValueError(message)
    return from_iso(text)


def _check_year(text: str) -> None:
    if not text[:4].isdecimal() or int(text[:4]) not in YEARS:
        message = f"no year: {text!r}"
        raise ValueError(message)
