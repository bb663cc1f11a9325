"""When the levers of a plant move: at the changes that disturbances announce, and now and then within a ramp."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.plant.facility import Disturbance
    from simulators.plant.levers import Levers

RAMP_SHARE = 0.01
LONGEST_HOLD_S = 600.0
"""Within a ramp levers stand still for this share of the time that it has lasted, and at most this long."""


class LeverClock:
    """Moves levers to where disturbances put them, no more often than needed.

    Without any disturbance the levers stay where a person has put them.
    """

    def __init__(self, levers: Levers) -> None:
        """Take the levers of a plant."""
        self._levers = levers
        self._known: tuple[Disturbance, ...] = ()
        self._asked_s = math.inf
        self._until_s = -math.inf
        self._ramps: dict[int, float] = {}

    def move(self, disturbances: Sequence[Disturbance], time_s: float) -> float:
        """Move the levers if it is time to, and return until when [s since 1970] they stand still."""
        now = tuple(disturbances)
        same = len(now) == len(self._known) and all(a is b for a, b in zip(now, self._known, strict=True))
        if same and (not now or self._asked_s <= time_s < self._until_s - 1e-9):
            return self._until_s if now else math.inf
        if not same:
            self._ramps = {}
        self._known, self._asked_s = now, time_s
        self._levers.reset()
        until_s = math.inf
        for number, disturbance in enumerate(now):
            disturbance.apply(self._levers, time_s)
            until_s = min(until_s, self._next(number, disturbance.next_change_s(time_s), time_s))
        self._until_s = until_s
        return until_s

    def _next(self, number: int, change_s: float, time_s: float) -> float:
        """Return when to ask a disturbance again: the more rarely, the longer its ramp lasts."""
        if change_s > time_s:
            self._ramps.pop(number, None)
            return change_s
        since_s = self._ramps.setdefault(number, time_s)
        return time_s + min(LONGEST_HOLD_S, max(0.0, RAMP_SHARE * (time_s - since_s)))
