"""What the service does on schedule: each job reads the store once, decides, and notes in the ledger what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from analytics import alarms
from analytics.alarms.rules import Memory
from analytics.alarms.transition import SYSTEM
from analytics.figures.period import Kind, period_of
from analytics.kpis import first_metered_ns
from analytics.kpis.calendar import local_day
from analytics.quality import QualityWatch
from analytics.reports import HTML, PDF, AccountLine, BuiltNote, ReportKind, Request, build
from analytics.reports.versions import every
from analytics.service.advice_jobs import AdviceJobs
from analytics.service.chain_jobs import ChainJobs
from analytics.service.detect_jobs import DetectJobs
from analytics.service.figure_jobs import FigureJobs
from greendc.clock import NS_PER_HOUR
from greendc.texts import LANGUAGES
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from analytics.figures.period import CalendarPeriod
    from analytics.service.pace import Pace
    from greendc.clock import Clock
    from greendc.contracts import History, Ledger
    from greendc.site import Site

DAY_NS = 24 * NS_PER_HOUR
SLOW = {"detect": "slow", "training": "slow", "advice": "advice", "verifying": "advice", "chain": "chain"}
"""Jobs that may take minutes, by the thread that they have of their own, so that no alarm waits for them."""
GROWN = 4
LINGER_NS = 6 * NS_PER_HOUR
"""So long after its end a month is still the one that is reported on: the last day counts."""


AccountOf: TypeAlias = "Callable[[int, int], Sequence[AccountLine]]"
"""Gives the loss account of [start_ns, end_ns), one line per node."""


def no_account(_start_ns: int, _end_ns: int) -> Sequence[AccountLine]:
    """Return no line: nobody keeps an account here."""
    return ()


class Jobs:
    """The jobs of one site."""

    def __init__(
        self, site: Site, ledger: Ledger, data_dir: Path, clock: Clock, pace: Pace, account: AccountOf = no_account
    ) -> None:
        """Take what all jobs share; silence of sensors counts from now on."""
        self._site = site
        self._ledger = ledger
        self._data_dir = data_dir
        self._clock = clock
        self._pace = pace
        self._account = account
        self._watching_since_ns = clock.now_ns()
        self._memory = Memory()
        self._quality = QualityWatch(site, ledger)
        self._figures = FigureJobs(site, ledger, data_dir, clock, pace)
        self._learned = DetectJobs(site, ledger, data_dir, clock, pace)
        self._chain = ChainJobs(site, ledger, data_dir, clock, pace)
        self._advice = AdviceJobs(site, ledger, clock, pace)

    def plan(self) -> dict[str, tuple[float, Callable[[History], None]]]:
        """Return the jobs by name with their intervals [s]."""
        return {
            "alarms": (self._pace.alarms_s, self.alarms),
            **self._figures.plan(),
            **self._advice.plan(),
            "report": (self._pace.report_s, self.report),
            "quality": (self._pace.quality_s, self.quality),
            **self._learned.plan(),
            **self._chain.plan(),
        }

    def alarms(self, history: History) -> None:
        """Judge the alarm rules."""
        alarms.evaluate(
            history,
            self._site,
            self._ledger,
            self._clock.now_ns(),
            delay_scale=self._pace.delay_scale,
            watching_since_ns=self._watching_since_ns,
            findings=self._learned.findings,
            memory=self._memory,
        )

    def quality(self, history: History) -> None:
        """Judge the data of the running day, and of the last full one when that is due."""
        self._quality.run(history, self._clock.now_ns())

    def report(self, history: History) -> None:
        """Build the report of the month so far when one is due; just after its end, that of the whole month."""
        now_ns = self._clock.now_ns()
        for month in dict.fromkeys(self._month(at_ns) for at_ns in (now_ns - LINGER_NS, now_ns)):
            end_ns = min(month.end_ns, now_ns)
            first_ns = first_metered_ns(history, self._site, month.start_ns, end_ns)
            if first_ns is not None and self._is_due(first_ns, end_ns, whole=end_ns == month.end_ns):
                self._build_report(history, first_ns, end_ns)
                return

    def _month(self, at_ns: int) -> CalendarPeriod:
        return period_of(self._site, Kind.MONTH, local_day(self._site, at_ns))

    def _is_due(self, first_ns: int, end_ns: int, *, whole: bool) -> bool:
        last = self._last_report()
        if whole:
            return last is None or last.end_ns < end_ns
        return report_due(last, first_ns, end_ns, self._pace.report_first_s) or self._again(last, end_ns)

    def _build_report(self, history: History, first_ns: int, end_ns: int) -> None:
        build(
            Request(kind=ReportKind.MONTHLY, start_ns=first_ns, end_ns=end_ns, langs=LANGUAGES),
            self._site,
            history,
            self._ledger,
            data_dir=self._data_dir,
            account=self._account(first_ns, end_ns),
            formats=(PDF, HTML),
        )

    def _again(self, last: BuiltNote | None, now_ns: int) -> bool:
        """Tell whether the one more report is due that shows what was found shortly after the start."""
        at_ns = self._watching_since_ns + round(self._pace.report_again_s * NS_PER_SECOND)
        return self._pace.report_again_s > 0 and last is not None and last.end_ns < at_ns <= now_ns

    def _last_report(self) -> BuiltNote | None:
        # What a person asks for is of a period of their own, and changes nothing about what is due.
        notes = list(every(self._ledger, SYSTEM.role))
        return notes[-1] if notes else None

    def close(self) -> None:
        """Let go of the files that the jobs keep."""
        self._figures.close()
        self._learned.close()
        self._chain.close()


def report_due(last: BuiltNote | None, first_ns: int, now_ns: int, first_s: float) -> bool:
    """Tell whether a report is due: the first, one of much more data than the last covers, or the daily one."""
    span_ns = now_ns - first_ns
    if last is None:
        return span_ns >= first_s * NS_PER_SECOND
    covered_ns = last.end_ns - last.start_ns
    if now_ns - last.end_ns >= DAY_NS:
        return True
    return covered_ns < DAY_NS // GROWN and span_ns >= GROWN * covered_ns
