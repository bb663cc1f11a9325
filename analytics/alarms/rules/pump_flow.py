"""A pump that moves less water at the same speed than it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import driver, ratio, usual

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "pump_flow"
FLOW, SPEED = "water_flow_m3_s", "drive_speed_ratio"
KINDS = ("cdu",)


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices(*KINDS):
        flow, speed = board.key(device.name, FLOW), board.key(device.name, SPEED)
        if flow is None or speed is None:
            yield Missing(device.name, board.missing(device.name, FLOW, SPEED))
            continue
        turning = board.steps(speed) > own.mode["least_speed"]
        expected = usual(board.hours(flow), [driver(board, speed, within=own.mode["alike"])])
        yield ratio(board, device.name, flow, np.where(turning, board.steps(flow), np.nan), expected)


PUMP_FLOW = framed(KEY, _traces, Need(quantities=(FLOW, SPEED), kinds=KINDS, views=(View.STEPS, View.HOURS), main=True))
