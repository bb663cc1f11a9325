"""How PUE went: one ratio of energy sums for each hour, day or month, over the boundary of the figure itself."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from analytics.energy import midnight_ns
from analytics.kpis.calendar import local_day
from analytics.kpis.coverage import REPORTABLE, verdict
from analytics.kpis.kind import Period
from analytics.kpis.side import FACILITY, IT
from analytics.spans import intersection, total_ns
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from analytics.kpis.side import Side
    from analytics.spans import Span as Stretch
    from greendc.contracts import History
    from greendc.site import Site

DAYS = 31
MONTHS = 12
HOURS = 48


class Span(StrEnum):
    """How far a course reaches back, and by what steps."""

    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"


class CoursePoint(msgspec.Struct, frozen=True, kw_only=True):
    """PUE of [start_ns, end_ns), None below 75 % coverage; ``provisional`` below 95 % or while it is not over."""

    start_ns: int
    end_ns: int
    value: float | None
    coverage: float
    provisional: bool


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """The steps in order of time. ``category`` is where IT is metered; 0 comes with a ``reason`` (`kpis.reason.*`)."""

    span: Span
    category: int = 0
    points: tuple[CoursePoint, ...] = ()
    reason: str = ""

    @property
    def known(self) -> int:
        """Return how many steps have a value."""
        return sum(point.value is not None for point in self.points)


def course(history: History, site: Site, span: Span, now_ns: int) -> Course:
    """Return the course of PUE up to now; the newest step is not over yet.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    edges = _edges(site, span, now_ns)
    period = Period(history, site, edges[0], edges[-1])
    if not FACILITY.metered(period):
        return Course(span=span, reason=FACILITY.missing)
    whole = FACILITY.spans(period)
    sides = [(side, intersection(whole, side.spans(period))) for side in IT if side.metered(period)]
    if not sides:
        return Course(span=span, reason=IT[0].missing)
    # One metering point for all steps, the most advanced that covers enough: categories are not compared.
    most = max(total_ns(spans) for _, spans in sides)
    side, spans = next(one for one in sides if total_ns(one[1]) >= REPORTABLE * most)
    points = [
        _point(period, side, spans, (start_ns, end_ns), over=end_ns < now_ns) for start_ns, end_ns in pairwise(edges)
    ]
    known = [point.coverage > 0 for point in points]
    # Steps before metering began are no gap.
    return Course(span=span, category=side.category, points=tuple(points[known.index(True) :] if any(known) else ()))


def _point(period: Period, side: Side, spans: list[Stretch], step: Stretch, *, over: bool) -> CoursePoint:
    inside = intersection(spans, [step])
    coverage = total_ns(inside) / (step[1] - step[0])
    shown, provisional = verdict(coverage)
    value = None
    if shown:
        above, below = FACILITY.amount(period, inside).value, side.amount(period, inside).value
        value = above / below if below > 0 and above > below else None
    return CoursePoint(
        start_ns=step[0],
        end_ns=step[1],
        value=value,
        coverage=coverage,
        provisional=value is not None and (provisional or not over),
    )


def _edges(site: Site, span: Span, now_ns: int) -> list[int]:
    if span is Span.HOURS:
        last = now_ns // NS_PER_HOUR * NS_PER_HOUR
        edges = [last - i * NS_PER_HOUR for i in range(HOURS, -1, -1)]
    else:
        today = local_day(site, now_ns)
        days = [today - dt.timedelta(days=i) for i in range(DAYS - 1, -1, -1)] if span is Span.DAYS else _months(today)
        edges = [midnight_ns(day, site) for day in days]
    return [*edges, now_ns] if edges[-1] < now_ns else edges


def _months(today: dt.date) -> list[dt.date]:
    """Return the first days of the last twelve months and of this one."""
    count = today.year * 12 + today.month - 1
    return [dt.date(month // 12, month % 12 + 1, 1) for month in range(count - MONTHS, count + 1)]
