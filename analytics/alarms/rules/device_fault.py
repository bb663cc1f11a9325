"""A device that reports a fault of its own, or alarms that only its display explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Trace, flag, framed
from analytics.points import Points
from greendc.quantities import quantity

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "device_fault"
STATES = ("unit_state", "generator_state")
ALARMS = "alarms_count"
FAULT = 2.0
"""How bad a fault is; an alarm without one is 1."""


def _traces(board: Board, _own: RuleLimits) -> Found:
    for name in STATES:
        code = quantity(name).states["fault"]
        for key in board.all(name):
            points = flag(board.readings(key), code)
            yield _trace(board, key.device, name, Points(time_ns=points.time_ns, values=FAULT * points.values))
    for key in board.all(ALARMS):
        points = board.readings(key)
        yield _trace(board, key.device, ALARMS, Points(time_ns=points.time_ns, values=np.minimum(points.values, 1.0)))


def _trace(board: Board, device: str, name: str, points: Points) -> Trace:
    return Trace(subject=device, place=board.place(device), points=points, device=device, quantity=name)


DEVICE_FAULT = framed(KEY, _traces, Need(quantities=(*STATES, ALARMS)))
