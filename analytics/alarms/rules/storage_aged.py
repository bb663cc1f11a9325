"""A battery storage that holds less than it did: less energy for the same change of charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import GUARD_HOURS, compared
from greendc.units import NS_PER_SECOND, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "storage_aged"
POWER, CHARGE = "active_power_w", "battery_charge_ratio"
LEAST_CYCLES = 3


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices("storage"):
        power, charge = board.key(device.name, POWER), board.key(device.name, CHARGE)
        if power is None or charge is None:
            yield Missing(device.name, board.missing(device.name, POWER, CHARGE))
            continue
        steps, hours = board.grid(View.STEPS).step_ns, board.grid(View.HOURS).step_ns
        now = _capacity(board.steps(power), board.steps(charge), steps / NS_PER_SECOND, own)
        past = _capacity(board.hours(power), board.hours(charge), hours / NS_PER_SECOND, own)[:-GUARD_HOURS]
        known = past[~np.isnan(past)]
        usual = float(np.median(known)) if len(known) >= LEAST_CYCLES else np.nan
        yield compared(
            board,
            device.name,
            charge,
            (now / usual, board.steps(charge), np.full(len(now), np.nan)),
            "1",
        )


def _capacity(power: Floats, charge: Floats, step_s: float, own: RuleLimits) -> Floats:
    """Return the energy [J] of a full charge as each pair of steps shows it, where enough flows."""
    moved = -np.diff(charge, prepend=np.nan)
    flows = (power[:-1] + power[1:]) / 2.0 * step_s
    energy = np.concatenate([[np.nan], flows])
    enough = (np.abs(moved) >= own.mode["least_moved"] * min(1.0, step_s / SECONDS_PER_HOUR * 2.0)) & (energy > 0)
    return np.where(enough & (moved > 0), energy / np.where(moved == 0, np.nan, moved), np.nan)


STORAGE_AGED = framed(
    KEY, _traces, Need(quantities=(POWER, CHARGE), kinds=("storage",), views=(View.STEPS, View.HOURS), main=True)
)
