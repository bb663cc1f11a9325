"""A UPS whose battery would not last: while it is used, or at the present load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, framed, readings_of

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "ups_runtime"
QUANTITY = "battery_runtime_s"


def _traces(board: Board, _own: RuleLimits) -> Found:
    return readings_of(board, "ups", QUANTITY)


UPS_RUNTIME = framed(KEY, _traces, Need(quantities=(QUANTITY,)))
