"""A UPS battery that would last less than it did, fully charged and at the same load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import Driver, ratio, usual

if TYPE_CHECKING:
    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits

KEY = "battery_aged"
RUNTIME, CHARGE, LOAD = "battery_runtime_s", "battery_charge_ratio", "load_ratio"


def _traces(board: Board, own: RuleLimits) -> Found:
    for device in board.devices("ups"):
        runtime, charge, loads = (
            board.key(device.name, RUNTIME),
            board.key(device.name, CHARGE),
            board.parts(device.name, LOAD),
        )
        if runtime is None or charge is None or not loads:
            yield Missing(device.name, board.missing(device.name, RUNTIME, CHARGE, LOAD))
            continue
        load = np.mean([board.steps(key) for key in loads], axis=0)
        past = np.mean([board.hours(key) for key in loads], axis=0)
        full = board.steps(charge) >= own.mode["full"]
        was = board.hours(charge) >= own.mode["full"]
        alike = Driver(hours=past, steps=load, share=own.mode["alike"])
        expected = usual(np.where(was, board.hours(runtime), np.nan), [alike])
        yield ratio(board, device.name, runtime, np.where(full, board.steps(runtime), np.nan), expected)


BATTERY_AGED = framed(
    KEY, _traces, Need(quantities=(RUNTIME, CHARGE, LOAD), kinds=("ups",), views=(View.STEPS, View.HOURS))
)
