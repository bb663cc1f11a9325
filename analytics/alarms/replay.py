"""The past of alarms, read once from the ledger: announcements, activations and verdicts with what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import transition as tr
from analytics.alarms.alarm import Alarm
from analytics.alarms.fold import STORM, Fold
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from analytics.alarms.episode import Episode
    from greendc.contracts import Event, Ledger

FIRST = frozenset((tr.NEW, tr.RELEASED, tr.PROMOTION, ""))
"""Why an alarm is put before a person as one of its own; that it became worse makes no second one of it."""
HELD_BACK = (tr.SHELF, tr.WINDOW, tr.DESIGN, "filed", STORM, "latched")


class Announcement(msgspec.Struct, kw_only=True):
    """An alarm that was put before people, and what became of it; times are 0 for what has not happened."""

    alarm: Alarm
    time_ns: int
    acknowledged_ns: int = 0
    cleared_ns: int = 0


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of an episode; ``cleared_ns`` is 0 while it stands."""

    alarm: Alarm
    raised_ns: int
    cleared_ns: int
    verdict: str
    note: str
    by: str
    time_ns: int


class Replay:
    """What the ledger says up to a time. Advisory alarms and storms' summaries are told apart by the alarm itself.

    ``held_back`` are times at which an alarm was kept back, by why; ``activations`` times at which a condition came, by
    alarm; ``watched`` times at which the watch was alive.
    """

    def __init__(self, ledger: Ledger, until_ns: int) -> None:
        """Read the ledger.

        Raises:
            StoreAway: it cannot be read.
        """
        self.announcements: list[Announcement] = []
        self.activations: dict[str, list[int]] = {}
        self.latched: list[tuple[int, str]] = []
        self.held_back: dict[str, list[int]] = {why: [] for why in HELD_BACK}
        self.watched: list[int] = []
        self._open: dict[str, Announcement] = {}
        self._labels: dict[tuple[str, int], Label] = {}
        self._cleared: dict[tuple[str, int], int] = {}
        self.fold = Fold()
        for event in ledger.events(kinds=tr.KINDS):
            if event.time_ns <= until_ns:
                before = self.fold.find(event.subject)
                self.fold.apply(event)
                self._note(event, before, self.fold.find(event.subject))

    @property
    def labels(self) -> list[Label]:
        """Return the verdicts, the last of each episode, in the order of their episodes."""
        found = [
            msgspec.structs.replace(label, cleared_ns=self._cleared.get(key, 0)) for key, label in self._labels.items()
        ]
        return sorted(found, key=lambda label: (label.raised_ns, label.alarm.id))

    def _note(self, event: Event, before: Episode | None, after: Episode | None) -> None:
        if event.principal.role == "system" and (not self.watched or event.time_ns > self.watched[-1]):
            self.watched.append(event.time_ns)
        if after is None:
            return
        if event.kind == tr.RAISED:
            self._raised(event, before, after)
        elif event.kind == tr.CLEARED:
            self._cleared[after.id, after.raised_ns] = event.time_ns
            if (found := self._open.pop(after.id, None)) is not None:
                found.cleared_ns = event.time_ns
        elif event.kind == tr.ACKNOWLEDGED:
            found = self._open.get(after.id)
            if found is not None and not found.acknowledged_ns and before != after:
                found.acknowledged_ns = event.time_ns
        elif event.kind == tr.VERDICT and after.raised_ns == tr.body_of(event, tr.Judgement).raised_ns:
            self._judged(event, after)
        else:
            self._kept_back(event, after)

    def _raised(self, event: Event, before: Episode | None, after: Episode) -> None:
        alarm = after.alarm
        if before is None or not before.active:
            self.activations.setdefault(alarm.id, []).append(event.time_ns)
        if alarm.suppressed:
            self.held_back[alarm.suppressed].append(event.time_ns)
        elif alarm.cause:
            self.held_back[STORM if alarm.cause.startswith(STORM) else "filed"].append(event.time_ns)
        elif event.reason in FIRST and (event.reason or before is None or not before.active):
            found = Announcement(alarm=alarm, time_ns=event.time_ns)
            self.announcements.append(found)
            self._open[alarm.id] = found

    def _kept_back(self, event: Event, after: Episode) -> None:
        if event.kind == tr.FILED:
            self.held_back["filed"].append(event.time_ns)
        elif event.kind == tr.SUPPRESSED:
            self.held_back[after.alarm.suppressed].append(event.time_ns)
        elif event.kind == tr.SHELVED:
            self.held_back[tr.SHELF].append(event.time_ns)
        elif event.kind == tr.CHATTERING:
            self.latched.append((event.time_ns, after.id))
        elif event.kind == tr.CONDITION and after.alarm.rule != STORM and after.holds:
            self.activations.setdefault(after.id, []).append(event.time_ns)
            self.held_back["latched"].append(event.time_ns)

    def _judged(self, event: Event, after: Episode) -> None:
        key = after.id, after.raised_ns
        self._labels[key] = Label(
            alarm=after.alarm,
            raised_ns=after.raised_ns,
            cleared_ns=0,
            verdict=after.verdict,
            note=event.reason,
            by=event.principal.name,
            time_ns=event.time_ns,
        )


def watched_spans(times_ns: list[int], start_ns: int, end_ns: int) -> list[tuple[int, int]]:
    """Return the stretches of a period in which alarms were judged: a sign of life counts for an hour and a little."""
    reach_ns = NS_PER_HOUR + NS_PER_HOUR // 12
    spans: list[tuple[int, int]] = []
    for time_ns in times_ns:
        first, last = max(time_ns, start_ns), min(time_ns + reach_ns, end_ns)
        if last <= first:
            continue
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans
