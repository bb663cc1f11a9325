"""Cooling that would not do without one more machine: air handlers by their fans, chillers by their load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from greendc.quantities import quantity

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "cooling_redundancy"
GROUPS = {"air": (("crah", "crac"), "fan_speed_ratio"), "chillers": (("chiller",), "capacity_ratio")}
STATE = "unit_state"
PAIR = 2


def _traces(board: Board, _own: RuleLimits) -> Found:
    faults = (quantity(STATE).states["fault"], quantity(STATE).states["unknown"])
    for group, (kinds, name) in GROUPS.items():
        units = [device.name for device in board.devices(*kinds)]
        if len(units) < PAIR:
            continue
        keys = [board.key(unit, name) for unit in units]
        if None in keys:
            yield from (Missing(unit, (name,)) for unit, key in zip(units, keys, strict=True) if key is None)
            continue
        shares = np.array([board.steps(key) for key in keys])
        states = np.array([board.steps(board.key(unit, STATE)) for unit in units])
        # One that is off or stands by can be started; one that has a fault or is silent cannot.
        ready = ~np.isnan(shares) & ~np.isin(states, faults)
        used, spare = np.where(ready, shares, 0.0).sum(axis=0), ready.sum(axis=0) - 1.0
        known = ready.any(axis=0)
        yield Trace(
            subject=group,
            place="",
            points=board.points(np.where(known, used / np.maximum(spare, 0.1), np.nan)),
            device=units[0],
            quantity=name,
            unit="1",
        )


COOLING_REDUNDANCY = framed(
    KEY,
    _traces,
    Need(quantities=("fan_speed_ratio", STATE), kinds=("crah", "crac"), views=(View.STEPS,), main=True),
    Need(quantities=("capacity_ratio", STATE), kinds=("chiller",), views=(View.STEPS,), main=True),
)
