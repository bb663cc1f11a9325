"""Water from the tower that stays further above the wet bulb than it did, or a fan that works harder for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import Driver, compared, driver, smooth, usual

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "tower_approach"
COLD, WARM, BULB, HEAT = (
    "condenser_supply_temperature_c",
    "condenser_return_temperature_c",
    "outdoor_wet_bulb_c",
    "cooling_power_w",
)


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices("chiller"):
        if missing := board.missing(device.name, COLD, BULB, HEAT):
            yield Missing(device.name, missing)
            continue
        cold, bulb, heat = (board.key(device.name, name) for name in (COLD, BULB, HEAT))
        if cold is None:
            continue
        greatest = np.nanmax(board.hours(heat), initial=0.0)
        loaded = board.steps(heat) > own.mode["least_load"] * greatest
        was = board.hours(heat) > own.mode["least_load"] * greatest
        drivers = [
            Driver(hours=board.hours(heat), steps=board.steps(heat), within=own.mode["alike_load"] * greatest),
            driver(board, bulb, within=own.mode["alike_k"]),
        ]
        approach, past = board.steps(cold) - board.steps(bulb), board.hours(cold) - board.hours(bulb)
        expected = usual(np.where(was, past, np.nan), drivers)
        above = smooth(np.where(loaded, approach - expected, np.nan))
        yield compared(board, device.name, cold, (above, board.steps(cold), board.steps(bulb) + expected), "K")


TOWER_APPROACH = framed(
    KEY,
    _traces,
    Need(quantities=(COLD, WARM, BULB, HEAT), kinds=("chiller",), views=(View.STEPS, View.HOURS), main=True),
)
