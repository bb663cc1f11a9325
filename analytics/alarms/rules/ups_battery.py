"""A UPS battery that says itself that it is low or empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Missing, Trace, framed, where

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "ups_battery"
QUANTITY = "battery_state"


def _traces(board: Board, _own: RuleLimits) -> Found:
    for device in board.devices("ups"):
        if missing := board.missing(device.name, QUANTITY):
            yield Missing(device.name, missing)
    for key in board.all(QUANTITY):
        points = board.readings(key)
        # The states' codes rise with how bad they are, from 1; 0 is unknown.
        yield Trace(
            subject=key.device,
            points=where(points, points.values > 0),
            device=key.device,
            part=key.part,
            quantity=QUANTITY,
        )


UPS_BATTERY = framed(KEY, _traces, Need(quantities=(QUANTITY,)))
