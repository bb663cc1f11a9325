"""Levers move when disturbances say so, and a long ramp is followed closely enough without asking at every step."""

from __future__ import annotations

import math

import msgspec

from simulators.plant.lever_clock import LeverClock
from simulators.plant.levers import Levers, Setpoints, Sizes

SIZES = Sizes(zones=1, racks=2, outlets=2, units=1)


class Ramp(msgspec.Struct):
    """Raises the work from ``start_s`` to ``end_s``, and counts how often it was asked."""

    start_s: float
    end_s: float
    asked: int = 0

    def apply(self, levers: Levers, time_s: float) -> None:
        """Add the share of the ramp that is over."""
        self.asked += 1
        levers.work.factor += min(1.0, max(0.0, (time_s - self.start_s) / (self.end_s - self.start_s)))

    def next_change_s(self, time_s: float) -> float:
        """Return the onset, now while it lasts, and never after it."""
        if time_s < self.start_s:
            return self.start_s
        return time_s if time_s < self.end_s else math.inf


def _worst(clock: LeverClock, levers: Levers, ramp: Ramp, until_s: float) -> float:
    """Return the greatest distance from the ramp, asking each second when it is time to."""
    worst, next_s = 0.0, 0.0
    for second in range(int(until_s)):
        if second >= next_s:
            next_s = clock.move([ramp], float(second))
        meant = 1.0 + min(1.0, max(0.0, (second - ramp.start_s) / (ramp.end_s - ramp.start_s)))
        worst = max(worst, abs(levers.work.factor - meant))
    return worst


def test_a_long_ramp_is_followed_without_asking_each_second() -> None:
    """A ramp of a day is followed within a hundredth, with far fewer questions than seconds."""
    levers = Levers(SIZES, Setpoints())
    ramp = Ramp(start_s=100.0, end_s=86_500.0)
    assert _worst(LeverClock(levers), levers, ramp, 90_000.0) < 0.012
    assert ramp.asked < 2500
    assert levers.work.factor == 2.0


def test_a_short_ramp_within_a_long_one_is_not_missed() -> None:
    """A short ramp begins on time and ends on time while a long one goes on."""
    levers = Levers(SIZES, Setpoints())
    clock = LeverClock(levers)
    both = [Ramp(start_s=0.0, end_s=1e6), Ramp(start_s=50_000.0, end_s=50_030.0)]
    next_s, course = 0.0, {}
    for second in range(50_200):
        if second >= next_s:
            next_s = clock.move(both, float(second))
        course[second] = levers.work.factor
    assert course[49_999] < 1.1
    assert 1.4 < course[50_015] < 1.7
    assert course[50_032] > 2.0


def test_levers_stay_where_a_person_puts_them() -> None:
    """Without disturbances nothing is reset; with the last one gone the levers are neutral again."""
    levers = Levers(SIZES, Setpoints())
    clock = LeverClock(levers)
    levers.operator.chilled_set_c = 12.0
    assert clock.move([], 0.0) == math.inf
    assert levers.operator.chilled_set_c == 12.0
    clock.move([Ramp(start_s=0.0, end_s=1.0)], 5.0)
    assert levers.work.factor == 2.0
    clock.move([], 6.0)
    assert levers.work.factor == 1.0
    assert levers.operator.chilled_set_c == 10.0


def test_time_may_go_back() -> None:
    """A window of the past is asked for anew."""
    levers = Levers(SIZES, Setpoints())
    clock = LeverClock(levers)
    ramp = Ramp(start_s=100.0, end_s=200.0)
    clock.move([ramp], 500.0)
    clock.move([ramp], 0.0)
    assert levers.work.factor == 1.0
