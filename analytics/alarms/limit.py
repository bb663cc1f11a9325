"""When a limit counts as broken and as kept again: on-delay, off-delay and deadband, from readings alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from analytics.points import Points


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """An upper limit in the series' unit; delays in nanoseconds."""

    high: float
    deadband: float
    on_delay_ns: int
    off_delay_ns: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a series stands against a limit: ``broken`` long enough, ``kept`` long enough well below it, else between.

    ``since_ns`` is when the present excursion began; 0 when the newest value is not above the limit.
    """

    broken: bool
    kept: bool
    since_ns: int


def judge(points: Points, limit: Limit) -> Standing:
    """Return how a series stands at its newest reading.

    A condition must hold in every reading of its delay; readings that have not lasted as long as the delay prove
    nothing.
    """
    if len(points) == 0:
        return Standing(broken=False, kept=False, since_ns=0)
    newest_ns = int(points.time_ns[-1])
    above = points.values > limit.high
    over_ns = _held_since(points, above)
    below_ns = _held_since(points, points.values <= limit.high - limit.deadband)
    return Standing(
        broken=over_ns is not None and newest_ns - over_ns >= limit.on_delay_ns,
        kept=below_ns is not None and newest_ns - below_ns >= limit.off_delay_ns,
        since_ns=over_ns or 0,
    )


def _held_since(points: Points, holds: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int | None:
    """Return since when a condition has held without a break up to the newest reading, or None."""
    if not holds[-1]:
        return None
    breaks = np.flatnonzero(~holds)
    return int(points.time_ns[breaks[-1] + 1 if len(breaks) else 0])
