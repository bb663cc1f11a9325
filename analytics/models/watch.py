"""Follows a model's residual step by step: a short mean against its band, a CUSUM against slow drift, change points."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from analytics.models.tail import Tail, tail
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from analytics.models.family import Judgement
    from greendc.physics.kinds import FloatArray

SIDES = (1.0, -1.0)
WINDOW_NS = 1800 * NS_PER_SECOND
RING_S = 48 * SECONDS_PER_HOUR
CERTAIN_SIGMA = 3.0
CLIP = 3.0
"""One step weighs no more than this many limits."""
OVER = 0.5
FULL = 1.2
FORGET_H = 1.0
GAP_NS = 6 * NS_PER_HOUR
RARE = 0.999


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """Limits in one direction: of the short mean, in the target's unit, and of the CUSUM, in unit times hours."""

    fast: float
    slow: float
    fast_tail: Tail
    slow_tail: Tail


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged by: both sides (up, down), the slack of the CUSUM, the spread of a step, coverage of the band."""

    up: Side
    down: Side
    slack: float
    sigma: float
    floor: float
    level: float

    def side(self, sign: float) -> Side:
        """Return the side of a direction."""
        return self.up if sign > 0 else self.down


def calibrate(residuals: FloatArray, floor: float, step_s: float, judgement: Judgement) -> Limits:
    """Return the limits from residuals of held-out days, in the order of time."""
    count = max(1, round(judgement.memory_s / step_s))
    kernel = np.ones(count) / count
    means = np.convolve(residuals, kernel, mode="valid") if len(residuals) >= count else residuals
    slack = judgement.slack_share * floor
    sides = []
    for sign in SIDES:
        fast = np.maximum(sign * means, 0.0)
        fast_limit = max(floor, judgement.margin * float(np.quantile(fast, RARE)))
        slow = cusum(np.minimum(sign * residuals, CLIP * fast_limit), slack, step_s / SECONDS_PER_HOUR)
        slow_limit = max(floor * judgement.patience_h, judgement.margin * float(np.quantile(slow, RARE)))
        sides.append(
            Side(
                fast=fast_limit,
                slow=slow_limit,
                fast_tail=tail(fast, fast_limit / 20.0),
                slow_tail=tail(slow, slow_limit / 20.0),
            )
        )
    within = (means <= sides[0].fast) & (means >= -sides[1].fast)
    centre = float(np.median(residuals))
    return Limits(
        up=sides[0],
        down=sides[1],
        slack=slack,
        sigma=max(float(np.median(np.abs(residuals - centre))) / 0.6745, floor / 20.0),
        floor=floor,
        level=min(float(within.mean()), len(means) / (len(means) + 1.0)),
    )


def cusum(residuals: FloatArray, slack: float, hours: float) -> FloatArray:
    """Return the sum of what residuals are above ``slack`` over time, never below 0, in unit times hours."""
    found = np.empty(len(residuals))
    level = 0.0
    for i, gain in enumerate(((residuals - slack) * hours).tolist()):
        level = max(0.0, level + gain)
        found[i] = level
    return found


class Step(NamedTuple):
    """One usable step: when it ended, what was seen and what was expected."""

    time_ns: int
    value: float
    expected: float

    @property
    def residual(self) -> float:
        """Return what is unexplained."""
        return self.value - self.expected


class Watch:
    """The state of one model's residual."""

    def __init__(self, limits: Limits, step_s: float, judgement: Judgement) -> None:
        """Begin with nothing seen."""
        self.limits = limits
        self._hours = step_s / SECONDS_PER_HOUR
        self.count = max(1, round(judgement.memory_s / step_s))
        self.ring: deque[Step] = deque(maxlen=max(self.count, round(RING_S / step_s)))
        self._sums = dict.fromkeys(SIDES, 0.0)
        self._left_zero_ns = dict.fromkeys(SIDES, 0)
        self._crossed_ns = dict.fromkeys(SIDES, 0)
        self.direction = 0.0
        self.since_ns = 0
        self.last_ns = 0

    @property
    def active(self) -> bool:
        """Tell whether an episode stands."""
        return self.direction != 0.0

    def recent(self) -> list[Step]:
        """Return the steps whose mean is judged."""
        return list(self.ring)[-self.count :]

    def step(self, seen: Step) -> None:
        """Take one usable step."""
        if seen.time_ns - self.last_ns > GAP_NS:
            self._forget()
        self.ring.append(seen)
        self.last_ns = seen.time_ns
        if len(self.ring) < self.count:
            return
        ratios = {sign: self._ratio(sign, seen) for sign in SIDES}
        if self.active and ratios[self.direction] < OVER:
            self.direction, self.since_ns = 0.0, 0
        worst = max(SIDES, key=ratios.__getitem__)
        if not self.active and ratios[worst] >= 1.0:
            self.direction, self.since_ns = worst, self._onset(worst)

    def hold(self, seen: Step) -> None:
        """Take a step whose inputs are not known well: an episode goes on while it looks the same, none begins."""
        if self.active and self.direction * seen.residual > OVER * self.limits.side(self.direction).fast:
            self.last_ns = seen.time_ns

    def _ratio(self, sign: float, seen: Step) -> float:
        """Move one side on; return its greater statistic in parts of its limit."""
        side = self.limits.side(sign)
        mean = self.fast(sign)
        if mean < OVER * side.fast:
            self._crossed_ns[sign] = 0
        elif not self._crossed_ns[sign]:
            self._crossed_ns[sign] = seen.time_ns
        gain = min(sign * seen.residual, CLIP * side.fast) - self.limits.slack
        level = self._sums[sign] + gain * self._hours
        if self.direction == sign and mean < OVER * self.limits.slack:
            level -= level * min(1.0, self._hours / FORGET_H)
        if self._sums[sign] <= 0.0 < level:
            self._left_zero_ns[sign] = seen.time_ns
        self._sums[sign] = min(max(0.0, level), FULL * side.slow)
        return max(mean / side.fast, self._sums[sign] / side.slow)

    def fast(self, sign: float) -> float:
        """Return the short mean of the residual in a direction."""
        most = CLIP * self.limits.side(sign).fast
        recent = self.recent()
        return sum(min(max(sign * step.residual, -most), most) for step in recent) / len(recent)

    def shares(self, sign: float) -> tuple[float, float]:
        """Return short mean and CUSUM in parts of their limits."""
        side = self.limits.side(sign)
        return max(0.0, self.fast(sign) / side.fast), self._sums[sign] / side.slow

    def surprise(self, sign: float) -> float:
        """Return -log10 of the chance of what is seen now."""
        side = self.limits.side(sign)
        return max(side.fast_tail.surprise(self.fast(sign)), side.slow_tail.surprise(self._sums[sign]))

    def shift(self) -> tuple[int, float] | None:
        """Return when the residual's level changed and by how much, when two half hours agree that it did."""
        if not self.active:
            return None
        begun_ns = self._left_zero_ns[self.direction] or self.since_ns
        last_ns = self.ring[-1].time_ns
        before = [s.residual for s in self.ring if begun_ns - WINDOW_NS <= s.time_ns < begun_ns]
        after = [s.residual for s in self.ring if last_ns - WINDOW_NS < s.time_ns]
        if not before or last_ns - begun_ns < WINDOW_NS:
            return None
        size = float(np.median(after) - np.median(before))
        certain = size * self.direction > max(CERTAIN_SIGMA * self.limits.sigma, self.limits.floor)
        return (begun_ns, size) if certain else None

    def _onset(self, sign: float) -> int:
        crossed, left = self._crossed_ns[sign], self._left_zero_ns[sign]
        fast, slow = self.shares(sign)
        return crossed if fast >= slow and crossed else left or crossed

    def _forget(self) -> None:
        self.ring.clear()
        for sign in SIDES:
            self._sums[sign] = 0.0
            self._left_zero_ns[sign] = self._crossed_ns[sign] = 0
        self.direction, self.since_ns = 0.0, 0
