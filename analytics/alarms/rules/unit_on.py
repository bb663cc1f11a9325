"""When a machine runs: by its state, else by its fan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.quantities import quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.alarms.rules.board import Board
    from analytics.counters import Floats

AIR_UNITS = ("crah", "crac")
STATE = "unit_state"
FAN = "fan_speed_ratio"
LEAST_SPEED = 0.05


def is_on(board: Board, device: str) -> NDArray[np.bool_]:
    """Tell in which steps of 5 min a machine ran throughout."""
    return _on(board.steps(board.key(device, STATE)), board.steps(board.key(device, FAN)))


def was_on(board: Board, device: str) -> NDArray[np.bool_]:
    """Tell in which hours a machine ran throughout."""
    return _on(board.hours(board.key(device, STATE)), board.hours(board.key(device, FAN)))


def _on(state: Floats, fan: Floats) -> NDArray[np.bool_]:
    running: NDArray[np.bool_] = np.isclose(state, quantity(STATE).states["on"])
    return np.where(np.isnan(state), fan > LEAST_SPEED, running)
