"""Phases that carry different loads, beyond what is usual there and what is worth mending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import GUARD_HOURS, LEAST_HOURS, compared, smooth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "phase_imbalance"
CURRENT = "current_a"
PHASES = 3
SIDES = {"ups": "output/l", "pdu": "phase/l", "meter": "phase/l"}


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices(*SIDES):
        keys = board.parts(device.name, CURRENT, SIDES[board.kinds[device.name]])
        if not keys:
            yield Missing(device.name, (CURRENT,))
        if len(keys) != PHASES:
            continue
        now, past = [board.steps(key) for key in keys], [board.hours(key) for key in keys]
        # What is not known is no current here: a device without a past has no rating yet.
        rated = device.rated_a or float(np.nan_to_num(past).max(initial=0.0))
        least = max(own.mode["least_a"], own.mode["least_share"] * rated)
        uneven = smooth(_imbalance(now, least))
        before = _imbalance(past, least)[:-GUARD_HOURS]
        known = before[~np.isnan(before)]
        # Single-phase servers are never spread evenly: what has always been so is no news.
        usual = float(np.median(known)) if len(known) >= LEAST_HOURS else 0.0
        worst = keys[int(np.argmax([np.nan_to_num(one[~np.isnan(one)][-1:].sum()) for one in now]))]
        yield compared(board, device.name, worst, (uneven - usual, board.steps(worst), np.mean(now, axis=0)), "1")


def _imbalance(phases: Sequence[Floats], least_a: float) -> Floats:
    """Return (greatest - mean) / mean of three currents, where the mean is worth looking at."""
    mean = np.mean(phases, axis=0)
    return np.where(mean >= least_a, np.max(phases, axis=0) / np.maximum(mean, 1e-6) - 1.0, np.nan)


PHASE_IMBALANCE = framed(
    KEY,
    _traces,
    Need(quantities=(CURRENT,), kinds=("ups",), views=(View.STEPS, View.HOURS), prefix="output"),
    Need(quantities=(CURRENT,), kinds=("pdu", "meter"), views=(View.STEPS, View.HOURS), prefix="phase"),
)
