"""What every simulated facility can do, whatever its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulators.plant.levers import Levers
    from simulators.plant.record import Record


class Disturbance(Protocol):
    """Something from outside that moves a facility's levers: a fault, a measure, a switching operation."""

    def apply(self, levers: Levers, time_s: float) -> None:
        """Move the levers to where they stand at a time [s since 1970]; they come in their neutral positions."""

    def next_change_s(self, time_s: float) -> float:
        """Return the next time [s since 1970] after ``time_s`` at which `apply` gives something else.

        ``time_s`` itself while it changes continuously (a ramp), infinity when it never does again. A ramp is followed
        to within a hundredth of what it has come to.
        """


class Facility(Protocol):
    """A deterministic plant: the same seed, start, steps and disturbances give the same record.

    As long as there are disturbances they alone move the levers; without any, levers stay where they are put by hand.
    """

    time_s: float
    levers: Levers
    disturbances: list[Disturbance]

    def run(self, steps: int, dt_s: float) -> Record:
        """Move on by ``steps`` steps of ``dt_s`` seconds and return all signals of each step.

        Steps above 60 s are quasi-steady: states with shorter memory stand at their balance.
        """

    def step(self, dt_s: float) -> None:
        """Move on by one step; its signals are read with `value`."""

    def value(self, signal: str) -> float:
        """Return a signal as the last step left it.

        Raises:
            KeyError: there is no such block.
        """

    def registers(self) -> dict[str, list[float]]:
        """Return all energy [J], volume [m3] and time registers by name, to go on from later."""

    def restore(self, registers: Mapping[str, Sequence[float]]) -> None:
        """Set registers to what they were."""
