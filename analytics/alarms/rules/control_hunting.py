"""A control loop that does not settle: it swings to and fro many times an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.alarms.rules.usual import last

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "control_hunting"
SWING = {
    "valve_position_ratio": 0.04,
    "capacity_ratio": 0.04,
    "fan_speed_ratio": 0.04,
    "damper_position_ratio": 0.1,
    "drive_speed_ratio": 0.04,
    "supply_air_temperature_c": 0.8,
}
"""What counts as a swing, in the quantity's unit: twice its deadband in the usual loop."""
STRIDE = 5
"""Minutes between two counts."""
KINDS = ("crah", "crac", "drive", "economiser", "chiller", "cdu")


def _traces(board: Board, own: RuleLimits) -> Found:
    hour = round(own.mode["window_min"])
    for device in board.devices(*KINDS):
        keys = [key for name in SWING for key in board.parts(device.name, name)]
        if not keys:
            yield Missing(device.name, tuple(SWING))
        for key in keys:
            values = board.minutes(key)[-2 * hour :]
            counts = np.full(len(board.minutes(key)), np.nan)
            for back in range(0, hour, STRIDE):
                end = len(values) - back
                seen = values[max(0, end - hour) : end]
                seen = seen[~np.isnan(seen)]
                if len(seen) >= own.mode["least_known"] * hour:
                    counts[len(counts) - 1 - back] = reversals(seen, SWING[key.quantity])
            yield Trace(
                subject=device.name,
                place=board.place(device.name),
                points=board.grid(View.MINUTES).points(counts),
                device=device.name,
                part=key.part,
                quantity=key.quantity,
                unit="1",
                measured=last(values),
            )


def reversals(values: Floats, swing: float) -> int:
    """Return how often a course turns round by at least ``swing``."""
    turns, direction, extreme = 0, 0, values[0]
    for value in values[1:]:
        if (direction >= 0 and value > extreme) or (direction <= 0 and value < extreme):
            direction, extreme = direction or int(np.sign(value - extreme)), value
        elif abs(value - extreme) >= swing:
            turns, direction, extreme = turns + 1, -direction, value
    return turns


CONTROL_HUNTING = framed(KEY, _traces, Need(quantities=tuple(SWING), kinds=KINDS, views=(View.MINUTES,)))
