"""What feeds a UPS's load: on battery, on bypass or on nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.points import Points
from greendc.quantities import quantity

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "ups_source"
QUANTITY = "ups_source_state"
RANKS = {"bypass": 1.0, "battery": 2.0, "none": 3.0}
"""How bad a source is; the levels of the rule stand between."""


def _traces(board: Board, _own: RuleLimits) -> Found:
    for device in board.devices("ups"):
        if missing := board.missing(device.name, QUANTITY):
            yield Missing(device.name, missing)
    for key in board.all(QUANTITY):
        points = board.readings(key)
        ranks = np.zeros(len(points))
        for name, rank in RANKS.items():
            ranks[points.values == quantity(QUANTITY).states[name]] = rank
        # An unknown source is neither good nor bad.
        told = points.values != quantity(QUANTITY).states["unknown"]
        yield Trace(
            subject=key.device,
            points=Points(time_ns=points.time_ns[told], values=ranks[told]),
            device=key.device,
            part=key.part,
            quantity=QUANTITY,
        )


UPS_SOURCE = framed(KEY, _traces, Need(quantities=(QUANTITY,)))
