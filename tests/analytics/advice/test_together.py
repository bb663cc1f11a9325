"""All advice at once: what is left of each, what conflicts, what people turned down, and the sum for a site."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.advice import Situation
from analytics.advice.recommendation import Recommendation, Spread
from analytics.advice.together import conflicts, together, total
from analytics.site_model import Change
from tests.analytics.advice.made_advice import made, spread
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.room import room
from tests.analytics.site_model.made_frame import START_NS, STEP_NS, Coefficients, made_frame

FIRST, SECOND, THIRD = "supply_air/a", "supply_air/b", "supply_air/c"


@pytest.fixture(scope="module")
def situation() -> Situation:
    """Return a plant made by hand; its inlets stand near 21 degC, and 26 is the most that leaves a margin."""
    frame = made_frame(Coefficients(), days=4)
    found = Situation(MemoryHistory(), room(), START_NS + len(frame) * STEP_NS, least_ns=0)
    found.__dict__.update(past=frame, first_ns=START_NS, start_ns=START_NS)
    return found


def pieces(
    situation: Situation, *changes: tuple[str, float], turned_down: tuple[str, ...] = ()
) -> list[Recommendation]:
    """Return recommendations to raise the supply air by kelvins, after they were simulated together."""
    answers = [made(name, change=Change(supply_k=kelvins)) for name, kelvins in changes]
    found = together(situation, answers, turned_down)
    return [one for one in found if isinstance(one, Recommendation)]


def test_the_second_step_adds_what_the_plant_says(situation: Situation) -> None:
    """Two steps of one kelvin come to what a single step of two saves, not to their sum on paper."""
    first, second = pieces(situation, (FIRST, 1.0), (SECOND, 1.0))
    both = pieces(situation, (FIRST, 2.0))[0]
    assert first.together_kwh is not None
    assert second.together_kwh is not None
    assert both.together_kwh is not None
    assert first.together_kwh.p50 + second.together_kwh.p50 == pytest.approx(both.together_kwh.p50, rel=0.05)
    assert first.acceptable
    assert second.acceptable
    assert conflicts(second) == ()


def test_what_breaks_a_rail_together_is_marked(situation: Situation) -> None:
    """Each alone leaves the inlets below the limit; the later one says with which it conflicts, and does not count."""
    first, second, third = pieces(situation, (FIRST, 4.0), (SECOND, 4.0), (THIRD, 0.5))
    assert conflicts(second) == (FIRST,)
    assert second.together_kwh is None
    assert second.acceptable
    assert conflicts(third) == ()
    assert third.together_kwh is not None
    together_kwh = total([first, second, third])
    assert together_kwh is not None
    assert first.together_kwh is not None
    assert together_kwh.p50 == pytest.approx(first.together_kwh.p50 + third.together_kwh.p50)


def test_what_was_turned_down_does_not_count(situation: Situation) -> None:
    """Nothing conflicts with advice that nobody will carry out."""
    first, second = pieces(situation, (FIRST, 4.0), (SECOND, 4.0), turned_down=(FIRST,))
    assert first.together_kwh is None
    assert conflicts(second) == ()


def test_the_sum_of_a_site() -> None:
    """What was replayed together errs together; what stands apart errs on its own; nothing is nothing."""
    shared = [made(name, change=Change(supply_k=1.0), together_kwh=spread(1000.0)) for name in (FIRST, SECOND)]
    alone = [made(name, kwh=1000.0) for name in (THIRD, "supply_air/d")]
    assert total([]) is None
    assert total(shared) == Spread(p10=1000.0, p50=2000.0, p90=3000.0)
    apart = total(alone)
    assert apart is not None
    assert apart.p50 - apart.p10 == pytest.approx(500 * 2**0.5)
    conflicting = msgspec.structs.replace(shared[0], together_kwh=None)
    assert total([conflicting]) is None


def test_one_of_two_feeds_stays_in_double_conversion(situation: Situation) -> None:
    """Eco mode of either UPS keeps its rail while the other conditions its feed; the second of both says so."""
    laws = tuple(msgspec.structs.replace(situation.model.ups[0], name=name) for name in ("ups-a", "ups-b"))
    twice = Situation(MemoryHistory(), room(), situation.now_ns, least_ns=0)
    frame = situation.past
    both = {name: np.repeat(getattr(frame, name), 2, axis=1) / 2.0 for name in ("ups_in_w", "ups_out_w")}
    frame = msgspec.structs.replace(frame, ups=("ups-a", "ups-b"), ups_rated_w=frame.ups_rated_w * 2, **both)
    model = msgspec.structs.replace(situation.model, ups=laws)
    twice.__dict__.update(past=frame, first_ns=START_NS, start_ns=START_NS, model=model)
    answers = [made(f"ups_mode/{law.name}", change=Change(ups_eco=True, ups=(law.name,))) for law in laws]
    first, second = (one for one in together(twice, answers) if isinstance(one, Recommendation))
    assert conflicts(first) == ()
    assert conflicts(second) == (first.id,)
