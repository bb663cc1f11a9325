"""Readings summed up in steps of time, and steps summed up in longer steps.

A reading alone is a step too, so one rule makes rollups from readings, coarse steps from fine ones, and an answer from
both. Times are nanoseconds since 1970.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Index: TypeAlias = "NDArray[Any] | slice"


class Steps(msgspec.Struct, frozen=True):
    """Steps of several owners (series, or days of them), sorted by owner and time.

    ``count`` readings, ``known`` of them with a value; the other columns are NaN where ``known`` is 0. ``increase`` is
    the sum of the rises between known neighbours, of use for counters only.
    """

    owner: Ints
    time_ns: Ints
    count: Ints
    known: Ints
    total: Floats
    low: Floats
    high: Floats
    first: Floats
    last: Floats
    increase: Floats

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.time_ns)

    def taken(self, index: Index) -> Steps:
        """Return some of the steps: a slice, a mask or positions."""
        return Steps(*(column[index] for column in self.columns()))

    def columns(self) -> tuple[NDArray[Any], ...]:
        """Return the columns in the order of the fields."""
        return tuple(getattr(self, name) for name in self.__struct_fields__)


def joined_steps(parts: Sequence[Steps]) -> Steps:
    """Return all steps of the parts, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*(part.columns() for part in parts), strict=True)
    return Steps(*(np.concatenate(column) for column in columns)) if parts else no_steps()


def no_steps() -> Steps:
    """Return no steps."""
    counts, values = np.empty(0, np.int64), np.empty(0)
    return Steps(counts, counts, counts, counts, values, values, values, values, values, values)


def summed(steps: Steps, step_ns: int) -> Steps:
    """Return the steps in longer ones, which begin at multiples of ``step_ns``."""
    start_ns = steps.time_ns - steps.time_ns % step_ns
    begins, _ends = stretches(steps.owner, start_ns)
    if not len(begins):
        return steps
    known = np.add.reduceat(steps.known, begins)
    with_value = steps.known > 0
    place, numbers = _summed_values(
        steps if with_value.all() else steps.taken(with_value),
        start_ns if with_value.all() else start_ns[with_value],
    )
    columns = [np.full(len(begins), np.nan) for _one in numbers]
    if len(place):
        targets = np.flatnonzero(known > 0)
        for column, found in zip(columns, numbers, strict=True):
            column[targets] = found
    return Steps(steps.owner[begins], start_ns[begins], np.add.reduceat(steps.count, begins), known, *columns)


def _summed_values(steps: Steps, start_ns: Ints) -> tuple[NDArray[np.intp], list[Floats]]:
    """Return where the groups of steps that have values begin, and their totals, lows, highs, firsts, lasts, rises."""
    begins, ends = stretches(steps.owner, start_ns)
    if not len(begins):
        return begins, [np.empty(0) for _one in range(6)]
    with np.errstate(over="ignore"):  # the largest doubles add up to infinity, which is what their sum is
        return begins, _group_values(steps, begins, ends)


def _group_values(steps: Steps, begins: NDArray[np.intp], ends: NDArray[np.intp]) -> list[Floats]:
    rise = steps.increase.copy()
    rise[1:] += np.maximum(steps.first[1:] - steps.last[:-1], 0.0)
    rise[begins] = steps.increase[begins]
    return [
        np.add.reduceat(steps.total, begins),
        np.minimum.reduceat(steps.low, begins),
        np.maximum.reduceat(steps.high, begins),
        steps.first[begins],
        steps.last[ends - 1],
        np.add.reduceat(rise, begins),
    ]


def stretches(*columns: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the starts and ends of the stretches within which none of the columns changes."""
    size = len(columns[0])
    if not size:
        empty = np.empty(0, np.intp)
        return empty, empty
    changes = np.zeros(size - 1, np.bool_)
    for column in columns:
        changes |= column[1:] != column[:-1]
    inner = np.flatnonzero(changes) + 1
    return np.concatenate(([0], inner)), np.concatenate((inner, [size]))
