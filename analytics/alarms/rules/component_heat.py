"""A component that is too hot, by what kind of device it is part of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.limits import Level
from analytics.alarms.rules.trace import Found, Trace, framed

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "component_heat"
QUANTITY = "component_temperature_c"
BATTERY = "battery_temperature_c"


def _traces(board: Board, own: RuleLimits) -> Found:
    for quantity in (QUANTITY, BATTERY):
        for key in board.all(quantity):
            kind = "battery" if quantity == BATTERY else board.kinds.get(key.device, "")
            limit = own.mode.get(kind)
            if limit is None:
                continue
            levels = tuple(
                Level(kind=one.kind, limit=limit, deadband=one.deadband, priority=one.priority) for one in own.levels
            )
            yield Trace(
                subject=f"{key.device}/{key.part}" if key.part else key.device,
                place=board.place(key.device),
                points=board.readings(key),
                device=key.device,
                part=key.part,
                quantity=quantity,
                levels=levels,
            )


COMPONENT_HEAT = framed(KEY, _traces, Need(quantities=(QUANTITY, BATTERY)))
