"""A rack PDU, phase or bank that its own thresholds call overloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Trace, framed, where

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "load_state"
QUANTITY = "load_state"


def _traces(board: Board, _own: RuleLimits) -> Found:
    for key in board.all(QUANTITY):
        points = board.readings(key)
        yield Trace(
            subject=key.device,
            place=board.place(key.device),
            points=where(points, points.values > 0),
            device=key.device,
            part=key.part,
            quantity=QUANTITY,
        )


LOAD_STATE = framed(KEY, _traces, Need(quantities=(QUANTITY,)))
