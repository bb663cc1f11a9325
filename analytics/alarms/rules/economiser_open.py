"""An economiser that is open though it cannot cool: it warms the water or the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.middle import middle
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.alarms.rules.usual import last

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "economiser_open"
VALVE, DAMPER = "valve_position_ratio", "damper_position_ratio"
HEAT = "cooling_power_w"
CLOSED_K = 100.0
"""Stands for a closed one: colder than any outdoor air."""
SUPPLY, WANTED = "supply_air_temperature_c", "supply_air_setpoint_c"
BULB, BACK, OUTDOOR, RETURN = (
    "outdoor_wet_bulb_c",
    "return_water_temperature_c",
    "outdoor_temperature_c",
    "return_air_temperature_c",
)


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices("economiser"):
        for name, part, cold, warm in ((VALVE, "water", BULB, BACK), (DAMPER, "outdoor_air", OUTDOOR, RETURN)):
            key = board.key(device.name, name, part)
            outside, inside = _median(board, cold), _median(board, warm, "chiller" if name == VALVE else "")
            if key is None or np.isnan(outside).all() or np.isnan(inside).all():
                yield Missing(device.name, (name,) if key is None else (cold, warm))
                continue
            opened = board.steps(key) > own.mode["least_open"]
            # How much warmer the outdoor side is than what it should cool.
            warmer_k = outside - inside
            if name == DAMPER:
                overcooled_k = _median(board, WANTED) - _median(board, SUPPLY)
                warmer_k = np.fmax(warmer_k, overcooled_k - own.mode["overcooled_k"])
            # What it says to carry is heard first: the return water may be measured behind it, cooled already.
            works = board.steps(board.key(device.name, HEAT, "water")) > own.mode["least_w"]
            warmer_k = np.where(opened & ~(works & (name == VALVE)), warmer_k, -np.inf)
            known = ~np.isnan(board.steps(key)) & ~np.isnan(outside - inside)
            yield Trace(
                subject=f"{device.name}/{part}",
                place=device.name,
                points=board.points(np.where(known, np.maximum(warmer_k, -CLOSED_K), np.nan)),
                device=device.name,
                part=part,
                quantity=name,
                unit="K",
                measured=last(board.steps(key)),
            )


def _median(board: Board, quantity: str, kind: str = "") -> Floats:
    rows = [board.steps(key) for key in board.all(quantity) if not kind or board.kinds.get(key.device) == kind]
    return middle(rows, len(board.steps(None)))


ECONOMISER_OPEN = framed(
    KEY,
    _traces,
    Need(quantities=(VALVE, DAMPER, HEAT), kinds=("economiser",), views=(View.STEPS,)),
    Need(quantities=(BULB, BACK, OUTDOOR), kinds=("chiller", "weather"), views=(View.STEPS,), main=True),
    Need(quantities=(RETURN, SUPPLY, WANTED), kinds=("crah", "crac"), views=(View.STEPS,)),
)
