"""What carrying out a piece of advice does to the simulated plant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.advice.lived_plant import Move, change_move

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.advice import Recommendation
    from simulators.plant.levers import Levers

WIDEST_DEW_C = (-9.0, 15.0)
"""The recommended range of dew points: humidity is left alone within it."""
UNMANNED = 0.2
"""Emergency light and visits, of all light."""


def move_of(advice: Recommendation) -> Move | None:
    """Return what an operator does who follows the advice; None where nothing in this plant does it."""
    if advice.change is not None:
        return change_move(advice.change)
    known = MOVES.get(advice.advisor)
    return None if known is None else known(advice)


def _dew_band(_advice: Recommendation) -> Move:
    def move(levers: Levers) -> None:
        levers.operator.dew_low_c, levers.operator.dew_high_c = WIDEST_DEW_C
        levers.air.humidifier_fight[:] = 0.0

    return move


def _cycles(advice: Recommendation) -> Move:
    def move(levers: Levers) -> None:
        levers.operator.water_cycles = advice.change_to or levers.operator.water_cycles

    return move


def _schedule(_advice: Recommendation) -> Move:
    def move(levers: Levers) -> None:
        levers.operator.battery_schedule = True

    return move


def _light(_advice: Recommendation) -> Move:
    def move(levers: Levers) -> None:
        levers.operator.lighting_ratio = UNMANNED

    return move


MOVES: dict[str, Callable[[Recommendation], Move]] = {
    "humidity_band": _dew_band,
    "water_cycles": _cycles,
    "battery_schedule": _schedule,
    "auxiliaries": _light,
}
