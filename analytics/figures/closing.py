"""Closing periods: figures are provisional when a period ends, final when it has settled, and never forgotten."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from analytics.figures.frozen import (
    Frozen,
    Head,
    State,
    append,
    frozen,
    frozen_figures,
    heads,
    keep_site,
    kept_site,
)
from analytics.figures.period import CalendarPeriod, closed_periods
from analytics.figures.tracing import traced
from analytics.kpis import first_metered_ns
from analytics.kpis.calendar import days, local_day
from analytics.lineage import reduced
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from analytics.result import KpiResult
    from greendc.contracts import History, Ledger
    from greendc.site import Site

log = logging.getLogger("greendc.analyse")

BATCH = 4
"""So many periods are computed at most in one go."""
QUIET_NS = NS_PER_HOUR
"""Late data are taken up when none has come for this long, so that a long backlog makes one new version."""
DECIDING = frozenset({"pue", "facility_energy", "it_energy"})
"""A period is final when these are."""
_WANTING = frozenset({"coverage", "no_readings"})


class Closing:
    """The closed periods of one site."""

    def __init__(self, site: Site, ledger: Ledger, settle_ns: int) -> None:
        """Take what was closed before from the ledger; ``settle_ns`` passes before figures become final."""
        self._site = site
        self._ledger = ledger
        self._settle_ns = settle_ns
        self._heads: dict[str, Head] = heads(ledger)
        self._tried_ns: dict[str, int] = {}

    def run(self, history: History, first: dt.date, late: Mapping[dt.date, int], now_ns: int) -> int:
        """Close what is due, the newest periods first; return how many were computed.

        ``first`` is the first day with data, ``late`` says when data last arrived for days that were over by then.
        """
        due = [
            period
            for period in closed_periods(self._site, first, local_day(self._site, now_ns))
            if self._is_due(period, late, now_ns)
        ]
        for period in due[:BATCH]:
            self._close(history, period, now_ns)
        return len(due[:BATCH])

    def _is_due(self, period: CalendarPeriod, late: Mapping[dt.date, int], now_ns: int) -> bool:
        head = self._heads.get(period.subject)
        if head is None:
            # The last readings of a period come after its end.
            return now_ns >= period.end_ns + QUIET_NS
        settled_ns = period.end_ns + self._settle_ns
        tried_ns = max(head.at_ns, self._tried_ns.get(period.subject, 0))
        if head.state is State.PROVISIONAL and tried_ns < settled_ns <= now_ns:
            return True
        touched_ns = max((at_ns for day, at_ns in late.items() if period.first <= day < period.after), default=0)
        return tried_ns < touched_ns <= now_ns - QUIET_NS

    def _close(self, history: History, period: CalendarPeriod, now_ns: int) -> None:
        before = frozen_figures(self._ledger, period.subject)
        site, name = self._configured(period, before, now_ns)
        results = figures_of(history, site, period.start_ns, period.end_ns)
        self._tried_ns[period.subject] = now_ns
        settled = now_ns >= period.end_ns + self._settle_ns
        state = State.FINAL if settled and is_complete(results) else State.PROVISIONAL
        version = frozen(period, results, name, now_ns, before, state)
        if before is not None and not _is_news(before, version):
            return
        append(self._ledger, version)
        self._heads[period.subject] = version
        log.info("figures of %s: %s, version %d (%s)", period.name, version.state, version.version, version.reason)

    def _configured(self, period: CalendarPeriod, before: Frozen | None, now_ns: int) -> tuple[Site, str]:
        """Return the site as it was when the period was first final, else as it is today."""
        if before is not None and before.state is State.FINAL:
            kept = kept_site(self._ledger, before.site_sha256)
            if kept is not None:
                return kept, before.site_sha256
        site = reduced(self._site, *days(self._site, period.start_ns, period.end_ns))
        return site, keep_site(self._ledger, site, now_ns)


def figures_of(history: History, site: Site, start_ns: int, end_ns: int) -> list[KpiResult]:
    """Return the figures of a period, of its part since metering began if that was within it, with their lineage."""
    first_ns = first_metered_ns(history, site, start_ns, end_ns)
    return traced(history, site, start_ns if first_ns is None else first_ns, end_ns)


def is_complete(results: Sequence[KpiResult]) -> bool:
    """Tell whether enough is known of a period for its figures to be final.

    A figure that a site cannot have, for want of a meter, keeps nothing open.
    """
    wanting = [result for result in results if result.kpi in DECIDING and not result.part]
    return not any(result.provisional or result.reason in _WANTING for result in wanting)


def _is_news(before: Frozen, after: Frozen) -> bool:
    """Tell whether a version says anything that the one before did not; a final one never becomes provisional."""
    if before.state is State.FINAL:
        return after.state is State.FINAL and before.data_sha256 != after.data_sha256
    return after.state is State.FINAL or before.data_sha256 != after.data_sha256
