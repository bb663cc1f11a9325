"""What an evaluation writes into the ledger: new and clearly changed proposals, and those that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.advice.life import HELD, LOOKED, VALID_NS, Looked, State
from analytics.advice.recommendation import Recommendation, Refusal
from analytics.alarms.transition import event
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.life import Case, Lives
    from analytics.advice.recommendation import Spread
    from greendc.contracts import Event

TARGET_MOVED = 0.25
WORTH_MOVED = 0.25
AGAIN_NS = 180 * 24 * NS_PER_HOUR
"""What people turned down, or what was carried out, is put before them again after this time, or when it moved."""
LOOKED_NS = 24 * NS_PER_HOUR


def news(answers: Sequence[Answer], lives: Lives, site: str, now_ns: int) -> list[Event]:
    """Return the events of an evaluation, all of them the system's own."""
    made = {answer.id: answer for answer in answers if isinstance(answer, Recommendation)}
    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    known = {case.id: case for case in lives.newest()}
    found = [
        event(State.PROPOSED.kind, answer.id, now_ns, answer)
        for answer in made.values()
        if is_news(answer, known.get(answer.id))
    ]
    undecided = {refusal.advisor for refusal in refusals if refusal.undecided}
    for case in known.values():
        if case.state is not State.PROPOSED or case.id in made:
            continue
        if case.advice.advisor not in undecided:
            found.append(event(State.WITHDRAWN.kind, case.id, now_ns))
        elif case.aged(now_ns):
            found.append(event(State.EXPIRED.kind, case.id, now_ns))
    from_ns = min((answer.evidence_from_ns for answer in made.values()), default=0)
    looked = Looked(refusals=tuple(refusals), from_ns=from_ns)
    if _looked_anew(looked, lives.looked, now_ns):
        found.append(event(LOOKED, site, now_ns, looked))
    return found


def is_news(answer: Recommendation, before: Case | None) -> bool:
    """Tell whether a proposal differs enough from the last one to be put before a person, or before them again."""
    if before is None or before.state in {State.WITHDRAWN, State.EXPIRED}:
        return True
    if before.state in HELD:
        return False
    moved = differ(answer.change_to, before.advice.change_to)
    if before.state is State.PROPOSED:
        old = before.advice
        worth = _worth_moved(answer.energy_kwh, old.energy_kwh) or _worth_moved(answer.together_kwh, old.together_kwh)
        aged = answer.proposed_ns - old.proposed_ns > VALID_NS
        return moved or worth or aged or _held(answer) != _held(old)
    return moved or answer.proposed_ns - before.since_ns > AGAIN_NS


def differ(one: float | None, other: float | None) -> bool:
    """Tell whether two targets of one actuator are not the same to a person."""
    if one is None or other is None:
        return one is not other
    return abs(one - other) >= TARGET_MOVED


def _worth_moved(one: Spread | None, other: Spread | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one.p50 - other.p50) > WORTH_MOVED * abs(other.p50)


def _held(advice: Recommendation) -> list[tuple[str, str]]:
    return [(check.key, check.status) for check in (*advice.preconditions, *advice.guards)]


def _looked_anew(looked: Looked, before: tuple[int, Looked] | None, now_ns: int) -> bool:
    if before is None or now_ns - before[0] >= LOOKED_NS:
        return True

    def said(one: Looked) -> bytes:
        shown = [(refusal.advisor, refusal.reason, refusal.missing) for refusal in one.refusals]
        return msgspec.json.encode(sorted(shown))

    return said(looked) != said(before[1])
