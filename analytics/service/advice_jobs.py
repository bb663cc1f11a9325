"""The advisors' part of the schedule: looking takes up to minutes, so it is done once a day or when something moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics import advice
from analytics.advice.recommendation import Refusal
from analytics.advice.verifying import Verifier
from analytics.alarms import active_alarms
from analytics.alarms.rack_inlet import KEY as INLET_RULE
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.service.pace import Pace
    from greendc.clock import Clock
    from greendc.contracts import History, Ledger
    from greendc.site import Site

GROWN = 2
"""As long as the evidence is short, advice is made anew each time it has grown so many times."""
SETTLED_NS = 30 * 86_400 * NS_PER_SECOND


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What the advisors knew when they looked last."""

    time_ns: int
    from_ns: int
    sick: frozenset[str]
    decided: bool


class AdviceJobs:
    """The jobs of one site about advice and about what came of it."""

    def __init__(self, site: Site, ledger: Ledger, clock: Clock, pace: Pace) -> None:
        """Take what the jobs share."""
        self._site = site
        self._ledger = ledger
        self._clock = clock
        self._pace = pace
        self._verifier = Verifier(site, ledger)
        self._last: Look | None = None

    def plan(self) -> dict[str, tuple[float, Callable[[History], None]]]:
        """Return the jobs by name with their intervals [s]."""
        return {"advice": (self._pace.advice_s, self.advice), "verifying": (self._pace.verifying_s, self.verifying)}

    def advice(self, history: History) -> None:
        """Ask the advisors when that is due."""
        now_ns, sick = self._clock.now_ns(), self._sick()
        if self._last is not None:
            from_ns = self._begins(history, self._last, now_ns)
            if not due(self._last, now_ns, from_ns, sick, self._pace.advice_every_s):
                return
        least_ns = round(self._pace.advice_least_s * NS_PER_SECOND)
        answers = advice.evaluate(history, self._site, self._ledger, now_ns, least_ns=least_ns)
        undecided = all(isinstance(answer, Refusal) and answer.undecided for answer in answers)
        made = [answer.evidence_from_ns for answer in answers if isinstance(answer, advice.Recommendation)]
        from_ns = min(made, default=self._last.from_ns if self._last is not None else now_ns)
        self._last = Look(time_ns=now_ns, from_ns=from_ns, sick=sick, decided=not undecided)

    def verifying(self, history: History) -> None:
        """Measure what was carried out."""
        self._verifier.run(history, self._clock.now_ns())

    def _begins(self, history: History, last: Look, now_ns: int) -> int:
        """Return where the evidence begins by now: as long as it is short, an older past may still be filled in."""
        if now_ns - last.from_ns >= SETTLED_NS:
            return last.from_ns
        return min(last.from_ns, advice.Situation(history, self._site, now_ns, least_ns=0).start_ns)

    def _sick(self) -> frozenset[str]:
        return frozenset(alarm.id for alarm in active_alarms(self._ledger) if alarm.rule == INLET_RULE)


def due(last: Look, now_ns: int, from_ns: int, sick: frozenset[str], every_s: float) -> bool:
    """Tell whether the advisors should look again.

    They do when nothing could be decided yet, when a rack fell ill or was cured, when the evidence, which begins at
    ``from_ns`` by now, has grown much, and once a day.
    """
    if not last.decided or sick != last.sick:
        return True
    span_ns, then_ns = now_ns - from_ns, last.time_ns - last.from_ns
    if 0 < then_ns < SETTLED_NS and span_ns >= GROWN * then_ns:
        return True
    return now_ns - last.time_ns >= every_s * NS_PER_SECOND
