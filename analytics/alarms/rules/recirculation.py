"""A rack that breathes its own exhaust: its inlet is further above the supply air than it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.unit_on import AIR_UNITS
from analytics.alarms.rules.usual import driver, excess, smooth, usual
from analytics.inlets import inlet_keys

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "recirculation"
AIR, SUPPLY = "air_temperature_c", "supply_air_temperature_c"


def _traces(board: Board, own: RuleLimits) -> Found:
    units = [key for key in board.all(SUPPLY) if board.kinds.get(key.device) in AIR_UNITS]
    for rack, keys in inlet_keys(board.site, board.all(AIR)).items():
        if not units:
            yield Missing(rack, (SUPPLY,))
            continue
        for key in keys:
            # What all racks share is no fault of this rack: the median inlet follows supply air and containment.
            above = board.steps(key) - board.rack_median(AIR, View.STEPS)
            before = board.hours(key) - board.rack_median(AIR, View.HOURS)
            supply = driver(board, units[0], within=own.mode["alike_k"])
            yield excess(board, rack, key, smooth(above), usual(before, [supply]), "K")


RECIRCULATION = framed(
    KEY,
    _traces,
    Need(quantities=(AIR,), views=(View.STEPS, View.HOURS)),
    Need(quantities=(SUPPLY,), kinds=AIR_UNITS, views=(View.STEPS, View.HOURS)),
)
