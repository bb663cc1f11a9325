"""A chiller that takes more power for the same cold at the same lift than it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import Driver, driver, ratio, smooth, usual

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "chiller_power"
POWER, COLD, WARM, HEAT = (
    "active_power_w",
    "supply_water_temperature_c",
    "condenser_supply_temperature_c",
    "cooling_power_w",
)


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices("chiller"):
        if missing := board.missing(device.name, POWER, COLD, WARM, HEAT):
            yield Missing(device.name, missing)
            continue
        power, cold, warm, heat = (board.key(device.name, name) for name in (POWER, COLD, WARM, HEAT))
        if power is None:
            continue
        least = own.mode["least_load"] * np.nanmax(board.hours(heat), initial=0.0)
        was = board.hours(heat) > least
        specific, past = (
            _specific(board.steps(power), board.steps(heat)),
            _specific(board.hours(power), board.hours(heat)),
        )
        lift, lifts = board.steps(warm) - board.steps(cold), board.hours(warm) - board.hours(cold)
        drivers = [
            driver(board, heat, share=own.mode["alike_load"]),
            Driver(hours=lifts, steps=lift, within=own.mode["alike_k"]),
        ]
        expected = usual(np.where(was, past, np.nan), drivers) * board.steps(heat)
        loaded = np.where(board.steps(heat) > least, specific * board.steps(heat), np.nan)
        yield ratio(board, device.name, power, smooth(loaded), smooth(expected))


def _specific(power: Floats, heat: Floats) -> Floats:
    return np.where(heat > 0, power / np.maximum(heat, 1.0), np.nan)


CHILLER_POWER = framed(
    KEY,
    _traces,
    Need(quantities=(POWER, COLD, WARM, HEAT), kinds=("chiller",), views=(View.STEPS, View.HOURS), main=True),
)
