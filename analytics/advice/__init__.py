"""Advice: what to change, what it is worth, what must not be broken. It never acts.

One file and one line in `ADVISORS` adds a kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.advice import supply_air
from analytics.advice.advisor import Advisor, Situation
from analytics.advice.recommendation import (
    PROPOSED,
    VALID_NS,
    WITHDRAWN,
    Recommendation,
    Refusal,
    Spread,
    last_proposed,
    open_advice,
)
from analytics.alarms import active_alarms
from analytics.alarms.transition import SYSTEM
from greendc.contracts import Event
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.contracts import History, Ledger
    from greendc.site import Site

__all__ = ["ADVISORS", "Recommendation", "Refusal", "Spread", "evaluate", "open_advice"]

ADVISORS: tuple[Advisor, ...] = (Advisor(key=supply_air.KEY, advise=supply_air.advise),)

LEAST_NS = 3600 * NS_PER_SECOND
"""An hour of data is the least for advice on a real site; a demo may take less."""
_OVER = {"no_headroom", "no_net_saving", "too_humid"}
_TARGET_MOVED_K = 0.25
_WORTH_MOVED = 0.25


def evaluate(
    history: History, site: Site, ledger: Ledger, now_ns: int, *, least_ns: int = LEAST_NS
) -> list[Recommendation | Refusal]:
    """Ask every advisor, write new or clearly changed proposals into the ledger, and return all answers.

    Raises:
        StoreAway, StoreRefused: store or ledger cannot be used.
    """
    alarms = tuple(alarm.id for alarm in active_alarms(ledger))
    situation = Situation(history, site, now_ns, alarms, least_ns=least_ns)
    known = last_proposed(ledger)
    answers: list[Recommendation | Refusal] = []
    for advisor in ADVISORS:
        answer = advisor.advise(situation)
        answers.append(answer)
        if isinstance(answer, Recommendation):
            if _is_news(answer, known.get(answer.id)):
                _append(ledger, PROPOSED, answer.id, now_ns, msgspec.json.encode(answer).decode())
            continue
        before = known.get(f"{advisor.key}/{site.name}")
        if answer.reason in _OVER and before is not None and before.state == "proposed":
            _append(ledger, WITHDRAWN, before.id, now_ns, msgspec.json.encode(answer).decode())
    return answers


def _is_news(answer: Recommendation, before: Recommendation | None) -> bool:
    """Tell whether a proposal differs enough from the last one to be put before a person again."""
    if before is None or before.state == "withdrawn" or answer.proposed_ns - before.proposed_ns > VALID_NS:
        return True
    moved = abs(answer.change_to - before.change_to) >= _TARGET_MOVED_K
    worth = abs(answer.energy_kwh.p50 - before.energy_kwh.p50) > _WORTH_MOVED * abs(before.energy_kwh.p50)
    if before.state == "proposed":
        return moved or worth or answer.preconditions != before.preconditions
    return moved


def _append(ledger: Ledger, kind: str, subject: str, now_ns: int, body: str) -> None:
    ledger.append(Event(time_ns=now_ns, kind=kind, subject=subject, principal=SYSTEM, body=body))
