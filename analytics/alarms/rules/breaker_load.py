"""A phase that carries more than a breaker may carry for long, or than one feed could carry alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.points import Points

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "breaker_load"
CURRENT = "current_a"


def _traces(board: Board, _own: RuleLimits) -> Found:
    for device in board.devices("pdu", "meter"):
        if device.rated_a is None or not (keys := board.parts(device.name, CURRENT, "phase/")):
            if board.kinds[device.name] == "pdu":
                yield Missing(device.name, ("rated_a",) if device.rated_a is None else (CURRENT,))
            continue
        for key in keys:
            points = board.readings(key)
            yield Trace(
                subject=device.name,
                place=board.place(device.name),
                points=Points(time_ns=points.time_ns, values=points.values / device.rated_a),
                device=device.name,
                part=key.part,
                quantity=CURRENT,
                unit="1",
                measured=float(points.values[-1]) if len(points) else None,
            )


BREAKER_LOAD = framed(KEY, _traces, Need(quantities=(CURRENT,), kinds=("pdu", "meter"), prefix="phase/"))
