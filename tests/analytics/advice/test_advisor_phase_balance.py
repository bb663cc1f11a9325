"""Uneven phases are named where a breaker comes near its limit, with one feed lost too; the energy is small."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal, Situation
from analytics.advice.advisors.phase_balance import advise
from analytics.site_model import Draws, fit
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from tests.analytics.advice.made_situation import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.room import room

MODEL = fit(plant())
DAYS, END_NS = 4, int(plant().time_ns[-1]) + plant().step_ns


def _situation(a: tuple[float, ...], b: tuple[float, ...] = (), rated_a: float | None = 16.0) -> Situation:
    """Return a rack with two PDUs whose phases carry ``a`` and ``b`` [A]."""
    site, store = room(4), MemoryHistory()
    first = next(device for device in site.devices if device.rack)
    pdus = [
        msgspec.structs.replace(first, name=name, profile="apc-rpdu2", rated_a=rated_a) for name in ("pdu-a", "pdu-b")
    ]
    times = (END_NS - NS_PER_HOUR // 4 * np.arange(DAYS * 96, 0, -1)).tolist()
    for name, phases in (("pdu-a", a), ("pdu-b", b)):
        for i, amperes in enumerate(phases, start=1):
            store.add(SeriesKey(site.name, name, f"phase/l{i}", "current_a"), times, [amperes] * len(times))
    made = Situation(store, msgspec.structs.replace(site, devices=tuple(pdus)), END_NS, least_ns=0)
    made.draws = Draws(200, 1)
    first_ns = END_NS - DAYS * 24 * NS_PER_HOUR
    made.__dict__ |= {"past": plant(), "model": MODEL, "first_ns": first_ns, "start_ns": first_ns}
    return made


def test_a_phase_near_its_breaker_is_evened_out() -> None:
    """13 A on a breaker of 16 A is too much for long; the mean of the three is not."""
    (answer,) = advise(_situation((13.5, 3.0, 3.0)))
    assert isinstance(answer, Recommendation)
    assert answer.change_from == pytest.approx(13.5)
    assert answer.change_to == pytest.approx(6.5)
    assert answer.facts["phase"] == "L1"
    assert answer.acceptable
    assert all(answer.checks(lang) and answer.proposal(lang) and answer.title(lang) for lang in ("zh", "en"))


def test_its_energy_is_that_of_phases_and_neutral() -> None:
    """R (sum of squares + neutral squared - even squares), with 1 % of loss at full load."""
    (answer,) = advise(_situation((13.5, 3.0, 3.0)))
    assert isinstance(answer, Recommendation)
    assert answer.evidence_kwh is not None
    ohms = 0.011 * 230.0 / 16.0
    lost_w = ohms * (13.5**2 + 2 * 3.0**2 + 10.5**2 - 3 * 6.5**2)
    assert answer.evidence_kwh.p10 < lost_w * DAYS * 24 / 1e3 < answer.evidence_kwh.p90


def test_one_feed_lost_counts() -> None:
    """8 A on one phase of either feed is 16 A when one is gone; both are evened out."""
    answers = advise(_situation((8.0, 3.0, 3.0), (8.0, 3.0, 3.0)))
    assert [answer.advisor for answer in answers] == ["phase_balance"] * 2
    assert all(isinstance(answer, Recommendation) and answer.acceptable for answer in answers)


def test_the_feed_that_is_even_is_not_blamed_for_the_other() -> None:
    """One feed has 14 A on a phase, the other 3.3 A: only the first is to be evened out."""
    answers = advise(_situation((14.0, 3.0, 3.0), (3.3, 3.0, 2.6)))
    assert [getattr(answer, "actuator", "") for answer in answers] == ["pdu-a"]


def test_where_even_phases_are_too_much_load_has_to_leave() -> None:
    """Evening out alone does not keep the breaker clear: it cannot be accepted as the cure."""
    answers = advise(_situation((15.0, 12.5, 12.5)))
    (answer,) = answers
    assert isinstance(answer, Recommendation)
    assert not answer.acceptable


@pytest.mark.parametrize("phases", [(6.0, 5.0, 4.0), (3.0, 0.5, 0.5), (13.0, 13.0, 13.0)])
def test_light_or_even_phases_are_left_alone(phases: tuple[float, ...]) -> None:
    """Single-phase servers are never spread quite evenly; a feeder that is full evenly is another matter."""
    (answer,) = advise(_situation(phases))
    assert isinstance(answer, Refusal)
    assert answer.reason == "in_order"


def test_what_is_missing_is_said() -> None:
    """Currents of three phases, and what the breakers are rated for."""
    for made, need in ((_situation(()), "phase_currents"), (_situation((9.0, 1.0, 1.0), rated_a=None), "breakers")):
        (answer,) = advise(made)
        assert isinstance(answer, Refusal)
        assert answer.missing == (need,)
