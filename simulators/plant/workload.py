"""How busy the servers are: a day and week rhythm, slow drifts and bursts, or a trace; a function of absolute time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from simulators.plant.bounds import refuse_outside
from simulators.plant.noise import Draws, Noise, Steps
from simulators.plant.sun import SECONDS_PER_DAY

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.plant.workload_trace import Trace

GroupArray = NDArray[np.int64]

LEAST, MOST = 0.02, 0.98
JOB_S = 7200.0
"""A place in the queue of a group of accelerators lasts this long; a job takes one or several."""
CHECKPOINT_S = 1800.0
CHECKPOINT_LASTS_S = 60.0
JOB_BUSY, JOB_CHECKPOINT, JOB_IDLE = 0.92, 0.35, 0.06

_BOUNDS = {
    "lowest": (0.0, 1.0),
    "highest": (0.0, 1.0),
    "daily": (0.0, 1.0),
    "busiest_hour": (0.0, 24.0),
    "weekend": (0.0, 1.5),
    "drift": (0.0, 0.5),
    "wander": (0.0, 0.5),
    "burst_share": (0.0, 1.0),
    "burst_add": (0.0, 1.0),
    "burst_s": (10.0, 86_400.0),
    "queue": (0.0, 1.0),
}


class WorkloadShape(msgspec.Struct, frozen=True, kw_only=True):
    """What the load looks like; utilisations and shares are 0..1.

    Each server's own level lies between ``lowest`` and ``highest``, swings by ``daily`` of itself over the day, and is
    multiplied by ``weekend`` on Saturday and Sunday. ``drift`` is common to all and slow, ``wander`` each server's own.
    In ``burst_share`` of all spells of ``burst_s`` a server suddenly does ``burst_add`` more. ``queue`` is the share of
    time in which a group of accelerators has a job.
    """

    lowest: float = 0.18
    highest: float = 0.62
    daily: float = 0.22
    busiest_hour: float = 15.0
    weekend: float = 0.82
    drift: float = 0.05
    wander: float = 0.06
    burst_share: float = 0.04
    burst_add: float = 0.25
    burst_s: float = 600.0
    queue: float = 0.82

    def __post_init__(self) -> None:
        """Refuse a load that cannot be."""
        refuse_outside(self, _BOUNDS)


class Workload:
    """Utilisation [0..1] of ``count`` servers at any time.

    ``trace`` takes the place of the day and week rhythm. ``job_group`` gives the group of each server that works in
    jobs (accelerators), -1 for any other: a group starts and ends a job all at once, and pauses for checkpoints.
    """

    def __init__(
        self,
        seed: int,
        count: int,
        local_offset_s: float = 8 * 3600.0,
        *,
        shape: WorkloadShape | None = None,
        trace: Trace | None = None,
        job_group: GroupArray | None = None,
    ) -> None:
        """Draw each server's own level from the seed."""
        self.shape = shape or WorkloadShape()
        low, high = sorted((self.shape.lowest, self.shape.highest))
        self._base = low + (high - low) * Draws(seed, 20, count).uniform(np.zeros(1, dtype=np.int64))[0]
        self._offset_s = local_offset_s
        self._trace = trace
        self._common = Noise(seed, 21, 3600.0)
        self._wander = Noise(seed, 22, 240.0, count)
        self._ripple = Noise(seed, 23, 30.0, count)
        self._bursts = Steps(seed, 24, self.shape.burst_s, count)
        self._group = np.full(count, -1, dtype=np.int64) if job_group is None else job_group
        self._in_jobs = self._group >= 0
        self._jobs = Steps(seed, 25, JOB_S, int(self._group.max(initial=-1)) + 1) if self._in_jobs.any() else None

    def at(self, time_s: float) -> FloatArray:
        """Return the utilisation of every server at a time [s since 1970]."""
        busy: FloatArray = self.block(np.array([time_s]))[0]
        return busy

    def block(self, times_s: FloatArray) -> FloatArray:
        """Return the utilisation at each time [s since 1970], by time and server."""
        shape = self.shape
        level = self._level(times_s) + shape.drift * self._common.block(times_s)[:, 0]
        busy: FloatArray = level[:, None] * self._base
        busy += shape.wander * self._wander.block(times_s)
        busy += 0.3 * shape.wander * self._ripple.block(times_s)
        busy += shape.burst_add * (self._bursts.block(times_s) < shape.burst_share)
        if self._jobs is not None:
            busy[:, self._in_jobs] = self._job_load(times_s)[:, self._group[self._in_jobs]]
            busy[:, self._in_jobs] += 0.02 * self._ripple.block(times_s)[:, self._in_jobs]
        np.clip(busy, LEAST, MOST, out=busy)
        return busy

    def _level(self, times_s: FloatArray) -> FloatArray:
        """Return what all servers' own levels are multiplied by."""
        local_s = times_s + self._offset_s
        if self._trace is not None:
            level: FloatArray = self._trace.at(local_s) / self._base.mean()
            return level
        shape = self.shape
        rhythm = 1.0 + shape.daily * np.cos(2 * np.pi * (local_s / SECONDS_PER_DAY - shape.busiest_hour / 24))
        # 1970-01-01 was a Thursday, so days 2 and 3 of each seven are a weekend.
        weekend = np.isin(np.floor(local_s / SECONDS_PER_DAY) % 7, (2, 3))
        return rhythm * np.where(weekend, shape.weekend, 1.0)

    def _job_load(self, times_s: FloatArray) -> FloatArray:
        """Return the utilisation of each group of accelerators."""
        assert self._jobs is not None  # noqa: S101 - only asked for where there are groups
        number, since_s = self._jobs.block(times_s), self._jobs.since_s(times_s)
        writes = since_s % CHECKPOINT_S > CHECKPOINT_S - CHECKPOINT_LASTS_S
        # A job has its own intensity, told by the same number that says whether there is one.
        busy = JOB_BUSY - 0.12 * number / max(self.shape.queue, 1e-9)
        return np.where(number < self.shape.queue, np.where(writes, JOB_CHECKPOINT, busy), JOB_IDLE)
