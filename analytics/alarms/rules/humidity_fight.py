"""A unit that humidifies while another, or its own coil, takes the moisture out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.middle import middle
from analytics.alarms.rules.trace import Found, Missing, Trace, framed
from analytics.alarms.rules.unit_on import AIR_UNITS, is_on
from analytics.alarms.rules.usual import last

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "humidity_fight"
ROOM = "dew_point_c"
STEAM, WATER, SHARE = "active_power_w", "supply_water_temperature_c", "capacity_ratio"


def _traces(board: Board, own: RuleLimits) -> Found:
    units = [device.name for device in board.devices(*AIR_UNITS)]
    dew = [board.steps(key) for key in board.all(ROOM) if board.place(key.device) != key.device]
    room_c = _moist(board, dew)
    drying = [_dries(board, unit, room_c, own) for unit in units]
    dried = np.any(drying, axis=0) if drying else np.zeros(len(room_c), dtype=np.bool_)
    for unit in units:
        steam, share = board.key(unit, STEAM, "humidifier"), board.key(unit, SHARE, "humidifying")
        key = share if steam is None else steam
        if key is None or not dew:
            yield Missing(unit, (STEAM,) if key is None else (ROOM,))
            continue
        amount = board.steps(key)
        wetting = amount > (own.mode["least_share"] if steam is None else own.mode["least_w"])
        known = ~np.isnan(amount) & ~np.isnan(room_c)
        yield Trace(
            subject=unit,
            points=board.points(np.where(known, (wetting & dried).astype(np.float64), np.nan)),
            device=unit,
            part=key.part,
            quantity=key.quantity,
            unit="1",
            measured=last(amount),
        )


def _moist(board: Board, dews: Sequence[Floats]) -> Floats:
    """Return the dew point of the moister part of a room; of several rooms the middle, for each has its own air."""
    size = len(board.steps(None))
    if len({rack.room for rack in board.site.racks}) > 1 or not dews:
        return middle(dews, size)
    half = middle(dews, size)
    return middle([np.where(dew >= half, dew, np.nan) for dew in dews], size)


def _dries(board: Board, unit: str, room_c: Floats, own: RuleLimits) -> NDArray[np.bool_]:
    """Tell when a unit takes moisture out: it says so, or its water is well below the dew point while it cools."""
    said = board.steps(board.key(unit, SHARE, "dehumidifying")) > own.mode["least_share"]
    cold = board.steps(board.key(unit, WATER)) < room_c - own.mode["margin_k"]
    return (said | cold) & is_on(board, unit)


HUMIDITY_FIGHT = framed(
    KEY,
    _traces,
    Need(quantities=(STEAM, SHARE, WATER, "unit_state", "fan_speed_ratio"), kinds=AIR_UNITS, views=(View.STEPS,)),
    Need(quantities=(ROOM,), views=(View.STEPS,)),
)
