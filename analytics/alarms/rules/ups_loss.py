"""A UPS that loses another amount than it did at the same load: modules dropped out, or something in it wears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import Driver, ratio, smooth, usual

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats
    from greendc.model import SeriesKey

KEY = "ups_loss"
POWER, CHARGE = "active_power_w", "battery_charge_ratio"
LONG_STEPS = 12
"""A loss is a small difference of two large figures: an hour of them is averaged."""


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices("ups"):
        enters, leaves = board.parts(device.name, POWER, "input"), board.parts(device.name, POWER, "output")
        charge = board.key(device.name, CHARGE)
        if not enters or len(enters) != len(leaves) or charge is None:
            yield Missing(device.name, (CHARGE,) if enters and leaves else (POWER,))
            continue
        taken, given = _sum(enters, board.steps), _sum(leaves, board.steps)
        past_taken, past_given = _sum(enters, board.hours), _sum(leaves, board.hours)
        # A battery that charges or feeds is no loss.
        full, was = board.steps(charge) >= own.mode["full"], board.hours(charge) >= own.mode["full"]
        alike = Driver(hours=past_given, steps=smooth(given), share=own.mode["alike"])
        expected = usual(np.where(was, past_taken - past_given, np.nan), [alike])
        lost = smooth(np.where(full, taken - given, np.nan), LONG_STEPS)
        yield ratio(board, device.name, enters[0], lost, expected)


def _sum(keys: Sequence[SeriesKey], values: Callable[[SeriesKey], Floats]) -> Floats:
    total: Floats = np.sum([values(key) for key in keys], axis=0)
    return total


UPS_LOSS = framed(
    KEY,
    _traces,
    Need(quantities=(POWER, CHARGE), kinds=("ups",), views=(View.STEPS, View.HOURS)),
)
