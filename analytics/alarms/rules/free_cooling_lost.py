"""Free cooling that stands still though the outdoor air would do: chillers work for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from greendc.quantities import quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "free_cooling_lost"
BULB, BACK, POWER, STATE = "outdoor_wet_bulb_c", "return_water_temperature_c", "active_power_w", "economiser_state"


def _traces(board: Board, own: RuleLimits) -> Found:
    chillers = [device.name for device in board.devices("chiller")]
    for economiser in board.devices("economiser"):
        key = board.key(economiser.name, STATE)
        if key is None or not any(board.key(name, BULB) for name in chillers):
            yield Missing(economiser.name, (STATE,) if key is None else (BULB,))
            continue
        bulbs = [board.steps(board.key(name, BULB)) for name in chillers]
        running = np.array([board.steps(board.key(name, POWER)) for name in chillers]) > own.mode["least_w"]
        waters = np.where(running, [board.steps(board.key(name, BACK)) for name in chillers], np.nan)
        # How much colder than the return water the wet bulb is while a chiller works and the economiser is off.
        head_k = _greatest(waters) - _greatest(bulbs)
        off = np.isclose(board.steps(key), quantity(STATE).states["off"])
        known = ~np.isnan(board.steps(key)) & ~np.isnan(_greatest(bulbs))
        lost = np.where(off & running.any(axis=0), head_k, 0.0)
        yield Trace(
            subject=economiser.name,
            points=board.points(np.where(known, lost, np.nan)),
            device=economiser.name,
            quantity=STATE,
            unit="K",
        )


def _greatest(rows: Sequence[Floats] | Floats) -> Floats:
    """Return the greatest known value of each step, NaN where none is known."""
    values = np.where(np.isnan(rows), -np.inf, rows).max(axis=0)
    return np.where(np.isinf(values), np.nan, values)


FREE_COOLING_LOST = framed(
    KEY,
    _traces,
    Need(quantities=(BULB, BACK, POWER), kinds=("chiller",), views=(View.STEPS,), main=True),
    Need(quantities=(STATE,), kinds=("economiser",), views=(View.STEPS,)),
)
