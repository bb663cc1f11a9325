"""The learned part of the schedule: readings are judged step by step, models are trained anew each night."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from analytics.detection.change import changes, keep
from analytics.detection.joining import Joining
from analytics.detection.live import Live
from analytics.detection.model_finding import change_of, finding_of
from analytics.detection.similar import Past
from analytics.models.nightly import recall, renew
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analytics.detection.change import ChangePoint
    from analytics.detection.finding import Finding
    from analytics.models.model_set import ModelSet
    from analytics.service.pace import Pace
    from greendc.clock import Clock
    from greendc.contracts import History, Ledger
    from greendc.site import Site

log = logging.getLogger("greendc.detection")

NIGHT_HOURS = range(2, 6)
"""Local hours in which models are trained."""
ANEW_NS = 20 * NS_PER_HOUR
TRY_NS = NS_PER_HOUR
"""As long as no model can be made, it is tried again this often."""
SAME_CHANGE_NS = 24 * NS_PER_HOUR
"""A series has one change a day; what moves again within is the same change that goes on."""


class DetectJobs:
    """The jobs of one site about what is learned. `findings` is what the last run found, None while it learns."""

    def __init__(self, site: Site, ledger: Ledger, data_dir: Path, clock: Clock, pace: Pace) -> None:
        """Take what the jobs share; the state is read when the first of them runs."""
        self._site = site
        self._ledger = ledger
        self._data_dir = data_dir
        self._clock = clock
        self._pace = pace
        self._live: Live | None = None
        self._models: ModelSet | None = None
        self._past = Past(ledger)
        self._joining = Joining()
        self._tried_ns = 0
        self._noted: dict[str, int] | None = None
        self.findings: list[Finding] | None = None

    def plan(self) -> dict[str, tuple[float, Callable[[History], None]]]:
        """Return the jobs by name with their intervals [s]."""
        return {"detect": (self._pace.detect_s, self.detect), "training": (self._pace.training_s, self.training)}

    def detect(self, history: History) -> None:
        """Judge what came in since the last run; note changes of level."""
        now_ns = self._clock.now_ns()
        if self._live is None:
            self._live = Live(self._site, self._data_dir)
        models = self._known()
        found = self._live.tick(history, now_ns)
        changed = self._live.changes()
        if len(models):
            verdicts = models.judge(history, self._site, now_ns)
            found = (found or []) + [finding_of(verdict) for verdict in verdicts if verdict.active]
            changed += [change for verdict in verdicts if (change := change_of(verdict)) is not None]
        for change in changed:
            self._note(change, now_ns)
        if found:
            self._past.look()
            found = [self._past.recalled(finding) for finding in self._joining.joined(found)]
        self.findings = found

    def training(self, history: History) -> None:
        """Train the models when the night has come, or when there are none yet."""
        now_ns, models = self._clock.now_ns(), self._known()
        if len(models):
            hour = dt.datetime.fromtimestamp(now_ns // NS_PER_SECOND, tz=self._site.zone()).hour
            if now_ns - models.trained_ns < ANEW_NS or hour not in NIGHT_HOURS:
                return
        elif now_ns - self._tried_ns < TRY_NS:
            return
        self._tried_ns = now_ns
        made = renew(history, self._site, self._ledger, self._data_dir, now_ns)
        if len(made):
            self._models = made

    def close(self) -> None:
        """Keep the state."""
        if self._live is not None:
            self._live.close()

    def _known(self) -> ModelSet:
        if self._models is None:
            loaded = recall(self._site, self._ledger, self._data_dir)
            for problem in loaded.problems:
                log.warning("%s", problem.sentence("en"))
            self._models = loaded.models
        return self._models

    def _note(self, change: ChangePoint, now_ns: int) -> None:
        if self._noted is None:
            self._noted = {known.series.label(): known.time_ns for known in changes(self._ledger)}
        last_ns = self._noted.get(change.series.label(), 0)
        if change.time_ns - last_ns < SAME_CHANGE_NS:
            return
        keep(self._ledger, change, now_ns)
        self._noted[change.series.label()] = change.time_ns
