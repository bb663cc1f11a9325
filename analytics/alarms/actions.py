"""What people do with alarms. Each act names who, when and why, is checked against the state, and is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms import transition as tr
from analytics.alarms.behaviour import behaviour
from analytics.alarms.book import book_of
from analytics.alarms.episode import Episode, State
from analytics.alarms.fold import STORM
from analytics.alarms.rules import RULES
from greendc.errors import GreendcError
from greendc.texts import catalogue, t
from greendc.units import NS_PER_SECOND, SECONDS_PER_HOUR

if TYPE_CHECKING:
    import msgspec

    from analytics.alarms.fold import Fold
    from analytics.topology import Topology
    from greendc.contracts import Event, Ledger
    from greendc.model import Principal

ROLES = frozenset(("operator", "admin", "system"))
"""Who may act. An evaluator reads."""


class ActionRefused(GreendcError):
    """An act that does not fit the state of the alarm, or that this person may not do; ``key`` names the text."""

    def __init__(self, key: str, **params: str) -> None:
        """Keep why; nothing was written."""
        self.key = f"alarms.refused.{key}"
        self.params = params
        super().__init__(self.text())

    def text(self, lang: str | None = None) -> str:
        """Return why, for a person."""
        return t(self.key, lang, **self.params)


class Act:
    """One person at one time with one reason, before one ledger."""

    def __init__(self, ledger: Ledger, principal: Principal, now_ns: int, reason: str = "") -> None:
        """Take who acts, when [UTC ns] and why.

        Raises:
            ActionRefused: this person may not act.
        """
        if principal.role not in ROLES:
            raise ActionRefused("role", role=principal.role)
        self._book = book_of(ledger)
        self._principal = principal
        self._now_ns = now_ns
        self._reason = reason.strip()

    def acknowledge(self, alarm_id: str) -> None:
        """Note that a person has seen the alarm.

        Raises:
            ActionRefused: there is none to be seen.
        """
        episode = self._known(alarm_id)
        if episode.state not in {State.ACTIVE_UNACKED, State.CLEARED_UNACKED}:
            raise ActionRefused("not_open", alarm=alarm_id)
        self._write(tr.ACKNOWLEDGED, alarm_id, tr.Seen(episode.announced_ns))

    def shelve(self, alarm_id: str, until_ns: int) -> tuple[str, ...]:
        """Keep an alarm back until a time, with all that is filed under it; return their ids.

        Raises:
            ActionRefused: no reason, no such alarm, a summary, or a time that is over or too far off.
        """
        episode = self._known(alarm_id)
        self._need_reason()
        if episode.alarm.rule == STORM:
            raise ActionRefused("storm")
        below = [
            other
            for other in self._fold.standing.values()
            if other.active and other.alarm.cause == alarm_id and not other.shelved_until_ns
        ]
        for each in (episode, *below):
            longest_s = behaviour().priorities[each.alarm.priority].shelf_s
            if not self._now_ns < until_ns <= self._now_ns + longest_s * NS_PER_SECOND:
                hours = f"{longest_s / SECONDS_PER_HOUR:g}"
                raise ActionRefused("until", hours=hours, alarm=each.id)
        ids = (alarm_id, *(other.id for other in below))
        self._book.write([self._event(tr.SHELVED, each, tr.Until(until_ns)) for each in ids])
        return ids

    def unshelve(self, alarm_id: str) -> None:
        """End shelving; if the alarm's condition holds it is announced at the next round.

        Raises:
            ActionRefused: it is not shelved.
        """
        if not self._known(alarm_id).shelved_until_ns:
            raise ActionRefused("not_shelved", alarm=alarm_id)
        self._write(tr.UNSHELVED, alarm_id)

    def maintenance(self, topology: Topology, node: str, start_ns: int, until_ns: int) -> frozenset[str]:
        """Take a node and everything below it out of service for a time; return what that covers.

        A window that there is for the node already is replaced.

        Raises:
            ActionRefused: no reason, no such node, or times that are over, turned round or too far apart.
        """
        self._need_reason()
        if node not in topology.nodes:
            raise ActionRefused("no_node", node=node)
        longest_s = behaviour().maintenance.longest_s
        if not (start_ns < until_ns <= start_ns + longest_s * NS_PER_SECOND and until_ns > self._now_ns):
            raise ActionRefused("window", days=f"{longest_s / 86400:g}")
        self._write(tr.MAINTENANCE, node, tr.Span(start_ns, until_ns))
        return topology.covered(node)

    def end_maintenance(self, node: str) -> None:
        """Put a node back into service.

        Raises:
            ActionRefused: it is not out of service.
        """
        if node not in self._fold.windows:
            raise ActionRefused("no_window", node=node)
        self._write(tr.MAINTENANCE_OVER, node)

    def verdict(self, alarm_id: str, verdict: str) -> None:
        """Say of the newest episode of an alarm whether it was real, a nuisance or a test; a later verdict replaces it.

        Raises:
            ActionRefused: no such alarm or verdict.
        """
        if verdict not in tr.VERDICTS:
            raise ActionRefused("verdict", verdict=verdict, known=", ".join(tr.VERDICTS))
        episode = self._known(alarm_id)
        self._write(tr.VERDICT, alarm_id, tr.Judgement(verdict, episode.raised_ns))

    def note(self, alarm_id: str) -> None:
        """Write the reason down as a note to the alarm.

        Raises:
            ActionRefused: no such alarm, or nothing to write.
        """
        self._known(alarm_id)
        self._need_reason()
        self._write(tr.NOTED, alarm_id)

    def promote(self, target: str) -> None:
        """Let learned alarms count as real: those of an alarm's id, of a rule, or of ``rule.kind``.

        Raises:
            ActionRefused: no reason, no such rule or kind, nothing learned, or it is promoted already.
        """
        self._need_reason()
        key, _, kind = target.split("/", maxsplit=1)[0].partition(".")
        known = {rule.key: rule for rule in RULES}
        if key not in known or (kind and f"alarm_rules.{key}.{kind}.title" not in catalogue()):
            raise ActionRefused("no_target", target=target)
        if not known[key].model:
            raise ActionRefused("not_learned", target=target)
        if target in self._fold.promoted:
            raise ActionRefused("promoted", target=target)
        self._write(tr.PROMOTED, target)

    def demote(self, target: str) -> None:
        """Make learned alarms advisory again, from their next episode on.

        Raises:
            ActionRefused: no reason, or it is not promoted.
        """
        self._need_reason()
        if target not in self._fold.promoted:
            raise ActionRefused("not_promoted", target=target)
        self._write(tr.DEMOTED, target)

    @property
    def _fold(self) -> Fold:
        return self._book.fold()

    def _known(self, alarm_id: str) -> Episode:
        episode = self._fold.find(alarm_id)
        if episode is None:
            raise ActionRefused("no_alarm", alarm=alarm_id)
        return episode

    def _need_reason(self) -> None:
        if not self._reason:
            raise ActionRefused("no_reason")

    def _write(self, kind: str, subject: str, body: msgspec.Struct | None = None) -> None:
        self._book.write([self._event(kind, subject, body)])

    def _event(self, kind: str, subject: str, body: msgspec.Struct | None = None) -> Event:
        return tr.event(kind, subject, self._now_ns, body, principal=self._principal, reason=self._reason)
