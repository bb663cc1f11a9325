"""When something holds: once or again and again, at once or by and by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from greendc.physics.kinds import FloatArray

PARTS = 256
"""A ramp longer than that many seconds rises in so many parts, between which a plant can be run in one stretch."""
_ROUNDING = 1e-6


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time [s since 1970], with its end outside.

    Within ``ramp_s`` it comes up from nothing to all. With ``every_s`` it comes again in each such period and holds for
    its first ``each_s`` seconds.
    """

    onset_s: float
    end_s: float = math.inf
    ramp_s: float = 0.0
    every_s: float = 0.0
    each_s: float = math.inf

    def progress(self, time_s: float) -> float:
        """Return how far it has come at a time: 0 outside, 1 when it is complete."""
        if not self.onset_s <= time_s < self.end_s:
            return 0.0
        since_s = self._since_s(time_s)
        if self._paused(since_s):
            return 0.0
        return float(self._risen(np.asarray(since_s)))

    def next_change_s(self, time_s: float) -> float:
        """Return the next time after ``time_s`` at which the progress changes, itself while it comes up."""
        if time_s < self.onset_s:
            return self.onset_s
        if time_s >= self.end_s:
            return math.inf
        since_s = self._since_s(time_s)
        left_s = self.end_s - time_s
        if self.every_s:
            left_s = min(left_s, self.every_s - since_s if self._paused(since_s) else self.each_s - since_s)
        if since_s < self.ramp_s and not self._paused(since_s):
            left_s = min(left_s, self._until_next_part_s(since_s))
        return time_s + left_s

    def active(self, times_s: FloatArray) -> npt.NDArray[np.bool_]:
        """Tell at which of the times it holds, however little."""
        inside = (times_s >= self.onset_s) & (times_s < self.end_s)
        found: npt.NDArray[np.bool_] = inside & (self.since_s(times_s) < self.each_s) if self.every_s else inside
        return found

    def since_s(self, times_s: FloatArray) -> FloatArray:
        """Return the seconds since it began, or began again; meaningless before the onset."""
        since = times_s - self.onset_s
        return np.mod(since, self.every_s) if self.every_s else since

    def round_of(self, times_s: FloatArray) -> npt.NDArray[np.int64]:
        """Return how often it has begun again at each of the times: 0 the first time."""
        since = times_s - self.onset_s
        rounds: npt.NDArray[np.int64] = (since // self.every_s if self.every_s else since * 0.0).astype(np.int64)
        return rounds

    def begin_of(self, round_number: int) -> float:
        """Return when [s since 1970] it begins for the nth time."""
        return self.onset_s + round_number * self.every_s

    def ramped(self, times_s: FloatArray) -> FloatArray:
        """Return the progress at each of the times, for those at which it holds."""
        return self._risen(self.since_s(times_s))

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share a moment, repetitions taken as one stretch."""
        return self.onset_s < other.end_s and other.onset_s < self.end_s

    def _risen(self, since_s: FloatArray) -> FloatArray:
        """Return how far a ramp has come; one that takes long comes in many small parts."""
        if not self.ramp_s:
            return np.ones_like(since_s)
        share = since_s / self.ramp_s
        if self.ramp_s > PARTS:
            share = np.floor(share * PARTS + _ROUNDING) / PARTS
        return np.clip(share, 0.0, 1.0)

    def _until_next_part_s(self, since_s: float) -> float:
        if self.ramp_s <= PARTS:
            return 0.0
        part_s = self.ramp_s / PARTS
        return (math.floor(since_s / part_s + _ROUNDING) + 1) * part_s - since_s

    def _paused(self, since_s: float) -> bool:
        return bool(self.every_s) and since_s >= self.each_s

    def _since_s(self, time_s: float) -> float:
        since_s = time_s - self.onset_s
        return since_s % self.every_s if self.every_s else since_s
