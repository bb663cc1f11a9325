"""An outlet that is on and used to carry a server, and carries nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.alarms.rules.usual import GUARD_HOURS, LEAST_HOURS
from greendc.quantities import quantity

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "outlet_dead"
POWER, STATE = "active_power_w", "outlet_state"


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices("pdu"):
        keys, whole = board.parts(device.name, POWER, "outlet/"), board.steps(board.key(device.name, POWER))
        if not keys:
            yield Missing(device.name, (POWER,))
        for key in keys:
            past = board.hours(key)[:-GUARD_HOURS]
            known = past[~np.isnan(past)]
            usual = float(np.median(known)) if len(known) >= LEAST_HOURS else 0.0
            now = board.steps(key)
            relative = now / usual if usual >= own.mode["least_w"] else np.full(len(now), np.nan)
            off = np.isclose(board.steps(board.key(device.name, STATE, key.part)), quantity(STATE).states["off"])
            # Switched off on purpose, or the whole PDU is dead: another rule's matter.
            relative = np.where(off | (whole < own.mode["least_pdu_w"]), 1.0, relative)
            relative = np.where(np.isnan(whole), np.nan, relative)
            yield Trace(
                subject=f"{board.place(device.name)}/{key.part}",
                place=board.place(device.name),
                points=board.points(relative),
                device=device.name,
                part=key.part,
                quantity=POWER,
                unit="1",
                measured=float(now[-1]) if not np.isnan(now[-1]) else None,
                expected=usual,
            )


OUTLET_DEAD = framed(
    KEY,
    _traces,
    Need(quantities=(POWER,), kinds=("pdu",), views=(View.STEPS, View.HOURS), prefix="outlet/"),
    Need(quantities=(STATE,), kinds=("pdu",), views=(View.STEPS,), prefix="outlet/"),
    Need(quantities=(POWER,), kinds=("pdu",), views=(View.STEPS, View.HOURS), main=True),
)
