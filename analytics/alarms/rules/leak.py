"""Water where none should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Trace, flag, framed
from greendc.quantities import quantity

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "leak"
STATE = "leak_state"


def _traces(board: Board, _own: RuleLimits) -> Found:
    for key in board.all(STATE):
        yield Trace(
            subject=f"{key.device}/{key.part}" if key.part else key.device,
            place=board.place(key.device),
            points=flag(board.readings(key), quantity(STATE).states["wet"]),
            device=key.device,
            part=key.part,
            quantity=STATE,
        )


LEAK = framed(KEY, _traces, Need(quantities=(STATE,)))
