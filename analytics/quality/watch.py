"""The running day and the last full one, judged again and again; noted in the ledger when they say something new."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from analytics.quality.day import date_at, day_of
from analytics.quality.gated import gate_findings
from analytics.quality.note import keep, note_of, quality_of
from analytics.quality.report import quality_of_day
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from greendc.contracts import History, Ledger
    from greendc.site import Site

log = logging.getLogger("greendc.quality")

AGAIN_NS = 6 * NS_PER_HOUR
"""A day that is over is judged again after so long: late readings make it better."""


class QualityWatch:
    """Judges the days of one site."""

    def __init__(self, site: Site, ledger: Ledger) -> None:
        """Take the site and where to note."""
        self._site = site
        self._ledger = ledger
        self._judged_ns: dict[str, int] = {}

    def run(self, history: History, now_ns: int) -> None:
        """Judge the running day, and the day before it where that is due.

        Raises:
            StoreError: the store or the ledger is away; nothing is noted.
        """
        today = date_at(self._site, now_ns)
        before = today - dt.timedelta(days=1)
        if self._due(before.isoformat(), now_ns):
            self._judge(history, before, now_ns)
            self._judged_ns = {before.isoformat(): now_ns}
        self._judge(history, today, now_ns)

    def _due(self, date: str, now_ns: int) -> bool:
        last_ns = self._judged_ns.get(date)
        if last_ns is None:
            known = quality_of(self._ledger, date)
            last_ns = known.time_ns if known is not None and known.over else None
        return last_ns is None or now_ns - last_ns >= AGAIN_NS

    def _judge(self, history: History, date: dt.date, now_ns: int) -> None:
        told = gate_findings(self._ledger, self._site, day_of(self._site, date, now_ns))
        day = quality_of_day(history, self._site, date, now_ns, gated=told)
        if day.series and keep(self._ledger, note_of(day, now_ns)):
            log.info("quality of %s noted: %d series, %d findings", day.date, len(day.series), len(day.findings))
