"""Two UPSs that together carry more than the one that would be left could: redundancy is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.alarms.rules.usual import last

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "ups_redundancy"
POWER, LOAD, SOURCE = "active_power_w", "load_ratio", "ups_source_state"
PAIR = 2


def _traces(board: Board, own: RuleLimits) -> Found:
    units = [device.name for device in board.devices("ups")]
    if len(units) < PAIR:
        return
    powers, ratings = [], []
    for unit in units:
        outputs, loads = board.parts(unit, POWER, "output"), board.parts(unit, LOAD, "output")
        if not outputs or not loads:
            yield Missing(unit, (POWER,) if not outputs else (LOAD,))
            return
        power = np.sum([board.steps(key) for key in outputs], axis=0)
        load = np.mean([board.steps(key) for key in loads], axis=0)
        powers.append(power)
        ratings.append(np.where(load >= own.mode["least_load"], power / np.maximum(load, 1e-3), np.nan))
    total, rated = np.sum(powers, axis=0), np.array(ratings)
    # What is left when the largest is lost.
    left = rated.sum(axis=0) - rated.max(axis=0)
    key = board.parts(units[0], POWER, "output")[0]
    yield Trace(
        subject="",
        points=board.points(total / left),
        device=units[0],
        quantity=POWER,
        unit="1",
        measured=last(total),
        expected=last(left),
        part=key.part,
    )


UPS_REDUNDANCY = framed(
    KEY, _traces, Need(quantities=(POWER, LOAD), kinds=("ups",), views=(View.STEPS,), prefix="output")
)
