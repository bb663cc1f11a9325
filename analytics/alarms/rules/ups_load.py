"""A UPS with more load on one of its phases than it may carry for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, framed, readings_of

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "ups_load"
QUANTITY = "load_ratio"


def _traces(board: Board, _own: RuleLimits) -> Found:
    return readings_of(board, "ups", QUANTITY)


UPS_LOAD = framed(KEY, _traces, Need(quantities=(QUANTITY,)))
