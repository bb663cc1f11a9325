"""The life of a recommendation, as the ledger tells it: which ones there are, in which state, and how they got there.

proposed -> accepted -> done -> verifying -> verified | not verifiable | no saving; or rejected, rolled back, withdrawn,
expired. What ended may be proposed again: that begins another episode of the same id, and the old one stays on record.
"""

from __future__ import annotations

import logging
import threading
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import msgspec

from analytics.advice.evidence import Drift, Evidence
from analytics.advice.recommendation import OneOff, Recommendation, Refusal
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greendc.contracts import Event, Ledger

S = TypeVar("S", bound=msgspec.Struct)

log = logging.getLogger("greendc.advice")


class State(StrEnum):
    """Where a recommendation stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DONE = "done"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    NOT_VERIFIABLE = "not verifiable"
    NO_SAVING = "no saving"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled back"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def code(self) -> str:
        """Return the state as it stands in keys of texts and in kinds of events."""
        return self.value.replace(" ", "_")

    @property
    def kind(self) -> str:
        """Return the kind of the event that leads there."""
        return f"advice.{self.code}"


HELD = frozenset((State.ACCEPTED, State.DONE, State.VERIFYING))
"""As long as one of these holds, the same is not proposed again."""
CARRIED_OUT = frozenset((State.DONE, State.VERIFYING, State.VERIFIED, State.NOT_VERIFIABLE, State.NO_SAVING))
JUDGED = frozenset((State.VERIFIED, State.NOT_VERIFIABLE, State.NO_SAVING))
_FINDINGS = frozenset((State.VERIFYING, *JUDGED))
NEXT: dict[State, frozenset[State]] = {
    State.PROPOSED: frozenset((State.PROPOSED, State.ACCEPTED, State.REJECTED, State.WITHDRAWN, State.EXPIRED)),
    State.ACCEPTED: frozenset((State.DONE, State.REJECTED)),
    State.DONE: frozenset((*_FINDINGS, State.ROLLED_BACK)),
    State.VERIFYING: frozenset((*_FINDINGS, State.ROLLED_BACK)),
    State.VERIFIED: frozenset((State.PROPOSED, State.ROLLED_BACK)),
    State.NOT_VERIFIABLE: frozenset((State.PROPOSED, State.ROLLED_BACK)),
    State.NO_SAVING: frozenset((State.PROPOSED, State.ROLLED_BACK)),
    **dict.fromkeys((State.REJECTED, State.ROLLED_BACK, State.WITHDRAWN, State.EXPIRED), frozenset((State.PROPOSED,))),
}
"""Where each state may lead by an event of the state's own kind."""
REOPENS: dict[State, State] = {
    State.ACCEPTED: State.PROPOSED,
    State.REJECTED: State.PROPOSED,
    State.ROLLED_BACK: State.PROPOSED,
    State.NOT_VERIFIABLE: State.VERIFYING,
    State.NO_SAVING: State.VERIFYING,
}
"""Where a person who changes their mind leads it back to."""

PROPOSED = State.PROPOSED.kind
WITHDRAWN = State.WITHDRAWN.kind
REOPENED = "advice.reopened"
DRIFTED = "advice.drift"
"""Body: `Drift`. Events of verifying, verified, not verifiable and no saving have the body `Evidence`."""
LOOKED = "advice.looked"
"""Body: `Looked`; the subject is the site."""
KINDS = (*(state.kind for state in State), REOPENED, DRIFTED, LOOKED)
_STATES = {state.kind: state for state in State}
VALID_NS = 30 * 24 * NS_PER_HOUR
"""A proposal older than this is no longer shown: its evidence has aged."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person saw before accepting: which proposal, and the hottest rack with one cooling unit off."""

    proposed_ns: int
    one_off: OneOff | None = None


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What the advisors found nothing to say about, and why."""

    refusals: tuple[Refusal, ...] = ()
    from_ns: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A change of state: to which, when, who, in which role, and why."""

    state: State
    time_ns: int
    name: str
    role: str
    reason: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One episode of a recommendation, from its proposal to its end; ``advice.state`` is the state as a word."""

    advice: Recommendation
    state: State
    steps: tuple[Step, ...]
    accepted: Accepted | None = None
    evidence: Evidence | None = None
    drift: Drift | None = None

    @property
    def id(self) -> str:
        """The recommendation's id."""
        return self.advice.id

    @property
    def since_ns(self) -> int:
        """When the state began."""
        return self.steps[-1].time_ns

    def last(self, state: State) -> Step | None:
        """Return the newest step to a state, None when it never was in it."""
        return next((step for step in reversed(self.steps) if step.state is state), None)

    def aged(self, now_ns: int) -> bool:
        """Tell whether its proposal has expired, whether or not that was written down."""
        until_ns = self.advice.expires_ns or self.advice.proposed_ns + VALID_NS
        return self.state is State.PROPOSED and now_ns > until_ns


