"""A pump or fan that takes more power at the same speed than it did: worn, or against more resistance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import driver, ratio, usual

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "drive_power"
POWER, SPEED, FAN = "active_power_w", "drive_speed_ratio", "fan_speed_ratio"
KINDS = ("drive", "cdu")


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices(*KINDS):
        if missing := board.missing(device.name, POWER, SPEED):
            yield Missing(device.name, missing)
            continue
        power, speed = board.key(device.name, POWER), board.key(device.name, SPEED)
        if power is None:
            continue
        turning = board.steps(speed) > own.mode["least_speed"]
        expected = usual(board.hours(power), [driver(board, speed, within=own.mode["alike"])])
        yield ratio(board, device.name, power, np.where(turning, board.steps(power), np.nan), expected)


DRIVE_POWER = framed(
    KEY, _traces, Need(quantities=(POWER, SPEED), kinds=KINDS, views=(View.STEPS, View.HOURS), main=True)
)
