"""The mains are gone; worse when no generator runs by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.need import Need
from analytics.alarms.rules.trace import Found, Missing, Trace, flag, framed
from analytics.points import Points
from greendc.quantities import quantity

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "mains"
MAINS, GENERATOR = "mains_state", "generator_state"


def _traces(board: Board, _own: RuleLimits) -> Found:
    for device in board.devices("generator"):
        if missing := board.missing(device.name, MAINS, GENERATOR):
            yield Missing(device.name, missing)
    for key in board.all(MAINS):
        gone = flag(board.readings(key), quantity(MAINS).states["failed"])
        running = board.readings(board.key(key.device, GENERATOR))
        states = quantity(GENERATOR).states
        carried = len(running) > 0 and running.values[-1] in (states["running"], states["starting"])
        # One for mains that are gone, two where nothing takes their place.
        yield Trace(
            subject="",
            points=gone if carried else Points(time_ns=gone.time_ns, values=2.0 * gone.values),
            device=key.device,
            quantity=MAINS,
        )


MAINS_FAILED = framed(KEY, _traces, Need(quantities=(MAINS, GENERATOR)))
