"""Water near the racks that is hardly warmer than the dew point: what carries it will drip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need
from analytics.alarms.rules.feed_redundancy import together
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.points import Points

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "water_margin"
WATER, DEW = "supply_water_temperature_c", "dew_point_c"


def _traces(board: Board, _own: RuleLimits) -> Found:
    dews = [key for key in board.all(DEW) if (device := board.device(key.device)) and device.rack]
    for device in board.devices("cdu", "rear_door"):
        water = board.key(device.name, WATER)
        if water is None or not dews:
            yield Missing(device.name, (WATER,) if water is None else (DEW,))
            continue
        cold = board.readings(water)
        for key in dews:
            dew = board.readings(key)
            margin = together(cold, Points(time_ns=dew.time_ns, values=-dew.values))
            known = ~np.isnan(margin)
            yield Trace(
                subject=device.name,
                points=Points(time_ns=cold.time_ns[known], values=margin[known]),
                device=device.name,
                quantity=WATER,
                unit="K",
            )


WATER_MARGIN = framed(
    KEY, _traces, Need(quantities=(WATER,), kinds=("cdu", "rear_door")), Need(quantities=(DEW,), kinds=("environment",))
)
