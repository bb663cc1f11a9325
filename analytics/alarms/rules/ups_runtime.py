"""A UPS whose battery would not last: while it is used, or at the present load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Missing, Trace, framed

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "ups_runtime"
QUANTITY = "battery_runtime_s"


def _traces(board: Board, _own: RuleLimits) -> Found:
    for device in board.devices("ups"):
        if missing := board.missing(device.name, QUANTITY):
            yield Missing(device.name, missing)
    for key in board.all(QUANTITY):
        yield Trace(
            subject=key.device,
            points=board.readings(key),
            device=key.device,
            part=key.part,
            quantity=QUANTITY,
        )


UPS_RUNTIME = framed(KEY, _traces, Need(quantities=(QUANTITY,)))
