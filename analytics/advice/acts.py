"""What people do with advice. Each act names who, when and why, is checked against the state, and is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.advice.life import CARRIED_OUT, REOPENED, REOPENS, Accepted, Case, State, lives_of
from analytics.advice.together import conflicts
from analytics.alarms.actions import ROLES
from analytics.alarms.transition import event
from greendc.errors import GreendcError
from greendc.texts import t

if TYPE_CHECKING:
    import msgspec

    from analytics.advice.recommendation import Check
    from greendc.contracts import Ledger
    from greendc.model import Principal

ACCEPT, DONE, REJECT, ROLL_BACK, REOPEN = "accept", "done", "reject", "rollback", "reopen"
NEED_REASON = frozenset((REJECT, ROLL_BACK, REOPEN))


class AdviceRefused(GreendcError):
    """An act that does not fit the state of the advice, or that this person may not do; ``key`` names the text."""

    def __init__(self, key: str, checks: tuple[Check, ...] = (), state: State | None = None, **params: str) -> None:
        """Keep why: guard rails that stand against it, or the state that it does not fit; nothing was written."""
        self.key = f"advice.life.refused.{key}"
        self._checks = checks
        self._state = state
        self._params = params
        super().__init__(self.text())

    def params(self, lang: str | None = None) -> dict[str, str]:
        """Return what the text needs, worded in a language."""
        found = dict(self._params)
        if self._checks:
            found["why"] = " ".join(check.text(lang) for check in self._checks)
        if self._state is not None:
            found["state"] = t(f"advice.life.state.{self._state.code}", lang)
        return found

    def text(self, lang: str | None = None) -> str:
        """Return why, for a person."""
        return t(self.key, lang, **self.params(lang))


class AdviceAct:
    """One person at one time with one reason, before one ledger."""

    def __init__(self, ledger: Ledger, principal: Principal, now_ns: int, reason: str = "") -> None:
        """Take who acts, when [UTC ns] and why.

        Raises:
            AdviceRefused: this person may not act.
        """
        if principal.role not in ROLES:
            raise AdviceRefused("role", role=principal.role)
        self._ledger = ledger
        self._principal = principal
        self._now_ns = now_ns
        self._reason = reason.strip()

    def accept(self, advice_id: str, seen_ns: int | None = None) -> None:
        """Take a proposal on; what is written says where the hottest rack comes to with one cooling unit off.

        ``seen_ns`` is when the proposal was made that the person saw.

        Raises:
            AdviceRefused: no such proposal, another one by now, its time is over, a guard rail does not hold, or what
                was accepted already cannot be carried out with it.
        """
        case = self._known(advice_id, State.PROPOSED)
        advice = case.advice
        if seen_ns is not None and seen_ns != advice.proposed_ns:
            raise AdviceRefused("changed", advice=advice_id)
        if case.aged(self._now_ns):
            raise AdviceRefused("expired", advice=advice_id)
        if advice.obstacles:
            raise AdviceRefused("guards", checks=advice.obstacles)
        taken = {one.id for one in lives_of(self._ledger).newest() if one.state is State.ACCEPTED}
        if against := [name for name in conflicts(advice) if name in taken]:
            raise AdviceRefused("conflict", others=", ".join(against))
        self._write(State.ACCEPTED.kind, advice_id, Accepted(proposed_ns=advice.proposed_ns, one_off=advice.one_off))

    def done(self, advice_id: str) -> None:
        """Note that it was carried out; from now on it is measured.

        Raises:
            AdviceRefused: it was not accepted.
        """
        self._known(advice_id, State.ACCEPTED)
        self._write(State.DONE.kind, advice_id)

    def reject(self, advice_id: str) -> None:
        """Turn a proposal down, or what was accepted and not yet carried out.

        Raises:
            AdviceRefused: no reason, or there is nothing to turn down.
        """
        self._known(advice_id, State.PROPOSED, State.ACCEPTED)
        self._need_reason()
        self._write(State.REJECTED.kind, advice_id)

    def roll_back(self, advice_id: str) -> None:
        """Note that what was carried out was undone.

        Raises:
            AdviceRefused: no reason, or it was not carried out.
        """
        episodes = lives_of(self._ledger).cases.get(advice_id, ())
        if not any(case.state in CARRIED_OUT for case in episodes):
            self._known(advice_id, *CARRIED_OUT)
        self._need_reason()
        self._write(State.ROLLED_BACK.kind, advice_id)

    def reopen(self, advice_id: str) -> None:
        """Go back on a decision: to the proposal, or to measuring on.

        Raises:
            AdviceRefused: no reason, or the state leads nowhere back.
        """
        self._known(advice_id, *REOPENS)
        self._need_reason()
        self._write(REOPENED, advice_id)

    def _known(self, advice_id: str, *states: State) -> Case:
        """Return the newest episode, which is in one of some states."""
        episodes = lives_of(self._ledger).cases.get(advice_id)
        if not episodes:
            raise AdviceRefused("no_advice", advice=advice_id)
        if episodes[-1].state not in states:
            raise AdviceRefused("state", state=episodes[-1].state, advice=advice_id)
        return episodes[-1]

    def _need_reason(self) -> None:
        if not self._reason:
            raise AdviceRefused("no_reason")

    def _write(self, kind: str, subject: str, body: msgspec.Struct | None = None) -> None:
        who = self._principal
        self._ledger.append(event(kind, subject, self._now_ns, body, principal=who, reason=self._reason))


def acts_of(case: Case) -> tuple[str, ...]:
    """Return what a person may do with an episode, the next step first."""
    found = []
    if case.state is State.PROPOSED and case.advice.acceptable:
        found.append(ACCEPT)
    if case.state is State.ACCEPTED:
        found.append(DONE)
    if case.state in {State.PROPOSED, State.ACCEPTED}:
        found.append(REJECT)
    if case.state in CARRIED_OUT:
        found.append(ROLL_BACK)
    if case.state in REOPENS:
        found.append(REOPEN)
    return tuple(found)
