"""Five simulated rooms through the whole of the advice: what is planted is told, what it is worth is true."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_limits

from benchmarks.advice.planted import INEFFICIENCIES, judge

NAMED = {one.name: one for one in INEFFICIENCIES}
NEAR = 0.05
"""A range from five days may miss the truth by so much of it."""


@pytest.mark.parametrize("name", ["too much air", "two chillers", "no free cooling", "humidifiers fight"])
def test_what_is_planted_is_told_with_its_worth(name: str) -> None:
    """The right advisor speaks, and P10 to P90 holds what the cure truly saves in a twin of the room."""
    with threadpool_limits(1):
        found = judge(NAMED[name], days=5.0)
    assert found.right, found
    assert found.p10 is not None
    assert found.p90 is not None
    assert found.truth_kwh is not None
    assert (1.0 - NEAR) * found.p10 <= found.truth_kwh <= (1.0 + NEAR) * found.p90, found


def test_a_well_run_room_is_left_alone() -> None:
    """Nothing is planted: twenty advisors look and none speaks."""
    with threadpool_limits(1):
        assert judge(NAMED["nothing"], days=5.0).said == ()
