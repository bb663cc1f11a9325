"""A rack whose two feeds together carry more than one of them could: the loss of one would trip the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.points import Points

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats
    from greendc.device import DeviceEntry

KEY = "feed_redundancy"
CURRENT = "current_a"
FEEDS = 2


def _traces(board: Board, _own: RuleLimits) -> Found:
    racks: dict[str, list[DeviceEntry]] = {}
    for device in board.devices("pdu"):
        if device.rack:
            racks.setdefault(device.rack, []).append(device)
    for rack, pdus in racks.items():
        if len(pdus) != FEEDS:
            continue
        rated = [pdu.rated_a for pdu in pdus if pdu.rated_a is not None]
        if len(rated) != FEEDS:
            yield Missing(rack, ("rated_a",))
            continue
        for key in board.parts(pdus[0].name, CURRENT, "phase/"):
            other = board.readings(board.key(pdus[1].name, CURRENT, key.part))
            own = board.readings(key)
            yield Trace(
                subject=rack,
                points=Points(time_ns=own.time_ns, values=together(own, other) / min(rated)),
                device=key.device,
                part=key.part,
                quantity=CURRENT,
                unit="1",
            )


def together(one: Points, other: Points) -> Floats:
    """Return the sum of two courses at the times of the first, with the newest value of the second by then."""
    at = np.searchsorted(other.time_ns, one.time_ns, side="right") - 1
    if len(other) == 0:
        return np.full(len(one), np.nan)
    sums: Floats = one.values + other.values[np.maximum(at, 0)]
    return sums


FEED_REDUNDANCY = framed(KEY, _traces, Need(quantities=(CURRENT,), kinds=("pdu",), prefix="phase/"))
