"""A cooling unit that stopped though it used to run throughout, or moves less air than its fan's speed should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.unit_on import AIR_UNITS, is_on, was_on
from analytics.alarms.rules.usual import GUARD_HOURS, LEAST_HOURS, Driver, compared, usual

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "unit_air"
FLOW, SPEED = "air_flow_m3_s", "fan_speed_ratio"


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices(*AIR_UNITS):
        speed = board.key(device.name, SPEED)
        if speed is None:
            yield Missing(device.name, (SPEED,))
            continue
        flow = board.key(device.name, FLOW)
        key = speed if flow is None else flow
        now = is_on(board, device.name)
        known = ~np.isnan(board.steps(speed))
        past = was_on(board, device.name)[:-GUARD_HOURS][~np.isnan(board.hours(speed)[:-GUARD_HOURS])]
        steady = len(past) >= LEAST_HOURS and bool(past.mean() >= own.mode["always_on"])
        # One that is cycled or kept in reserve may stop at any time.
        working = np.where(now, 1.0, 0.0 if steady else np.nan)
        expected = np.full(len(working), np.nan)
        if flow is not None:
            moves = Driver(hours=board.hours(speed), steps=board.steps(speed), within=own.mode["alike"])
            expected = usual(np.where(was_on(board, device.name), board.hours(flow), np.nan), [moves])
            with np.errstate(divide="ignore", invalid="ignore"):
                relative = board.steps(flow) / expected
            working = np.where(now & ~np.isnan(relative), relative, working)
        yield compared(board, device.name, key, (np.where(known, working, np.nan), board.steps(key), expected), "1")


UNIT_AIR = framed(
    KEY, _traces, Need(quantities=(FLOW, SPEED, "unit_state"), kinds=AIR_UNITS, views=(View.STEPS, View.HOURS))
)
