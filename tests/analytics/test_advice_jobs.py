"""When the advisors look again: they take up to minutes, so not at every chance, and not too late."""

from __future__ import annotations

import pytest

from analytics.service.advice_jobs import Look, due
from greendc.clock import NS_PER_HOUR

DAY_S = 86_400.0
DAY_NS = 24 * NS_PER_HOUR
HOT = frozenset(("rack_inlet/r01",))


@pytest.mark.parametrize(
    ("evidence_ns", "later_ns", "sick", "decided", "expected"),
    [
        (60 * DAY_NS, 23 * NS_PER_HOUR, HOT, True, False),
        (60 * DAY_NS, 24 * NS_PER_HOUR, HOT, True, True),
        (60 * DAY_NS, NS_PER_HOUR // 60, frozenset[str](), True, True),
        (60 * DAY_NS, NS_PER_HOUR // 60, HOT, False, True),
        (2 * NS_PER_HOUR, NS_PER_HOUR, HOT, True, False),
        (2 * NS_PER_HOUR, 2 * NS_PER_HOUR, HOT, True, True),
    ],
    ids=["rests", "daily", "a rack was cured", "nothing could be decided", "grew little", "doubled"],
)
def test_advice_is_due(*, evidence_ns: int, later_ns: int, sick: frozenset[str], decided: bool, expected: bool) -> None:
    """Once a day, when racks fall ill or are cured, when nothing was decided, and while a short past doubles."""
    last = Look(time_ns=evidence_ns, from_ns=0, sick=HOT, decided=decided)
    assert due(last, evidence_ns + later_ns, 0, sick, DAY_S) is expected


def test_a_past_that_is_filled_in_later_counts() -> None:
    """Two hours at first, and a month a minute later."""
    last = Look(time_ns=60 * DAY_NS, from_ns=60 * DAY_NS - 2 * NS_PER_HOUR, sick=HOT, decided=True)
    assert due(last, 60 * DAY_NS + NS_PER_HOUR // 60, 30 * DAY_NS, HOT, DAY_S)
