"""Advice: what to change, what it is worth, what must not be broken. It never acts.

One file in `advisors` and one line in `ADVISORS` adds a kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.advice.advisors import ADVISORS
from analytics.advice.life import PROPOSED, WITHDRAWN, last_proposed, open_advice
from analytics.advice.proposal import VALID_NS
from analytics.advice.recommendation import Recommendation, Refusal, Spread
from analytics.advice.situation import Situation
from analytics.advice.together import together
from analytics.alarms import active_alarms
from analytics.alarms.transition import SYSTEM
from greendc.contracts import Event
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.advice.advisor import Answer
    from greendc.contracts import History, Ledger
    from greendc.site import Site

__all__ = ["ADVISORS", "Recommendation", "Refusal", "Situation", "Spread", "advise", "evaluate", "open_advice"]

LEAST_NS = 3600 * NS_PER_SECOND
"""An hour of data is the least for advice on a real site; a demo may take less."""
_TARGET_MOVED = 0.25
_WORTH_MOVED = 0.25


def advise(situation: Situation) -> list[Answer]:
    """Ask every advisor, and simulate what they recommend together.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    if not situation.long_enough:
        return [Refusal(advisor=advisor.key, reason="time") for advisor in ADVISORS]
    return together(situation, [answer for advisor in ADVISORS for answer in advisor.advise(situation)])


def evaluate(history: History, site: Site, ledger: Ledger, now_ns: int, *, least_ns: int = LEAST_NS) -> list[Answer]:
    """Ask every advisor, write new or clearly changed proposals into the ledger, and return all answers.

    A proposal whose advisor looked again and no longer makes it is withdrawn.

    Raises:
        StoreAway, StoreRefused: store or ledger cannot be used.
    """
    answers = advise(Situation(history, site, now_ns, alarms=active_alarms(ledger), least_ns=least_ns))
    known = last_proposed(ledger)
    undecided = {answer.advisor for answer in answers if isinstance(answer, Refusal) and answer.undecided}
    made = {answer.id: answer for answer in answers if isinstance(answer, Recommendation)}
    for answer in made.values():
        if _is_news(answer, known.get(answer.id)):
            _append(ledger, PROPOSED, answer.id, now_ns, answer)
    for before in known.values():
        if before.state == "proposed" and before.id not in made and before.advisor not in undecided:
            _append(ledger, WITHDRAWN, before.id, now_ns, None)
    return answers


def _is_news(answer: Recommendation, before: Recommendation | None) -> bool:
    """Tell whether a proposal differs enough from the last one to be put before a person again."""
    if before is None or before.state == "withdrawn" or answer.proposed_ns - before.proposed_ns > VALID_NS:
        return True
    moved = _differ(answer.change_to, before.change_to)
    worth = abs(answer.energy_kwh.p50 - before.energy_kwh.p50) > _WORTH_MOVED * abs(before.energy_kwh.p50)
    if before.state == "proposed":
        return moved or worth or _held(answer) != _held(before)
    return moved


def _differ(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) >= _TARGET_MOVED


def _held(advice: Recommendation) -> list[tuple[str, str]]:
    return [(check.key, check.status) for check in (*advice.preconditions, *advice.guards)]


def _append(ledger: Ledger, kind: str, subject: str, now_ns: int, body: Recommendation | None) -> None:
    text = "" if body is None else msgspec.json.encode(body).decode()
    ledger.append(Event(time_ns=now_ns, kind=kind, subject=subject, principal=SYSTEM, body=text))
