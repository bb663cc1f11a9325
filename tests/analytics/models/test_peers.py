"""Peers: who differs from all others is told although it always did; what all share is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.models.model_set import ModelSet
from analytics.models.peers import peer_groups
from greendc.units import NS_PER_SECOND
from tests.analytics.models.made_plant import RACKS, key, site
from tests.analytics.models.step_history import STEP_NS, StepHistory
from tests.analytics.plant import START

if TYPE_CHECKING:
    from analytics.models.verdict import ModelVerdict

STEPS = 60
HOLD_STEPS = 24


def _inlets(odd_k: float = 0.0, shared_k: float = 0.0) -> StepHistory:
    """Return racks whose inlets share a course; the fourth is off from the first reading on."""
    history, rng = StepHistory(), np.random.default_rng(1)
    course = 22.0 + shared_k * np.linspace(0.0, 1.0, STEPS)
    for i in range(RACKS):
        values = course + 0.2 * i + rng.normal(0.0, 0.1, STEPS) + (odd_k if i == 3 else 0.0)
        history.put(key(f"env-r{i + 1:02}", "air_temperature_c", "remote/1"), START, values)
    return history


def _judged(history: StepHistory, steps: int = STEPS) -> list[ModelVerdict]:
    now_ns = START + steps * STEP_NS + 60 * NS_PER_SECOND
    return ModelSet(site(), ()).judge(history, site(), now_ns)


def test_a_fault_since_the_first_day_is_told() -> None:
    """A rack 6 K above the others is told with the others' median, their number and its place."""
    (verdict,) = _judged(_inlets(odd_k=6.0))
    assert (verdict.kind, verdict.node, verdict.direction, verdict.harmful) == ("peer", "r04", "high", True)
    assert verdict.peers == RACKS - 1
    assert abs(verdict.unexplained - 6.0) < 0.6
    assert verdict.value > verdict.high
    assert verdict.surprise > 5.0
    assert abs(verdict.since_ns - START) <= 8 * STEP_NS


def test_what_all_share_is_no_news() -> None:
    """A room that warms up by 8 K as a whole, and the usual differences between racks, raise nothing."""
    assert _judged(_inlets(shared_k=8.0)) == []


def test_a_difference_must_last() -> None:
    """A rack that differs is told after two hours, not before."""
    history = _inlets(odd_k=6.0)
    assert _judged(history, HOLD_STEPS - 2) == []
    assert len(_judged(history, HOLD_STEPS + 10)) == 1


def test_a_unit_on_standby_is_no_odd_one() -> None:
    """An air handler that stands still has no air flow and is left out; running without air it is told."""
    for speed, told in ((0.0, 0), (0.6, 1)):
        history = StepHistory()
        for i in range(4):
            odd = i == 2
            history.put(key(f"crah-{i + 1}", "air_flow_m3_s"), START, [0.0 if odd else 1.5] * STEPS)
            history.put(key(f"crah-{i + 1}", "fan_speed_ratio"), START, [speed if odd else 0.6] * STEPS)
        assert len(_judged(history)) == told


def test_few_are_no_peers() -> None:
    """Three devices, or parts at other heights, make no group."""
    keys = [key(f"env-r{i + 1:02}", "air_temperature_c", f"remote/{i % 2 + 1}") for i in range(RACKS)]
    assert peer_groups(site(), keys[:3]) == []
    assert peer_groups(site(), keys) == []
