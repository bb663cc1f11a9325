"""Advice as people work on it, from the ledger alone: to decide, to do, being measured, proved, and over."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

import msgspec

from analytics.advice.acts import acts_of
from analytics.advice.advisors import ADVISORS
from analytics.advice.evidence import Saved
from analytics.advice.life import CARRIED_OUT, JUDGED, Case, State, lives_of
from analytics.advice.recommendation import Refusal, Spread
from analytics.advice.together import total

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.advice.recommendation import Recommendation
    from greendc.contracts import Ledger
    from greendc.site import Site

PAST_SHOWN = 20
_ORDER = {advisor.key: place for place, advisor in enumerate(ADVISORS)}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One episode, what a person may do with it now, and how many episodes of the same came before it."""

    case: Case
    acts: tuple[str, ...]
    before: int = 0


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """What the advisors were silent about when they looked last, and when that was."""

    time_ns: int
    in_order: tuple[Refusal, ...]
    blind: tuple[Refusal, ...]


class AdviceStanding(msgspec.Struct, frozen=True, kw_only=True):
    """All advice. ``proposed`` and ``accepted`` are in the order in which advice is carried out and simulated.

    ``measuring`` was carried out, ``proved`` has its verdict, ``past`` ended otherwise, the newest first. ``together``
    is the year's saving of what is open, all of it carried out [kWh]; ``verified`` the sum of what was verified [kWh].
    """

    proposed: tuple[Line, ...]
    accepted: tuple[Line, ...]
    measuring: tuple[Line, ...]
    proved: tuple[Line, ...]
    past: tuple[Line, ...]
    together: Spread | None
    verified: Saved | None
    silence: Silence | None

    @property
    def open(self) -> tuple[Line, ...]:
        """Return what waits for a person."""
        return (*self.accepted, *self.proposed)

    def every(self) -> tuple[Line, ...]:
        """Return every line, in the order of the page."""
        return (*self.open, *self.measuring, *self.proved, *self.past)


def standing_of(ledger: Ledger, _site: Site | None, now_ns: int, *, until_ns: int | None = None) -> AdviceStanding:
    """Return all advice as it stands; ``until_ns`` leaves out what happened later.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    lives = lives_of(ledger, until_ns)
    newest = lives.newest()
    current = [case for case in newest if not case.aged(now_ns)]
    # What was proved stays in sight when a further step is proposed.
    proved = [case for case in lives.every() if case.state in JUDGED]
    shown = {id(case) for case in (*proved, *(c for c in current if c.state not in _ENDED))}
    past = sorted((c for c in lives.every() if id(c) not in shown), key=lambda c: c.since_ns, reverse=True)
    silence = None
    if lives.looked is not None:
        time_ns, looked = lives.looked
        refusals = sorted(looked.refusals, key=lambda refusal: _ORDER.get(refusal.advisor, len(_ORDER)))
        silence = Silence(
            time_ns=time_ns,
            in_order=tuple(refusal for refusal in refusals if not refusal.undecided),
            blind=tuple(refusal for refusal in refusals if refusal.undecided),
        )
    by = {state: [case for case in current if case.state is state] for state in State}
    waiting = in_order([*by[State.PROPOSED], *by[State.ACCEPTED]])
    return AdviceStanding(
        proposed=_lines(in_order(by[State.PROPOSED]), lives.cases),
        accepted=_lines(in_order(by[State.ACCEPTED]), lives.cases),
        measuring=_lines(in_order([*by[State.DONE], *by[State.VERIFYING]]), lives.cases),
        proved=_lines(sorted(proved, key=lambda case: case.since_ns, reverse=True), lives.cases),
        past=_lines(past[:PAST_SHOWN], lives.cases),
        together=total(case.advice for case in waiting),
        verified=verified_kwh(proved),
        silence=silence,
    )


_ENDED = frozenset((State.REJECTED, State.ROLLED_BACK, State.WITHDRAWN, State.EXPIRED, *JUDGED))


def open_advice(ledger: Ledger, now_ns: int | None = None) -> list[Recommendation]:
    """Return advice that waits for a person, in the one order of all pages; with ``now_ns`` only what was fresh then.

    What was accepted comes first, because the next step is to do it; within either, the order of carrying out: a saving
    that stands later was computed with what stands before it.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    current = [case for case in lives_of(ledger, now_ns).newest() if now_ns is None or not case.aged(now_ns)]
    by = {state: [case for case in current if case.state is state] for state in (State.ACCEPTED, State.PROPOSED)}
    return [case.advice for cases in by.values() for case in in_order(cases)]


def in_order(cases: Iterable[Case]) -> list[Case]:
    """Return episodes in the order in which their advice is carried out."""
    return sorted(cases, key=lambda case: (_ORDER.get(case.advice.advisor, len(_ORDER)), case.id))


def verified_kwh(cases: Iterable[Case]) -> Saved | None:
    """Return the sum of what was verified [kWh], None without any; the errors of the measures are independent."""
    reports = [
        case.evidence.report
        for case in cases
        if case.state is State.VERIFIED and case.evidence is not None and case.evidence.report is not None
    ]
    known = [
        (one.saving, one.saving - one.low, one.high - one.saving)
        for one in reports
        if one.saving is not None and one.low is not None and one.high is not None
    ]
    if not known:
        return None
    value = sum(saving for saving, _, _ in known)
    low, high = (hypot(*sides) for sides in ([low for _, low, _ in known], [high for _, _, high in known]))
    return Saved(value=value, low=value - low, high=value + high)


def _lines(cases: Sequence[Case], episodes: dict[str, tuple[Case, ...]]) -> tuple[Line, ...]:
    return tuple(_line(case, episodes[case.id]) for case in cases)


def _line(case: Case, episodes: tuple[Case, ...]) -> Line:
    place = next(place for place, one in enumerate(episodes) if one is case)
    newest = place == len(episodes) - 1
    # An older episode can only be undone, and only the last one that was carried out.
    undone = case.state in CARRIED_OUT and not any(one.state in CARRIED_OUT for one in episodes[place + 1 :])
    acts = acts_of(case) if newest else tuple(act for act in acts_of(case) if undone and act == "rollback")
    return Line(case=case, acts=acts, before=place)
