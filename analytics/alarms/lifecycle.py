"""What happens to alarms next: a pure function of their state, of what the rules found and of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import storm
from analytics.alarms import transition as tr
from analytics.alarms.alarm import PRIORITIES, Alarm
from analytics.alarms.behaviour import behaviour
from analytics.alarms.correlation import Correlation
from analytics.alarms.episode import Episode, State
from analytics.alarms.fold import STORM, Fold, covering
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.alarms.rule import Rule, Verdicts
    from analytics.topology import Topology
    from greendc.contracts import Event


def decide(
    fold: Fold, verdicts: Mapping[str, Verdicts], rules: Mapping[str, Rule], topology: Topology, now_ns: int
) -> list[Event]:
    """Return the events that bring the alarms up to date; ``fold`` is not changed.

    ``verdicts`` are what the rules found, by rule; a standing alarm of a rule that has none stands as it is.
    """
    return _Tick(fold.copy(), rules, topology, now_ns).run(verdicts)


def rank(priority: str) -> int:
    """Return the place of a priority, 0 for the most urgent."""
    return PRIORITIES.index(priority)


class _Tick:
    """One round. Every event is applied to the working copy as soon as it is decided."""

    def __init__(self, fold: Fold, rules: Mapping[str, Rule], topology: Topology, now_ns: int) -> None:
        self._fold = fold
        self._rules = rules
        self._topology = topology
        self._now_ns = now_ns
        self._events: list[Event] = []
        # Alarms to announce, with the reason why now; what rules say of suppression by design.
        self._wishes: dict[str, Alarm] = {}
        self._designed: dict[str, bool] = {}
        self._why: dict[str, str] = {}
        self._covered: frozenset[str] = frozenset()
        self._filed: list[str] = []

    def run(self, verdicts: Mapping[str, Verdicts]) -> list[Event]:
        """Return what happens, in its order."""
        self._expire()
        windows = covering(self._fold.windows, self._now_ns)
        self._covered = frozenset().union(*(self._topology.covered(window.node) for window in windows))
        for key, found in verdicts.items():
            self._take(key, found)
        self._forget_rules()
        self._keep_back()
        self._release()
        self._announce()
        self._grow()
        self._end_latches()
        self._end_storms()
        self._age()
        return self._events

    def _emit(self, kind: str, subject: str, body: msgspec.Struct | None = None, *, reason: str = "") -> None:
        event = tr.event(kind, subject, self._now_ns, body, reason=reason)
        self._events.append(event)
        self._fold.apply(event)

    def _expire(self) -> None:
        """End what has an end: windows and shelving."""
        for window in [w for w in self._fold.windows.values() if w.until_ns <= self._now_ns]:
            self._emit(tr.MAINTENANCE_OVER, window.node, reason=tr.EXPIRED)
        for alarm_id in [key for key, until_ns in self._fold.shelf.items() if until_ns <= self._now_ns]:
            self._emit(tr.UNSHELVED, alarm_id, reason=tr.EXPIRED)

    def _take(self, key: str, found: Verdicts) -> None:
        """Take what one rule found."""
        for alarm in found.raised:
            self._raise(self._completed(alarm))
        for alarm_id in found.over:
            episode = self._fold.standing.get(alarm_id)
            if episode is not None and episode.active:
                self._clear(episode)
        gaps = tuple(sorted(found.not_evaluated))
        if gaps != self._fold.gaps.get(key, ()):
            self._emit(tr.NOT_EVALUATED, key, tr.Gaps(gaps))

    def _completed(self, alarm: Alarm) -> Alarm:
        """Return an alarm with its node, as a real one if a person has promoted it."""
        rule = self._rules.get(alarm.rule)
        designed = alarm.suppressed == tr.DESIGN and not (rule is not None and rule.hard)
        self._designed[alarm.id] = designed
        targets = {alarm.id, alarm.rule, f"{alarm.rule}.{alarm.kind}"}
        return msgspec.structs.replace(
            alarm,
            node=alarm.node or self._topology.node_of(alarm.device, alarm.place),
            advisory=alarm.advisory and targets.isdisjoint(self._fold.promoted),
            suppressed=tr.DESIGN if designed else "",
            cause="",
            acknowledged=False,
            raised_ns=self._now_ns,
        )

    def _raise(self, alarm: Alarm) -> None:
        """Raise an alarm whose condition holds, if that is news."""
        before = self._fold.standing.get(alarm.id)
        if before is None or not before.active:
            self._wish(msgspec.structs.replace(alarm, suppressed=self._kept_back(alarm)), tr.NEW)
            return
        if not before.holds:
            self._emit(tr.CONDITION, alarm.id, tr.Condition(holds=True))
        if before.alarm.advisory and not alarm.advisory:
            self._wish(msgspec.structs.replace(alarm, suppressed=before.alarm.suppressed), tr.PROMOTION)
        elif rank(alarm.priority) < rank(before.own):
            self._worsen(before, alarm)

    def _worsen(self, before: Episode, alarm: Alarm) -> None:
        """Raise a standing alarm again at a higher priority, where it stands."""
        worse = msgspec.structs.replace(
            alarm,
            priority=min(alarm.priority, before.alarm.priority, key=rank),
            advisory=before.alarm.advisory,
            suppressed=before.alarm.suppressed,
            cause=before.alarm.cause,
        )
        self._emit(tr.RAISED, alarm.id, worse, reason=tr.WORSE)
        self._filed.append(alarm.id)

    def _clear(self, episode: Episode) -> None:
        """Clear an alarm whose condition is over, but for a latched one."""
        rule = self._rules.get(episode.alarm.rule)
        latched = episode.chattering or (rule is not None and rule.latched)
        if not latched:
            self._emit(tr.CLEARED, episode.id)
        elif episode.holds:
            self._emit(tr.CONDITION, episode.id, tr.Condition(holds=False))

    def _forget_rules(self) -> None:
        """Clear what no rule will ever clear."""
        for episode in list(self._fold.standing.values()):
            if episode.active and episode.alarm.rule not in self._rules and episode.alarm.rule != STORM:
                self._emit(tr.CLEARED, episode.id, reason=tr.RULE_GONE)

    def _kept_back(self, alarm: Alarm) -> str:
        """Return why an alarm is kept back now: by its shelf, by a window, by design; empty when it is not."""
        if alarm.id in self._fold.shelf:
            return tr.SHELF
        if alarm.node in self._covered:
            return tr.WINDOW
        designed = self._designed.get(alarm.id, alarm.suppressed == tr.DESIGN)
        return tr.DESIGN if designed else ""

    def _keep_back(self) -> None:
        """Note which standing alarms are kept back from now on, and announce those that no longer are."""
        for episode in list(self._fold.standing.values()):
            alarm = episode.alarm
            if not episode.active or episode.id in self._why:
                continue
            by = self._kept_back(alarm)
            if by and by != alarm.suppressed:
                self._emit(tr.SUPPRESSED, episode.id, tr.Suppressed(by))
            elif alarm.suppressed and not by:
                self._wish(msgspec.structs.replace(alarm, suppressed="", cause=""), tr.RELEASED)

    def _release(self) -> None:
        """Announce what was filed under a cause that is kept back, or that has been over for the whole grace."""
        grace_ns = round(behaviour().correlation.grace_s * NS_PER_SECOND)
        for episode in list(self._fold.standing.values()):
            cause = episode.alarm.cause
            if not cause or not episode.active or episode.alarm.suppressed or episode.id in self._why:
                continue
            above = self._fold.find(cause)
            over = above is None or (not above.active and self._now_ns - above.cleared_ns >= grace_ns)
            if over or (above is not None and above.active and above.alarm.suppressed):
                self._wish(msgspec.structs.replace(episode.alarm, cause=""), tr.RELEASED)

    def _wish(self, alarm: Alarm, reason: str) -> None:
        """Put an alarm on the list of those to announce; one that is kept back is written down at once."""
        if alarm.suppressed:
            self._emit(tr.RAISED, alarm.id, alarm, reason=reason)
            self._watch_chatter(alarm.id, reason)
            return
        self._wishes[alarm.id] = alarm
        self._why[alarm.id] = reason

    def _announce(self) -> None:
        """File under causes what has one, guard against a storm, and announce the rest."""
        if not self._wishes:
            return
        standing = {key: episode.alarm for key, episode in self._fold.standing.items() if self._leads(episode)}
        everything = standing | self._wishes
        causes = Correlation(self._topology, self._rules).causes(everything.values(), everything.values())
        roots = [alarm for key, alarm in self._wishes.items() if key not in causes]
        for alarm in sorted(roots, key=lambda alarm: (rank(alarm.priority), alarm.since_ns, alarm.id)):
            self._say(msgspec.structs.replace(alarm, cause=self._storm(alarm)))
        below = self._below()
        for key, cause in causes.items():
            if key in self._wishes:
                self._say(msgspec.structs.replace(self._wishes[key], cause=cause))
            elif standing[key].cause != cause:
                self._emit(tr.FILED, key, tr.Filed(cause))
            self._filed.append(key)
            for child in below.get(key, ()):
                self._emit(tr.FILED, child, tr.Filed(cause))
                self._filed.append(child)

    def _leads(self, episode: Episode) -> bool:
        """Tell whether a standing alarm is announced, or would be but for a storm, so that it may be filed or file."""
        alarm = episode.alarm
        alone = not alarm.cause or alarm.cause.startswith(STORM)
        return (
            episode.active and alone and not alarm.suppressed and alarm.rule != STORM and alarm.id not in self._wishes
        )

    def _below(self) -> dict[str, list[str]]:
        """Return what is filed under each alarm, but for storms."""
        below: dict[str, list[str]] = {}
        for key, episode in self._fold.standing.items():
            cause = episode.alarm.cause
            if cause and episode.active and not cause.startswith(STORM) and key not in self._wishes:
                below.setdefault(cause, []).append(key)
        return below

    def _say(self, alarm: Alarm) -> None:
        reason = self._why[alarm.id]
        self._emit(tr.RAISED, alarm.id, alarm, reason=reason)
        if alarm.cause:
            self._filed.append(alarm.id)
        self._watch_chatter(alarm.id, reason)

    def _watch_chatter(self, alarm_id: str, reason: str) -> None:
        """Latch an alarm that came too often."""
        chatter = behaviour().chatter
        times = self._fold.standing[alarm_id].activations
        since_ns = self._now_ns - round(chatter.window_s * NS_PER_SECOND)
        count = sum(time_ns > since_ns for time_ns in times)
        if reason == tr.NEW and count > chatter.count:
            self._emit(tr.CHATTERING, alarm_id, tr.Count(count))

    def _storm(self, alarm: Alarm) -> str:
        """Return the storm's summary that an alarm is filed under, empty for one that is announced on its own."""
        summary_id = storm.summary_id(self._topology.site, advisory=alarm.advisory)
        episode = self._fold.standing.get(summary_id)
        stands = episode is not None and episode.active
        flood = storm.arrived(self._fold, self._now_ns, advisory=alarm.advisory) >= behaviour().storm.count
        if episode is not None and stands and episode.alarm.suppressed:
            return ""
        if episode is not None and stands and episode.holds:
            return summary_id
        if not flood:
            return ""
        if stands:
            self._emit(tr.CONDITION, summary_id, tr.Condition(holds=True))
        summary = storm.summary(self._topology.site, alarm, self._now_ns)
        self._emit(tr.RAISED, summary_id, summary, reason=tr.AGAIN if stands else tr.NEW)
        return summary_id

    def _grow(self) -> None:
        """Raise a cause again that is less urgent than what is filed under it: nothing urgent hides below."""
        for key in self._filed:
            child = self._fold.standing.get(key)
            while child is not None and (parent := self._fold.standing.get(child.alarm.cause)) is not None:
                if parent.active and rank(child.alarm.priority) < rank(parent.alarm.priority):
                    grown = msgspec.structs.replace(parent.alarm, priority=child.alarm.priority)
                    self._emit(tr.RAISED, parent.id, grown, reason=tr.GROWN)
                child = self._fold.standing[parent.id]

    def _end_latches(self) -> None:
        """Clear latched alarms: a chattering one when it has been quiet, another when a person has seen it."""
        quiet_ns = round(behaviour().chatter.window_s * NS_PER_SECOND)
        for episode in list(self._fold.standing.values()):
            if episode.holds or not episode.active or episode.alarm.rule == STORM:
                continue
            rule = self._rules.get(episode.alarm.rule)
            unseen = rule is not None and rule.latched and episode.state is State.ACTIVE_UNACKED
            loud = episode.chattering and self._now_ns - episode.changed_ns < quiet_ns
            if not unseen and not loud:
                self._emit(tr.CLEARED, episode.id, reason=tr.QUIET if episode.chattering else "")

    def _end_storms(self) -> None:
        """End a storm: it takes no more when few come, and is over when nothing is filed under it."""
        for advisory in (False, True):
            summary_id = storm.summary_id(self._topology.site, advisory=advisory)
            episode = self._fold.standing.get(summary_id)
            if episode is None or not episode.active:
                continue
            few = storm.arrived(self._fold, self._now_ns, advisory=advisory) < behaviour().storm.ends_below
            if episode.holds and few:
                self._emit(tr.CONDITION, summary_id, tr.Condition(holds=False))
            if few and not any(e.active and e.alarm.cause == summary_id for e in self._fold.standing.values()):
                self._emit(tr.CLEARED, summary_id)

    def _age(self) -> None:
        """Escalate what nobody has seen, bring back what has stood for long, and name what is stale."""
        stale_ns = round(behaviour().stale.after_s * NS_PER_SECOND)
        for episode in list(self._fold.standing.values()):
            if not episode.active or not episode.announced:
                continue
            if not episode.stale and self._now_ns - episode.raised_ns > stale_ns:
                self._emit(tr.STALE, episode.id)
            if not episode.alarm.advisory:
                self._press(episode)

    def _press(self, episode: Episode) -> None:
        patience = behaviour().priorities[episode.alarm.priority]
        if episode.state is State.ACTIVE_UNACKED:
            waited_s = (self._now_ns - episode.announced_ns) / NS_PER_SECOND
            level = sum(waited_s >= age_s for age_s in patience.escalate_s)
            if level > episode.level:
                self._emit(tr.ESCALATED, episode.id, tr.Count(level))
        elif patience.again_s and self._now_ns - episode.acknowledged_ns >= patience.again_s * NS_PER_SECOND:
            self._emit(tr.RAISED, episode.id, episode.alarm, reason=tr.AGAIN)
