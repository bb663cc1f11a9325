"""A UPS that can carry less than it could: the same power is a greater share of its rating."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import GUARD_HOURS, LEAST_HOURS, compared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "ups_modules"
POWER, LOAD = "active_power_w", "load_ratio"


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices("ups"):
        powers, loads = board.parts(device.name, POWER, "output"), board.parts(device.name, LOAD, "output")
        if not powers or not loads:
            yield Missing(device.name, (POWER,) if not powers else (LOAD,))
            continue
        now = _rating([board.steps(key) for key in powers], [board.steps(key) for key in loads], own)
        past = _rating([board.hours(key) for key in powers], [board.hours(key) for key in loads], own)[:-GUARD_HOURS]
        known = past[~np.isnan(past)]
        usual = np.full(len(now), np.median(known) if len(known) >= LEAST_HOURS else np.nan)
        yield compared(board, device.name, powers[0], (now / usual, now, usual), "1")


def _rating(powers: Sequence[Floats], loads: Sequence[Floats], own: RuleLimits) -> Floats:
    """Return the rating [W] that the reported share of load means; unknown while there is too little load."""
    load = np.mean(loads, axis=0)
    return np.where(load >= own.mode["least_load"], np.sum(powers, axis=0) / np.maximum(load, 1e-3), np.nan)


UPS_MODULES = framed(
    KEY, _traces, Need(quantities=(POWER, LOAD), kinds=("ups",), views=(View.STEPS, View.HOURS), prefix="output")
)
