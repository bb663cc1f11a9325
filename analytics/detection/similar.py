"""The nearest past episode of what is found now, and what a person said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.alarm import Alarm
from analytics.alarms.explanation import Similar
from analytics.alarms.transition import RAISED, VERDICT, Judgement

if TYPE_CHECKING:
    from analytics.detection.finding import Finding
    from greendc.contracts import Ledger

LEARNED = "learned"


class Past:
    """The learned alarms that a ledger holds; read once, then only what was appended since."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the ledger."""
        self._ledger = ledger
        self._seq = 0
        self._alarms: list[Alarm] = []
        self._verdicts: dict[tuple[str, int], str] = {}

    def look(self) -> None:
        """Take up what was appended.

        Raises:
            StoreAway, StoreRefused: the ledger cannot be used.
        """
        events = [event for kind in (RAISED, VERDICT) for event in self._ledger.events(kind=kind, after_seq=self._seq)]
        for event in sorted(events, key=lambda event: event.seq):
            self._seq = max(self._seq, event.seq)
            if event.kind == RAISED:
                alarm = msgspec.json.decode(event.body, type=Alarm)
                if alarm.rule == LEARNED:
                    self._alarms.append(alarm)
            else:
                judgement = msgspec.json.decode(event.body, type=Judgement)
                self._verdicts[event.subject, judgement.raised_ns] = judgement.verdict

    def similar(self, finding: Finding) -> Similar | None:
        """Return the nearest episode before this one: of the same device before others, the newest first."""
        series = finding.series
        if series is None:
            return None
        known = [
            alarm
            for alarm in self._alarms
            if alarm.quantity == series.quantity
            and alarm.raised_ns < finding.since_ns
            and _direction(alarm) == finding.direction
        ]
        if not known:
            return None
        best = max(known, key=lambda alarm: (alarm.device == series.device, alarm.raised_ns))
        verdict = self._verdicts.get((best.id, best.raised_ns), "")
        return Similar(alarm_id=best.id, time_ns=best.raised_ns, verdict=verdict)

    def recalled(self, finding: Finding) -> Finding:
        """Return a finding with its nearest past episode."""
        similar = self.similar(finding)
        if similar is None:
            return finding
        explanation = msgspec.structs.replace(finding.explanation, similar=similar)
        return msgspec.structs.replace(finding, explanation=explanation)


def _direction(alarm: Alarm) -> str:
    explained = alarm.explanation
    if explained is None or explained.expected is None or alarm.value is None:
        return ""
    return "high" if alarm.value > explained.expected else "low"
