"""Supply air that misses its set-point for long: the valve does not answer, or it has nothing left to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.alarms.rules.unit_on import AIR_UNITS, is_on
from analytics.alarms.rules.usual import last

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "supply_air"
AIR, WANTED = "supply_air_temperature_c", "supply_air_setpoint_c"

SETTLES = 6
"""Steps of 5 min in which a set-point must not have moved."""


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices(*AIR_UNITS):
        if missing := board.missing(device.name, AIR, WANTED):
            yield Missing(device.name, missing)
            continue
        air, wanted = board.steps(board.key(device.name, AIR)), board.steps(board.key(device.name, WANTED))
        # A set-point that was moved is followed within half an hour.
        settled = np.array(
            [np.ptp(wanted[max(0, i - SETTLES) : i + 1]) < own.mode["moved_k"] for i in range(len(wanted))]
        )
        off_k = np.where(is_on(board, device.name) & settled, air - wanted, np.nan)
        yield Trace(
            subject=device.name,
            points=board.points(off_k),
            device=device.name,
            quantity=AIR,
            unit="K",
            measured=last(air),
            expected=last(wanted),
        )


SUPPLY_AIR = framed(
    KEY, _traces, Need(quantities=(AIR, WANTED, "unit_state", "fan_speed_ratio"), kinds=AIR_UNITS, views=(View.STEPS,))
)
