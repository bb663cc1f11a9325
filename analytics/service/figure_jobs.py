"""The figures' part of the schedule: rolling windows are kept fresh, closed periods are frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.figures.closing import Closing
from analytics.figures.day_file import FILE, DayFile
from analytics.figures.period import Window, window_span
from analytics.figures.rolling import Rolling, about, note, rolling_of
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analytics.result import KpiResult
    from analytics.service.pace import Pace
    from greendc.clock import Clock
    from greendc.contracts import History, Ledger
    from greendc.site import Site

MINUTE_NS = 60 * NS_PER_SECOND
REPEAT_NS = {
    Window.HOUR: 50 * MINUTE_NS,
    Window.DAY: 50 * MINUTE_NS,
    Window.MONTH: 50 * MINUTE_NS,
    Window.YEAR: 6 * 60 * MINUTE_NS,
}
"""Figures of a window are noted this often, and sooner when PUE moves by more than `MOVED`."""
LEAST_NS = MINUTE_NS
MOVED = 0.005
MOVING = "pue"


class FigureJobs:
    """The jobs of one site about figures. The file of daily pieces is opened when the first of them needs it."""

    def __init__(self, site: Site, ledger: Ledger, data_dir: Path, clock: Clock, pace: Pace) -> None:
        """Take what the jobs share."""
        self._site = site
        self._ledger = ledger
        self._path = data_dir / FILE
        self._clock = clock
        self._pace = pace
        self._file: DayFile | None = None
        self._kept: Rolling | None = None
        self._closing: Closing | None = None
        self._noted: dict[Window, tuple[int, list[KpiResult]]] = {}

    def plan(self) -> dict[str, tuple[float, Callable[[History], None]]]:
        """Return the jobs by name with their intervals [s]."""
        return {
            "figures": (self._pace.figures_s, self.hour),
            "day_figures": (self._pace.day_figures_s, self.day),
            "rolling": (self._pace.rolling_s, self.rolling),
            "closing": (self._pace.closing_s, self.closing),
        }

    def hour(self, history: History) -> None:
        """Compute the figures of the last hour."""
        self._note(history, Window.HOUR)

    def day(self, history: History) -> None:
        """Compute the figures of today."""
        self._note(history, Window.DAY)

    def rolling(self, history: History) -> None:
        """Take up what arrived, make some of the days that this touched, and the long windows once all are made."""
        kept, now_ns = self._rolling(), self._clock.now_ns()
        kept.look(history, now_ns)
        if not kept.refresh(history, now_ns):
            return
        for window in (Window.MONTH, Window.YEAR, Window.TWELVE_MONTHS):
            if self._is_due(window, now_ns):
                self._note(history, window)

    def closing(self, history: History) -> None:
        """Freeze the periods that are over."""
        kept, now_ns = self._rolling(), self._clock.now_ns()
        first = kept.first_day(history, now_ns)
        if first is None:
            return
        if self._closing is None:
            self._closing = Closing(self._site, self._ledger, round(self._pace.settle_s * NS_PER_SECOND))
        self._closing.run(history, first, kept.late, now_ns)

    def close(self) -> None:
        """Let go of the file of daily pieces."""
        if self._file is not None:
            self._file.close()

    def _rolling(self) -> Rolling:
        if self._kept is None:
            self._file = DayFile(self._path, about(self._site))
            self._kept = Rolling(self._site, self._file)
        return self._kept

    def _is_due(self, window: Window, now_ns: int) -> bool:
        last = self._last(window)
        if last is None:
            return True
        if window in REPEAT_NS:
            return now_ns - last[0] >= REPEAT_NS[window]
        span = window_span(self._site, window, now_ns)
        late_ns = max(self._rolling().late.values(), default=0)
        late = last[0] < late_ns and now_ns - last[0] >= REPEAT_NS[Window.MONTH]
        return late or not last[1] or last[1][0].end_ns != span[1]

    def _note(self, history: History, window: Window) -> None:
        now_ns = self._clock.now_ns()
        results = self._rolling().figures(history, window, now_ns)
        if results is None:
            return
        last = self._last(window)
        if last is not None and window in {Window.HOUR, Window.DAY}:
            age_ns = now_ns - last[0]
            if age_ns < LEAST_NS or (age_ns < REPEAT_NS[window] and not changed(last[1], results)):
                return
        note(self._ledger, window, results, now_ns)
        self._noted[window] = now_ns, results

    def _last(self, window: Window) -> tuple[int, list[KpiResult]] | None:
        if window not in self._noted:
            found = rolling_of(self._ledger, window)
            if found is None:
                return None
            self._noted[window] = found
        return self._noted[window]


def changed(before: list[KpiResult], after: list[KpiResult]) -> bool:
    """Tell whether PUE differs enough to be noted at once, or any figure is refused for another reason than before."""
    old = {(result.kpi, result.part): result for result in before}
    for result in after:
        was = old.get((result.kpi, result.part))
        if was is None or (was.reason, was.category, was.provisional) != (
            result.reason,
            result.category,
            result.provisional,
        ):
            return True
        if result.kpi == MOVING and _moved(was.value, result.value):
            return True
    return False


def _moved(before: float | None, after: float | None) -> bool:
    return before is not None and after is not None and abs(after - before) > MOVED * abs(before)
