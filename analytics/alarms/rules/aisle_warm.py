"""A whole aisle whose racks breathe warmer air than the units supply: too little air, or a containment that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.middle import middle
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.unit_on import AIR_UNITS
from analytics.alarms.rules.usual import GUARD_HOURS, LEAST_HOURS, compared, smooth
from analytics.inlets import inlet_keys

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats
    from greendc.model import SeriesKey

KEY = "aisle_warm"
AIR, SUPPLY = "air_temperature_c", "supply_air_temperature_c"
LEAST_RACKS = 3


def _traces(board: Board, _own: RuleLimits) -> Found:
    supplies = [key for key in board.all(SUPPLY) if board.kinds.get(key.device) in AIR_UNITS]
    for aisle, keys in _aisles(board).items():
        if not supplies:
            yield Missing(aisle, (SUPPLY,))
            continue
        size, past_size = len(board.steps(None)), len(board.hours(None))
        air = middle([board.steps(key) for key in keys], size)
        above = air - middle([board.steps(key) for key in supplies], size)
        past = middle([board.hours(key) for key in keys], past_size)
        before = (past - middle([board.hours(key) for key in supplies], past_size))[:-GUARD_HOURS]
        known = before[~np.isnan(before)]
        usual = float(np.median(known)) if len(known) >= LEAST_HOURS else np.nan
        course: tuple[Floats, Floats, Floats] = smooth(above - usual), air, air - above + usual
        yield compared(board, aisle, keys[0], course, "K", place=aisle)


def _aisles(board: Board) -> dict[str, list[SeriesKey]]:
    """Return the inlets of each module, row or room that has enough racks."""
    inlets = inlet_keys(board.site, board.all(AIR))
    racks: dict[str, list[str]] = {}
    for rack in board.site.racks:
        if rack.name in inlets:
            racks.setdefault(rack.module or rack.row or rack.room, []).append(rack.name)
    return {
        aisle: [key for name in names for key in inlets[name]]
        for aisle, names in racks.items()
        if len(names) >= LEAST_RACKS
    }


AISLE_WARM = framed(
    KEY,
    _traces,
    Need(quantities=(AIR,), views=(View.STEPS, View.HOURS)),
    Need(quantities=(SUPPLY,), kinds=AIR_UNITS, views=(View.STEPS, View.HOURS)),
)
