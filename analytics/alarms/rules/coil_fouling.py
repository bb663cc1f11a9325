"""A coil that needs more water for the same heat than it did: fouled, or short of water."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.unit_on import AIR_UNITS, is_on, was_on
from analytics.alarms.rules.usual import driver, ratio, usual

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "coil_fouling"
VALVES = (("valve_position_ratio", ""), ("capacity_ratio", "cooling"))
BACK, OUT, FAN = "return_air_temperature_c", "supply_air_temperature_c", "fan_speed_ratio"
WATER = "supply_water_temperature_c"


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices(*AIR_UNITS):
        valve = next((key for name, part in VALVES if (key := board.key(device.name, name, part))), None)
        if missing := (*(() if valve else (VALVES[0][0],)), *board.missing(device.name, BACK, OUT, FAN)):
            yield Missing(device.name, missing)
            continue
        if valve is None:
            continue
        back, out, fan = (board.key(device.name, name) for name in (BACK, OUT, FAN))
        drivers = [
            driver(board, back, within=own.mode["alike_k"]),
            driver(board, out, within=own.mode["alike_k"]),
            driver(board, fan, within=own.mode["alike_speed"]),
        ]
        # Colder water needs less of it. Units without a sensor of their own share the loop's.
        water = board.key(device.name, WATER) or next(
            (key for chiller in board.devices("chiller") if (key := board.key(chiller.name, WATER))), None
        )
        if water is not None:
            drivers.append(driver(board, water, within=own.mode["alike_k"]))
        expected = usual(np.where(was_on(board, device.name), board.hours(valve), np.nan), drivers)
        opened = np.where(is_on(board, device.name), board.steps(valve), np.nan)
        yield ratio(board, device.name, valve, opened, np.where(expected > own.mode["least_open"], expected, np.nan))


COIL_FOULING = framed(
    KEY,
    _traces,
    Need(
        quantities=("valve_position_ratio", "capacity_ratio", BACK, OUT, FAN, WATER, "unit_state"),
        kinds=(*AIR_UNITS, "chiller"),
        views=(View.STEPS, View.HOURS),
    ),
)
