"""What a machine usually does under comparable conditions: the median of its own past hours that were alike.

A comparison with oneself needs no maker's data and no tuning; it says nothing before there are enough comparable hours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.alarms.rules.trace import Trace
from analytics.counters import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.rules.board import Board
    from greendc.model import SeriesKey

GUARD_HOURS = 12
"""The newest hours are no reference: a fault that has just begun would be compared with itself."""
LEAST_HOURS = 8
LATEST_STEPS = 36
"""Only so many of the newest steps of 5 min are compared: three hours, more than any delay."""


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that must be alike: its hours and steps, and how far it may be off, absolutely and relatively."""

    hours: Floats
    steps: Floats
    within: float = 0.0
    share: float = 0.0


def driver(board: Board, key: SeriesKey | None, *, within: float = 0.0, share: float = 0.0) -> Driver:
    """Return a series as a condition."""
    return Driver(hours=board.hours(key), steps=board.steps(key), within=within, share=share)


def usual(hours: Floats, drivers: Sequence[Driver]) -> Floats:
    """Return for each step of 5 min what was usual under its conditions; NaN where too little was alike."""
    past = hours[:-GUARD_HOURS]
    known = ~np.isnan(past)
    expected = np.full(len(drivers[0].steps), np.nan)
    if np.count_nonzero(known) < LEAST_HOURS:
        return expected
    alike = np.ones((LATEST_STEPS, np.count_nonzero(known)), dtype=np.bool_)
    for one in drivers:
        now = one.steps[-LATEST_STEPS:, None]
        alike &= np.abs(one.hours[:-GUARD_HOURS][known][None, :] - now) <= one.within + one.share * np.abs(now)
    counts = alike.sum(axis=1)
    ordered = np.sort(np.where(alike, past[known][None, :], np.inf), axis=1)
    middle = ordered[np.arange(LATEST_STEPS), np.minimum(counts // 2, ordered.shape[1] - 1)]
    expected[-LATEST_STEPS:] = np.where(counts >= LEAST_HOURS, middle, np.nan)
    return expected


def smooth(values: Floats, steps: int = 6) -> Floats:
    """Return means over the last ``steps`` steps, where all but one of them are known."""
    known = ~np.isnan(values)
    total = np.convolve(np.where(known, values, 0.0), np.ones(steps))[: len(values)]
    count = np.convolve(known.astype(np.float64), np.ones(steps))[: len(values)]
    return np.where((count >= steps - 1) & known, total / np.maximum(count, 1.0), np.nan)


def last(values: Floats) -> float | None:
    """Return the newest known value, or None."""
    known = np.flatnonzero(~np.isnan(values))
    return float(values[known[-1]]) if len(known) else None


def ratio(board: Board, subject: str, key: SeriesKey, steps: Floats, expected: Floats) -> Trace:
    """Return the course of a series relative to what is usual."""
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(expected > 0, steps / expected, np.nan)
    return compared(board, subject, key, (relative, steps, expected), "1")


def excess(board: Board, subject: str, key: SeriesKey, steps: Floats, expected: Floats, unit: str) -> Trace:
    """Return how far a difference in ``unit`` is above what is usual; ``key`` is the series to look at."""
    trace = compared(board, subject, key, (steps - expected, steps, expected), unit)
    return msgspec.structs.replace(trace, difference=unit)


def compared(
    board: Board,
    subject: str,
    key: SeriesKey,
    course: tuple[Floats, Floats, Floats],
    unit: str,
    *,
    place: str = "",
) -> Trace:
    """Return a trace of (what is judged, what is read, what is usual), all in steps of 5 min."""
    judged, steps, expected = course
    known = ~np.isnan(judged)
    return Trace(
        subject=subject,
        place=place or board.place(key.device),
        points=board.points(judged),
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        unit=unit,
        measured=last(np.where(known, steps, np.nan)),
        expected=last(np.where(known, expected, np.nan)),
    )
