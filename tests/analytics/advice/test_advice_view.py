"""What pages and commands show of advice: each piece in one place, sums, silence, and amounts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.advice.acts import AdviceAct
from analytics.advice.life import LOOKED, Looked, State
from analytics.advice.recommendation import Refusal
from analytics.advice_view import standing_of
from analytics.advice_view.wording import amounts, name_of, one_off_text
from analytics.alarms.transition import event
from greendc.ledger import SqliteLedger
from tests.analytics.advice.made_advice import DAY_NS, NOW_NS, OPERATOR, SUPPLY, made, spread
from tests.analytics.advice.test_advice_life import EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHER = "supply_air/hall"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    kept = SqliteLedger(tmp_path / "ledger.sqlite")
    yield kept
    kept.close()


def test_nothing_yet(ledger: SqliteLedger) -> None:
    """Without an evaluation there is no silence to show and no sum."""
    page = standing_of(ledger, None, NOW_NS)
    assert page.every() == ()
    assert (page.together, page.verified, page.silence) == (None, None, None)


def test_each_episode_stands_in_one_place(ledger: SqliteLedger) -> None:
    """What was proved stays in sight when a further step is proposed; only the newest one can be decided on."""
    ledger.append(event(State.PROPOSED.kind, SUPPLY, NOW_NS, made()))
    act = AdviceAct(ledger, OPERATOR, NOW_NS + 1, "why")
    act.accept(SUPPLY)
    act.done(SUPPLY)
    ledger.append(event(State.VERIFIED.kind, SUPPLY, NOW_NS + 2, EVIDENCE))
    ledger.append(event(State.PROPOSED.kind, SUPPLY, NOW_NS + 3, made(proposed_ns=NOW_NS + 3, to=21.0)))
    ledger.append(event(State.PROPOSED.kind, OTHER, NOW_NS + 3, made(OTHER, NOW_NS + 3)))
    act.reject(OTHER)
    page = standing_of(ledger, None, NOW_NS + 4)
    assert [(line.case.state, line.acts, line.before) for line in page.proposed] == [
        (State.PROPOSED, ("accept", "reject"), 1)
    ]
    assert [(line.case.state, line.acts) for line in page.proved] == [(State.VERIFIED, ("rollback",))]
    assert [(line.case.id, line.acts) for line in page.past] == [(OTHER, ("reopen",))]
    assert len(page.every()) == 3


def test_an_aged_proposal_is_over(ledger: SqliteLedger) -> None:
    """A month later, with nobody looking, it is neither open nor part of the sum."""
    ledger.append(event(State.PROPOSED.kind, SUPPLY, NOW_NS, made()))
    page = standing_of(ledger, None, NOW_NS + 31 * DAY_NS)
    assert page.open == ()
    assert page.together is None
    assert [line.case.id for line in page.past] == [SUPPLY]


def test_silence_is_told_apart(ledger: SqliteLedger) -> None:
    """Found in order is something else than could not be looked at."""
    fine = Refusal(advisor="fan_speed", reason="in_order")
    blind = Refusal(advisor="supply_air", reason="missing", missing=("supply",))
    ledger.append(event(LOOKED, "lab", NOW_NS, Looked(refusals=(blind, fine))))
    silence = standing_of(ledger, None, NOW_NS).silence
    assert silence is not None
    assert (silence.in_order, silence.blind) == ((fine,), (blind,))


def test_what_advice_is_given_for_comes_first() -> None:
    """Advice that pays in water leads with water, even where it costs energy; what is unknown is left out."""
    advice = msgspec.structs.replace(made(kwh=-50.0), pays_in="water", water_m3=spread(300.0))
    assert [one.code for one in amounts(advice, "en")] == ["water", "energy"]
    assert [one.code for one in amounts(made(), "zh")] == ["energy"]


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """An advisor that no text names keeps its key; an unknown temperature says that it is not known."""
    monkeypatch.setenv("GREENDC_LANG", "en")
    assert name_of("something_new") == "something_new"
    assert name_of("supply_air", "zh") == "送风温度"
    one_off = made().one_off
    assert one_off is not None
    assert "26.0" in one_off_text(one_off)
    assert "cannot be told" in one_off_text(msgspec.structs.replace(one_off, then_c=None))
