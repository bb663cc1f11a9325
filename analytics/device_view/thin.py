"""As few points of a series as a screen can show: every peak and every gap of the whole is among them.

Points are chosen, never made up: MinMaxLTTB (Van Der Donckt et al. 2023) keeps the shape of a line, MinMax the lowest
and the highest point of each slice of time. Both work on one unbroken stretch at a time.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from tsdownsample import MinMaxDownsampler, MinMaxLTTBDownsampler

from analytics.counters import Floats, Times

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 1600
"""About as many points as a wide screen has columns."""
MISSED = 3.0
"""A silence is a gap when it is this many times as long as the steps beside it."""
_FEWEST = 8


class Thin(msgspec.Struct, frozen=True, kw_only=True):
    """Chosen points in time order; between two stretches stands one point that is not a number."""

    time_ns: Times
    values: Floats


def thin(time_ns: Times, values: Floats, *, interval_ns: int = 0, most: int = MOST) -> Thin:
    """Return about ``most`` of the points of a series; those that are not a number are gaps.

    A gap that is narrower than a column of the screen is closed. ``interval_ns`` is the pace that is promised [ns].
    """
    known = ~np.isnan(values)
    if not known.any():
        return Thin(time_ns=time_ns[:0], values=values[:0])
    times, kept = np.ascontiguousarray(time_ns[known]), np.ascontiguousarray(values[known])
    column_ns = int(times[-1] - times[0]) // most
    # A reading that failed stands between two that did not.
    failed = np.diff(np.flatnonzero(known)) > 1
    breaks = 1 + np.flatnonzero((silences(times, interval_ns) | failed) & (np.diff(times) > column_ns))
    edges = [0, *breaks.tolist(), len(times)]
    when, what = [], []
    for start, end in pairwise(edges):
        chosen = start + _chosen(times[start:end], kept[start:end], round(most * (end - start) / len(times)))
        when += [times[chosen], times[end - 1 : end] + 1]
        what += [kept[chosen], np.array([np.nan])]
    return Thin(time_ns=np.concatenate(when[:-1]), values=np.concatenate(what[:-1]))


def silences(time_ns: Times, interval_ns: int) -> NDArray[np.bool_]:
    """Tell for each step between readings whether it is a silence.

    A past that was written down may be coarser than what is read live: what is usual is told by the steps beside.
    """
    steps = np.diff(time_ns)
    if len(steps) == 0:
        return np.zeros(0, dtype=np.bool_)
    before = np.concatenate([steps[1:2], steps[:-1]])
    after = np.concatenate([steps[1:], steps[-2:-1]])
    if len(steps) == 1:
        before = after = np.array([interval_ns], dtype=np.int64)
    return np.asarray(steps > MISSED * np.maximum(np.maximum(before, after), interval_ns), dtype=np.bool_)


def _chosen(time_ns: Times, values: Floats, share: int) -> NDArray[np.int64]:
    """Return positions of the points of an unbroken stretch that stand for it, its ends among them."""
    half = max(_FEWEST, share // 4 * 2)
    if len(values) <= 2 * half:
        return np.arange(len(values))
    shape = MinMaxLTTBDownsampler().downsample(time_ns, values, n_out=half)
    peaks = MinMaxDownsampler().downsample(time_ns, values, n_out=half)
    return np.unique(np.concatenate([[0, len(values) - 1], shape.astype(np.int64), peaks.astype(np.int64)]))
