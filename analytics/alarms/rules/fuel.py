"""A generator with too little fuel to outlast an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Missing, Trace, framed

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "fuel"
FUEL = "fuel_level_ratio"


def _traces(board: Board, _own: RuleLimits) -> Found:
    for device in board.devices("generator"):
        key = board.key(device.name, FUEL)
        if key is None:
            yield Missing(device.name, (FUEL,))
            continue
        yield Trace(subject=device.name, points=board.readings(key), device=device.name, quantity=FUEL)


FUEL_LOW = framed(KEY, _traces, Need(quantities=(FUEL,)))