class Lives:
    """The episodes of every id, oldest first, and what the advisors were silent about last."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Know nothing yet; ``quiet`` does not say what cannot be read, because that was said already."""
        self._quiet = quiet
        self.seq = 0
        self.latest_ns = 0
        self.cases: dict[str, tuple[Case, ...]] = {}
        self.looked: tuple[int, Looked] | None = None
        # Ids whose newest proposal cannot be read: what follows it is not about the one before.
        self._lost: set[str] = set()

    def copy(self) -> Lives:
        """Return the same in an object of its own."""
        other = Lives(quiet=self._quiet)
        other.seq, other.latest_ns, other.cases, other.looked = self.seq, self.latest_ns, dict(self.cases), self.looked
        other._lost = set(self._lost)
        return other

    def newest(self) -> list[Case]:
        """Return the newest episode of each id."""
        return [episodes[-1] for episodes in self.cases.values()]

    def every(self) -> list[Case]:
        """Return every episode there was."""
        return [case for episodes in self.cases.values() for case in episodes]

    def apply(self, event: Event) -> None:
        """Take up an event. One that does not fit the state is nothing, one that cannot be read is said and skipped."""
        self.seq, self.latest_ns = max(self.seq, event.seq), max(self.latest_ns, event.time_ns)
        try:
            self._apply(event)
        except _UnreadableError as error:
            if event.kind == PROPOSED:
                self._lost.add(event.subject)
            if not self._quiet:
                log.warning("event %d (%s of %s) is left out: %s", event.seq, event.kind, event.subject, error)

    def _apply(self, event: Event) -> None:
        if event.kind == LOOKED:
            looked = _body(event, Looked)
            _worded(*(refusal.text for refusal in looked.refusals))
            self.looked = event.time_ns, looked
        elif event.kind == PROPOSED:
            self._propose(event)
        elif event.subject in self.cases and event.subject not in self._lost:
            episodes = self.cases[event.subject]
            place = _place(episodes, event.kind)
            after = _after(episodes[place], event)
            if after is not None:
                self.cases[event.subject] = (*episodes[:place], after, *episodes[place + 1 :])

    def _propose(self, event: Event) -> None:
        advice = _body(event, Recommendation)
        _worded(advice.title, advice.proposal, advice.checks)
        self._lost.discard(event.subject)
        episodes = self.cases.get(event.subject, ())
        last = episodes[-1] if episodes else None
        if last is not None and State.PROPOSED not in NEXT[last.state]:
            return
        advice = msgspec.structs.replace(advice, id=event.subject, state=State.PROPOSED.value)
        if last is not None and last.state is State.PROPOSED:
            self.cases[event.subject] = (*episodes[:-1], msgspec.structs.replace(last, advice=advice))
        else:
            case = Case(advice=advice, state=State.PROPOSED, steps=(_step(State.PROPOSED, event),))
            self.cases[event.subject] = (*episodes, case)


