"""Exhaust that is too hot for cables, optics and people behind a rack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.inlets import inlet_keys, outlet_keys

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "rack_outlet"
AIR = "air_temperature_c"


def _traces(board: Board, _own: RuleLimits) -> Found:
    keys = board.all(AIR)
    behind = outlet_keys(board.site, keys)
    for rack in inlet_keys(board.site, keys):
        if rack not in behind:
            yield Missing(rack, (AIR,))
    for rack, outlets in behind.items():
        for key in outlets:
            yield Trace(subject=rack, points=board.readings(key), device=key.device, part=key.part, quantity=AIR)


RACK_OUTLET = framed(KEY, _traces, Need(quantities=(AIR,)))
