"""Advice: what to change, what it is worth, what must not be broken. It never acts.

One file in `advisors` and one line in `ADVISORS` adds a kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.advice.advisors import ADVISORS
from analytics.advice.life import State, lives_of
from analytics.advice.proposing import news
from analytics.advice.recommendation import Recommendation, Refusal, Spread
from analytics.advice.situation import Situation
from analytics.advice.together import together
from analytics.alarms import active_alarms
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Collection

    from analytics.advice.advisor import Answer
    from greendc.contracts import History, Ledger
    from greendc.site import Site

__all__ = ["ADVISORS", "Recommendation", "Refusal", "Situation", "Spread", "advise", "evaluate"]

LEAST_NS = 3600 * NS_PER_SECOND
"""An hour of data is the least for advice on a real site; a demo may take less."""


def advise(situation: Situation, turned_down: Collection[str] = ()) -> list[Answer]:
    """Ask every advisor, and simulate what they recommend together; but for what was ``turned_down`` (ids).

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    if not situation.long_enough:
        return [Refusal(advisor=advisor.key, reason="time") for advisor in ADVISORS]
    answers = [answer for advisor in ADVISORS for answer in advisor.advise(situation)]
    return together(situation, answers, turned_down)


def evaluate(history: History, site: Site, ledger: Ledger, now_ns: int, *, least_ns: int = LEAST_NS) -> list[Answer]:
    """Ask every advisor, write new or clearly changed proposals into the ledger, and return all answers.

    A proposal whose advisor looked again and no longer makes it is withdrawn; one whose advisor cannot look expires.

    Raises:
        StoreAway, StoreRefused: store or ledger cannot be used.
    """
    before = lives_of(ledger)
    turned_down = {case.id for case in before.newest() if case.state in {State.REJECTED, State.ROLLED_BACK}}
    situation = Situation(history, site, now_ns, alarms=active_alarms(ledger), least_ns=least_ns)
    answers = advise(situation, turned_down)
    # Asked again: a person may have decided while this was computed.
    ledger.extend(news(answers, lives_of(ledger), site.name, now_ns))
    return answers