class LifeBook:
    """The lives of one ledger, kept up with it. Several threads may use it; what `lives` returns is only read."""

    def __init__(self, ledger: Ledger) -> None:
        """Read nothing yet."""
        self._ledger = ledger
        self._lock = threading.Lock()
        self._lives = Lives()

    def lives(self) -> Lives:
        """Return the state after the newest event.

        Raises:
            StoreAway: the ledger cannot be read.
        """
        with self._lock:
            new = self._ledger.events(kinds=KINDS, after_seq=self._lives.seq)
            if new:
                after = self._lives.copy()
                _apply(after, new)
                self._lives = after
            return self._lives


def lives_of(ledger: Ledger, until_ns: int | None = None) -> Lives:
    """Return every life as the ledger tells it; ``until_ns`` leaves out what happened later.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    # Read first, also where the past is asked for: it says what cannot be read, and says it once.
    kept = ledger.kept(LifeBook).lives()
    if until_ns is None or kept.latest_ns <= until_ns:
        return kept
    lives = Lives(quiet=True)
    _apply(lives, (event for event in ledger.events(kinds=KINDS) if event.time_ns <= until_ns))
    return lives


def last_proposed(ledger: Ledger, until_ns: int | None = None) -> dict[str, Recommendation]:
    """Return each advice as it was proposed last, with the state that later decisions gave it."""
    return {case.id: case.advice for case in lives_of(ledger, until_ns).newest()}


def _apply(lives: Lives, events: Iterable[Event]) -> None:
    for event in events:
        lives.apply(event)


def _place(episodes: tuple[Case, ...], kind: str) -> int:
    """Return which episode an event is about: the newest, but what was carried out where that is what it undoes."""
    about = {DRIFTED: frozenset((State.VERIFIED,)), State.ROLLED_BACK.kind: CARRIED_OUT}.get(kind)
    if about is not None:
        fit = [place for place, case in enumerate(episodes) if case.state in about]
        if fit:
            return fit[-1]
    return len(episodes) - 1


def _after(case: Case, event: Event) -> Case | None:
    """Return an episode after an event, None where the event does not fit it."""
    if event.kind == DRIFTED:
        drift = _body(event, Drift)
        return msgspec.structs.replace(case, drift=drift) if case.state is State.VERIFIED else None
    if event.kind == REOPENED:
        back = REOPENS.get(case.state)
        return None if back is None else _moved(case, back, event)
    state = _STATES.get(event.kind)
    if state is None or state not in NEXT[case.state]:
        return None
    if state in _FINDINGS:
        evidence = _body(event, Evidence)
        return _moved(msgspec.structs.replace(case, evidence=evidence), state, event)
    if state is State.ACCEPTED:
        case = msgspec.structs.replace(case, accepted=_accepted(event))
    return _moved(case, state, event)


def _accepted(event: Event) -> Accepted | None:
    """Return what was seen before accepting; without a form that is known it was accepted all the same."""
    try:
        return None if event.body.strip() in {"", "{}"} else _body(event, Accepted)
    except _UnreadableError:
        return None


def _moved(case: Case, state: State, event: Event) -> Case:
    """Return an episode in a state; a state that it is in already is no new step."""
    steps = case.steps if case.state is state else (*case.steps, _step(state, event))
    advice = msgspec.structs.replace(case.advice, state=state.value)
    return msgspec.structs.replace(case, advice=advice, state=state, steps=steps)


def _step(state: State, event: Event) -> Step:
    who = event.principal
    return Step(state=state, time_ns=event.time_ns, name=who.name, role=who.role, reason=event.reason)


class _UnreadableError(Exception):
    """An event says something that this version has no words or no form for."""


def _worded(*texts: Callable[[], object]) -> None:
    """Make sure that what an event says can still be said: texts change over the years, the ledger does not."""
    try:
        for text in texts:
            text()
    except KeyError as error:
        raise _UnreadableError(f"no text for {error}") from error


def _body(event: Event, into: type[S]) -> S:
    """Return the body of an event."""
    try:
        return msgspec.json.decode(event.body, type=into)
    except msgspec.DecodeError as error:
        raise _UnreadableError(str(error)) from error
