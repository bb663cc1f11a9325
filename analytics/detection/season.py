"""Season: how novel the difference from the usual day is, where the time of day explains most of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection import novelty
from analytics.detection.arrays import Slot
from analytics.detection.grid import Grid
from analytics.detection.reading import SLOTS_A_DAY

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays, BoolArray, FloatArray, Rows
    from analytics.detection.config import Config
    from analytics.detection.reading import Reading

RESIDUAL = Grid("season", 256)
DAYS = 2
"""A half-hour of the day is known once it was seen on so many days."""
PACE = 0.2
"""What a new day weighs in the usual one, at least."""
UNEXPLAINED = 0.15
"""The most of the variance that may remain unexplained."""
LEAST = 288
SPAN = 2000.0
MOST = 255
SLOTS = {
    **RESIDUAL.slots,
    "season.usual": Slot(shape=(SLOTS_A_DAY,), kind="f4"),
    "season.days": Slot(shape=(SLOTS_A_DAY,), kind="u1"),
    "season.slot": Slot(begin=-1.0, kind="f4"),
    "season.sum": Slot(),
    "season.within": Slot(kind="f4"),
    "season.known": Slot(kind="f4"),
    "season.mean": Slot(),
    "season.all": Slot(),
    "season.left": Slot(),
}


def step(state: Arrays, now: Reading, config: Config) -> FloatArray:
    """Return how novel the residual is, 0 where the day explains too little, then learn it."""
    if now.slot is None:
        return np.zeros(len(now.value))
    rows = np.arange(len(now.value))
    known = state["season.days"][rows, now.slot] >= DAYS
    residual = np.where(known, now.value - state["season.usual"][rows, now.slot], 0.0)
    _close(state, now.slot)
    state["season.sum"] += now.value
    state["season.within"] += 1.0
    state["season.slot"][:] = now.slot
    count = state["season.known"].astype(np.float64)
    explains = _weigh(state, known, now.value, residual)
    found = novelty.judge(state, RESIDUAL, residual, known & (count > config.season_start), config, now.floor)
    RESIDUAL.learn(state, residual, found.cell, known)
    return np.where(known & explains, found.amount, 0.0)


def _close(state: Arrays, slot: Rows) -> None:
    """Take the mean of the half-hour that is over into the usual day."""
    before = state["season.slot"].astype(np.int64)
    over = np.flatnonzero((before >= 0) & (before != slot))
    if not len(over):
        return
    at = before[over]
    days = state["season.days"][over, at].astype(np.float64)
    mean = state["season.sum"][over] / state["season.within"][over]
    pace = np.maximum(PACE, 1.0 / (days + 1.0))
    usual = state["season.usual"][over, at].astype(np.float64)
    state["season.usual"][over, at] = usual + pace * (mean - usual)
    state["season.days"][over, at] = np.minimum(days + 1.0, MOST)
    state["season.sum"][over] = 0.0
    state["season.within"][over] = 0.0


def _weigh(state: Arrays, known: BoolArray, value: FloatArray, residual: FloatArray) -> BoolArray:
    """Follow the variance of the values and of the residuals; return where the day explains enough."""
    state["season.known"] += known
    count = state["season.known"].astype(np.float64)
    pace = np.where(known, np.maximum(1.0 / SPAN, 1.0 / np.maximum(count, 1.0)), 0.0)
    away = value - state["season.mean"]
    state["season.mean"] += pace * away
    state["season.all"] += pace * (away * away - state["season.all"])
    state["season.left"] += pace * (residual * residual - state["season.left"])
    explains: BoolArray = (count > LEAST) & (state["season.left"] < UNEXPLAINED * state["season.all"])
    return explains
