"""The ways in which an event moves a lever.

A lever is named by its group and its name, as in ``air.fan_capacity``, and its array's axes by those of a place. Two
events on one lever work together: shares multiply and additions add up; only what sets a lever overrules what came
before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.plant.levers import Levers
    from simulators.scenarios.targets import Place


class Change(Protocol):
    """Makes the new positions of an array of levers for a severity that has come so far (0..1)."""

    def __call__(self, position: FloatArray, severity: float, progress: float, /) -> FloatArray | float:
        """Return the new positions, or the one that all of them get."""


class Direct(Protocol):
    """Moves levers in a way of its own."""

    def __call__(self, levers: Levers, place: Place, severity: float, progress: float, /) -> None:
        """Move the levers."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """How an event moves its levers: ``change`` each position, or ``direct`` where it does something of its own.

    ``gradual`` allows a ramp; ``sets`` tells that it overrules other events.
    """

    levers: tuple[str, ...]
    axes: tuple[str, ...] = ()
    change: Change | None = None
    direct: Direct | None = None
    gradual: bool = True
    sets: bool = False

    def apply(self, levers: Levers, place: Place, severity: float, progress: float) -> None:
        """Move the levers of a place."""
        if self.direct is not None:
            self.direct(levers, place, severity, progress)
        if self.change is None:
            return
        for lever in self.levers:
            group_name, name = lever.split(".")
            group = getattr(levers, group_name)
            if not self.axes:
                setattr(group, name, float(self.change(np.asarray(getattr(group, name)), severity, progress)))
                continue
            values = getattr(group, name)
            chosen = np.ix_(*(getattr(place, axis) for axis in self.axes))
            values[chosen] = self.change(values[chosen], severity, progress)


def loses(lever: str, *axes: str) -> Move:
    """Take the severity's share away."""
    return Move(levers=(lever,), axes=axes, change=lambda x, severity, progress: x * (1 - severity * progress))


def grows(lever: str, *axes: str) -> Move:
    """Add the severity's share of what there is."""
    return Move(levers=(lever,), axes=axes, change=lambda x, severity, progress: x * (1 + severity * progress))


def times(lever: str, *axes: str) -> Move:
    """Multiply by the severity."""
    return Move(
        levers=(lever,),
        axes=axes,
        change=lambda x, severity, progress: x * (1 + (severity - 1) * progress),
    )


def adds(lever: str, *axes: str) -> Move:
    """Add the severity."""
    return Move(levers=(lever,), axes=axes, change=lambda x, severity, progress: x + severity * progress)


def becomes(lever: str, *axes: str) -> Move:
    """Go over to the severity by and by."""
    return Move(
        levers=(lever,),
        axes=axes,
        change=lambda x, severity, progress: x + (severity - x) * progress,
        sets=True,
    )


def stands(lever: str, *axes: str, at: float | None = None) -> Move:
    """Stand at the severity at once, or at a fixed position."""
    return Move(
        levers=(lever,),
        axes=axes,
        change=lambda _x, severity, _p: severity if at is None else at,
        gradual=False,
        sets=True,
    )


def switched(lever: str) -> Move:
    """Be on for a severity of 1 and off for 0."""

    def direct(levers: Levers, place: Place, severity: float, progress: float) -> None:
        del place, progress
        group_name, name = lever.split(".")
        setattr(getattr(levers, group_name), name, bool(severity))

    return Move(levers=(lever,), direct=direct, gradual=False, sets=True)
