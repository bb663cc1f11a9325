"""A heat pump that hands off much less heat than it did on comparable days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import driver, ratio, smooth, usual

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "heat_recovery"
HEAT, OUTDOOR = "heat_power_w", "outdoor_temperature_c"


def _traces(board: Board, own: RuleLimits) -> Found:
    outdoor = next(
        (key for kind in ("weather", "chiller") for d in board.devices(kind) if (key := board.key(d.name, OUTDOOR))),
        None,
    )
    for device in board.devices("heat_pump"):
        heat = board.key(device.name, HEAT)
        if heat is None or outdoor is None:
            yield Missing(device.name, (HEAT,) if heat is None else (OUTDOOR,))
            continue
        least = own.mode["least_load"] * np.nanmax(board.hours(heat), initial=0.0)
        # Heat is wanted when it is cold; where little was wanted, little can be missed.
        expected = usual(board.hours(heat), [driver(board, outdoor, within=own.mode["alike_k"])])
        wanted = np.where(expected > max(least, 1.0), expected, np.nan)
        yield ratio(board, device.name, heat, smooth(board.steps(heat)), wanted)


HEAT_RECOVERY = framed(
    KEY,
    _traces,
    Need(quantities=(HEAT,), kinds=("heat_pump",), views=(View.STEPS, View.HOURS)),
    Need(quantities=(OUTDOOR,), kinds=("weather", "chiller"), views=(View.STEPS, View.HOURS)),
)
