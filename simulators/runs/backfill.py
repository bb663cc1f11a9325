"""The past of a site in accelerated time: simulated, turned into readings, and handed to whoever keeps them."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from simulators.runs import pieces, registers
from simulators.runs.readings import Readings
from simulators.runs.site_state import Moment, StateFiles
from simulators.runs.truth_file import TruthFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.model import Batch
    from simulators.runs.plan import Plan
    from simulators.runs.site_state import SiteState
    from simulators.sites.simulated_site import SimulatedSite

MINUTE_S = 60.0
AGAIN_S = 2 * 86_400.0
"""A past that was not interrupted by a live run is made again from its beginning when it begins so little earlier."""
STORE_ROWS = 2_000_000


class Keep(Protocol):
    """Keeps a batch; ``mark`` names it, so that the same piece of the past is not counted twice."""

    def __call__(self, batch: Batch, mark: str, /) -> None:
        """Return when the batch is safe."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a past has been made: readings, from when to when [s since 1970], the share that is done."""

    readings: int
    from_s: float
    until_s: float
    ratio: float


class Backfill:
    """Makes the past up to now, oldest first; a past that began later than wanted is continued backwards before."""

    def __init__(self, plan: Plan, keep: Keep, say: Callable[[Made], None], *, rows: int = STORE_ROWS) -> None:
        """Prepare to hand the readings of a plan to ``keep`` and to ``say`` after each batch how far it has come.

        ``rows`` is about how many readings go into a batch.
        """
        self._rows = rows
        self._plan = plan
        self._keep = keep
        self._say = say
        self._files = StateFiles(plan.folder, plan.identity)
        self._until_s = math.floor(time.time() / MINUTE_S) * MINUTE_S
        self._wanted_s = self._until_s - max(MINUTE_S, math.floor(plan.past_s / MINUTE_S) * MINUTE_S)
        self._readings = 0
        self._truth = TruthFile(Path(plan.truth), plan.truth_step_s) if plan.truth else None

    def run(self) -> Made:
        """Make it all; return how much it was."""
        state = self._files.site()
        if state is not None and state.first.time_s > self._wanted_s + MINUTE_S:
            self._backwards(state)
        self._onward(state)
        if self._truth is not None:
            self._truth.close()
        return self._made(self._until_s)

    def _onward(self, state: SiteState | None) -> None:
        if state is None:
            site = self._plan.built(self._wanted_s)
            first = Moment(time_s=self._wanted_s, registers=registers.of_plants(site.plants))
        else:
            first = state.first
            again = not state.was_live and 0.0 <= self._wanted_s - first.time_s <= AGAIN_S
            begin = first if again else state.last
            site = self._plan.built(max(begin.time_s, self._until_s - self._plan.past_s))
            registers.restore(site.plants, begin.registers)
        was_live, cuts = (state.was_live, state.cuts) if state is not None else (False, [])
        cuts = sorted({*cuts, self._until_s})
        self._files.keep_site(first, _now(site), was_live=was_live, cuts=cuts)
        play = self._plan.played(site, first.time_s, self._until_s)
        readings = Readings(site, self._until_s, play.troubles if play is not None else None)
        for records in pieces.onward(site, self._until_s, self._plan.step_s, cuts, play):
            if self._truth is not None:
                self._truth.note(records[site.main], self._plan.step_s)
            self._keep_all(readings, records, first, site.time_s)
            self._files.keep_site(first, _now(site), was_live=was_live, cuts=cuts)
        if play is not None and self._plan.truth:
            play.truth.write(Path(self._plan.truth))

    def _backwards(self, state: SiteState) -> None:
        first = state.first
        before = self._files.past(first.time_s)
        reached = before.reached if before is not None else first
        site = self._plan.built(first.time_s)
        play = self._plan.played(site, first.time_s, self._until_s)
        timeline, troubles = (play.timeline, play.troubles) if play is not None else (None, None)
        readings = Readings(site, self._until_s, troubles)
        for records, moment in pieces.backwards(site, reached, self._wanted_s, self._plan.step_s, timeline):
            if play is not None:
                play.note(records)
            if self._truth is not None:
                self._truth.note_apart(records[site.main], self._plan.step_s)
            self._keep_all(readings, records, first, self._wanted_s)
            self._files.keep_past(first.time_s, self._wanted_s, moment)

    def _keep_all(self, readings: Readings, records: pieces.Records, first: Moment, reached_s: float) -> None:
        for part, batch in enumerate(readings.batches(records, self._rows)):
            self._keep(batch, mark_of(first.time_s, records, part))
            self._readings += len(batch)
            self._say(self._made(reached_s))

    def _made(self, reached_s: float) -> Made:
        ratio = (reached_s - self._wanted_s) / (self._until_s - self._wanted_s)
        return Made(readings=self._readings, from_s=self._wanted_s, until_s=self._until_s, ratio=min(1.0, ratio))


def mark_of(first_s: float, records: pieces.Records, part: int) -> str:
    """Return the name of a batch: of which past, from when to when, and which of its parts."""
    times_s = next(iter(records.values())).times_s
    return f"{first_s:.0f} {times_s[0]:.0f}-{times_s[-1]:.0f} {part}"


def _now(site: SimulatedSite) -> Moment:
    return Moment(time_s=site.time_s, registers=registers.of_plants(site.plants))
