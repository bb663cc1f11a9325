"""Cold air that returns to a cooling unit unused: it comes back colder than the racks' exhaust explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.middle import middle
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.unit_on import AIR_UNITS, is_on, was_on
from analytics.alarms.rules.usual import GUARD_HOURS, LEAST_HOURS, compared, smooth
from analytics.inlets import outlet_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "air_bypass"
AIR, SUPPLY, RETURN = "air_temperature_c", "supply_air_temperature_c", "return_air_temperature_c"


def _traces(board: Board, own: RuleLimits) -> Found:
    outlets = [key for keys in outlet_keys(board.site, board.all(AIR)).values() for key in keys]
    for device in board.devices(*AIR_UNITS):
        missing = board.missing(device.name, SUPPLY, RETURN) or (() if outlets else (AIR,))
        supply, back = board.key(device.name, SUPPLY), board.key(device.name, RETURN)
        if missing or back is None:
            yield Missing(device.name, missing)
            continue
        now = _used(board.steps(back), board.steps(supply), [board.steps(key) for key in outlets], own)
        past = _used(board.hours(back), board.hours(supply), [board.hours(key) for key in outlets], own)
        past = np.where(was_on(board, device.name), past, np.nan)[:-GUARD_HOURS]
        known = past[~np.isnan(past)]
        usual = float(np.median(known)) if len(known) >= LEAST_HOURS else np.nan
        seen = smooth(np.where(is_on(board, device.name), now, np.nan))
        rise = board.steps(back) - board.steps(supply)
        yield compared(
            board, device.name, back, (seen / usual, board.steps(back), board.steps(supply) + rise / seen * usual), "1"
        )


def _used(back: Floats, supply: Floats, outlets: Sequence[Floats], own: RuleLimits) -> Floats:
    """Return the unit's rise over that from its supply to the racks' outlets: 1 when no air goes past the racks."""
    behind = middle(outlets, len(back))
    rise = behind - supply
    return np.where(rise >= own.mode["least_k"], (back - supply) / np.maximum(rise, 1e-3), np.nan)


AIR_BYPASS = framed(
    KEY,
    _traces,
    Need(quantities=(AIR,), views=(View.STEPS, View.HOURS)),
    Need(quantities=(SUPPLY, RETURN, "unit_state", "fan_speed_ratio"), kinds=AIR_UNITS, views=(View.STEPS, View.HOURS)),
)
