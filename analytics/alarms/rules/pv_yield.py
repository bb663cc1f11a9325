"""A PV plant that makes less of the same sun than it did: a string, an inverter or dirt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import Driver, driver, ratio, smooth, usual
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats, Times

KEY = "pv_yield"
POWER, SUN = "active_power_w", "irradiance_w_m2"

NS_PER_DAY = 24 * NS_PER_HOUR


def _traces(board: Board, own: RuleLimits) -> Found:
    suns = [key for key in board.all(SUN) if board.kinds.get(key.device) == "weather"]
    for device in board.devices("pv_inverter"):
        power = board.key(device.name, POWER)
        if power is None or not suns:
            yield Missing(device.name, (POWER,) if power is None else (SUN,))
            continue
        bright = board.steps(suns[0]) > own.mode["least_w_m2"]
        gain, gains = _gain(board.steps(power), board.steps(suns[0])), _gain(board.hours(power), board.hours(suns[0]))
        # The same sun at the same time of day: the panels' angle to it is nearly the same.
        hour, hours = _time_of_day(board.grid(View.STEPS).times_ns), _time_of_day(board.grid(View.HOURS).times_ns)
        drivers = [
            driver(board, suns[0], share=own.mode["alike"]),
            Driver(hours=hours, steps=hour, within=own.mode["alike_h"]),
        ]
        expected = usual(np.where(board.hours(suns[0]) > own.mode["least_w_m2"], gains, np.nan), drivers)
        seen = smooth(np.where(bright, gain, np.nan))
        yield ratio(board, device.name, power, seen * board.steps(suns[0]), expected * board.steps(suns[0]))


def _gain(power: Floats, sun: Floats) -> Floats:
    return np.where(sun > 1.0, power / np.maximum(sun, 1.0), np.nan)


def _time_of_day(times_ns: Times) -> Floats:
    return (times_ns % NS_PER_DAY) / NS_PER_HOUR


PV_YIELD = framed(
    KEY,
    _traces,
    Need(quantities=(POWER,), kinds=("pv_inverter",), views=(View.STEPS, View.HOURS), main=True),
    Need(quantities=(SUN,), kinds=("weather",), views=(View.STEPS, View.HOURS)),
)
