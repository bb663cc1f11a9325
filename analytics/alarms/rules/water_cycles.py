"""Tower water that is thinner than it was: water leaves it another way than through the blow-down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import GUARD_HOURS, LEAST_HOURS, ratio

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "water_cycles"
CYCLES = "concentration_cycles"


def _traces(board: Board, _own: RuleLimits) -> Found:
    for device in board.devices("water_treatment"):
        key = board.key(device.name, CYCLES)
        if key is None:
            yield Missing(device.name, (CYCLES,))
            continue
        past = board.hours(key)[:-GUARD_HOURS]
        known = past[~np.isnan(past)]
        usual = float(np.median(known)) if len(known) >= LEAST_HOURS else np.nan
        steps = board.steps(key)
        yield ratio(board, device.name, key, steps, np.full(len(steps), usual))


WATER_CYCLES = framed(
    KEY, _traces, Need(quantities=(CYCLES,), kinds=("water_treatment",), views=(View.STEPS, View.HOURS))
)
