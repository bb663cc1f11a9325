"""A chilled-water valve that cools though it is closed."""

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

KEY = "valve_leak"
VALVES = (("valve_position_ratio", ""), ("capacity_ratio", "cooling"))
DAMPER = "damper_position_ratio"
BACK, OUT = "return_air_temperature_c", "supply_air_temperature_c"


def _traces(board: Board, own: RuleLimits) -> Found:
    dampers = [board.steps(key) for key in board.all(DAMPER)]
    fresh = np.any(
        [damper > own.mode["damper"] for damper in dampers] or [np.zeros(len(board.steps(None)), dtype=np.bool_)],
        axis=0,
    )
    for device in board.devices("crah", "crac"):
        valve = next((key for name, part in VALVES if (key := board.key(device.name, name, part))), None)
        if missing := (*(() if valve else (VALVES[0][0],)), *board.missing(device.name, BACK, OUT)):
            yield Missing(device.name, missing)
            continue
        closed = board.steps(valve) <= own.mode["closed"]
        # Outdoor air that is mixed in cools too.
        blows = (
            ~fresh
            & is_on(board, device.name)
            & (board.steps(board.key(device.name, "fan_speed_ratio")) > own.mode["speed"])
        )
        cooled_k = board.steps(board.key(device.name, BACK)) - board.steps(board.key(device.name, OUT))
        # With the valve open nothing is known of its seat.
        yield Trace(
            subject=device.name,
            points=board.points(np.where(closed & blows, cooled_k, np.nan)),
            device=device.name,
            quantity=OUT,
            unit="K",
            measured=last(board.steps(board.key(device.name, OUT))),
        )


VALVE_LEAK = framed(
    KEY,
    _traces,
    Need(
        quantities=("valve_position_ratio", "capacity_ratio", BACK, OUT, "fan_speed_ratio", "unit_state"),
        kinds=AIR_UNITS,
        views=(View.STEPS,),
    ),
    Need(quantities=(DAMPER,), views=(View.STEPS,)),
)
