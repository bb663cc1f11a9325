"""A rack that takes more power than it was planned for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need
from analytics.alarms.rules.feed_redundancy import together
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.points import NOTHING, Points

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "rack_power"
POWER = "active_power_w"
W_PER_KW = 1000.0


def _traces(board: Board, _own: RuleLimits) -> Found:
    for rack in board.site.racks:
        keys = [board.key(device.name, POWER) for device in board.devices("pdu") if device.rack == rack.name]
        if rack.nominal_kw is None or not keys or None in keys:
            yield Missing(rack.name, ("nominal_kw",) if rack.nominal_kw is None else (POWER,))
            continue
        total = NOTHING
        for i, key in enumerate(keys):
            points = board.readings(key)
            total = points if i == 0 else Points(time_ns=total.time_ns, values=together(total, points))
        known = ~np.isnan(total.values)
        watts = Points(time_ns=total.time_ns[known], values=total.values[known])
        yield Trace(
            subject=rack.name,
            points=Points(time_ns=watts.time_ns, values=watts.values / (rack.nominal_kw * W_PER_KW)),
            device=keys[0].device if keys[0] else "",
            quantity=POWER,
            unit="1",
            measured=float(watts.values[-1]) if len(watts) else None,
            expected=rack.nominal_kw * W_PER_KW,
        )


RACK_POWER = framed(KEY, _traces, Need(quantities=(POWER,), kinds=("pdu",), main=True))
