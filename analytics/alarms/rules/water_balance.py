"""Make-up water that neither evaporation nor blow-down explains: it leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.alarms.rules.usual import last, smooth
from greendc.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "water_balance"
MAKEUP, HEAT, POWER = "water_flow_m3_s", "cooling_power_w", "active_power_w"


def _traces(board: Board, own: RuleLimits) -> Found:
    chillers = [device.name for device in board.devices("chiller")]
    for device in board.devices("water_treatment"):
        key, bled = board.key(device.name, MAKEUP, "makeup"), board.key(device.name, MAKEUP, "blowdown")
        heats = [board.key(name, quantity) for name in chillers for quantity in (HEAT, POWER)]
        if key is None or bled is None or not chillers or None in heats:
            yield Missing(device.name, (MAKEUP,) if key is None or bled is None else (HEAT, POWER))
            continue
        free = [board.key(economiser.name, HEAT, "water") for economiser in board.devices("economiser")]
        rejected = np.sum([board.steps(one) for one in (*heats, *(one for one in free if one))], axis=0)
        evaporates = rejected / (own.mode["latent_j_per_kg"] * own.mode["water_kg_per_m3"])
        makeup = smooth(board.steps(key))
        # All heat as evaporation, plus drift, is the most that a tower can lose in the air.
        most = smooth(evaporates * (1.0 + own.mode["drift"]) + board.steps(bled))
        least = own.mode["least_m3_per_h"] / SECONDS_PER_HOUR
        yield Trace(
            subject=device.name,
            points=board.points(makeup / np.maximum(most, least)),
            device=device.name,
            part=key.part,
            quantity=MAKEUP,
            unit="1",
            measured=last(makeup),
            expected=last(most),
        )


WATER_BALANCE = framed(
    KEY,
    _traces,
    Need(quantities=(MAKEUP,), kinds=("water_treatment",), views=(View.STEPS,)),
    Need(quantities=(HEAT, POWER), kinds=("chiller", "economiser"), views=(View.STEPS,)),
)
