"""One event of a scenario: which kind, where, when and how hard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simulators.scenarios.kinds import KINDS
from simulators.scenarios.span import Span
from simulators.scenarios.targets import Place

if TYPE_CHECKING:
    from simulators.plant.levers import Levers
    from simulators.scenarios.kind import Kind


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event, its target found. ``number`` is its place in the scenario, from 1.

    ``place`` is where it is in a plant, ``names`` are the devices or nodes that it happens to: one of the two.
    ``part`` None means every part and an empty ``quantity`` every quantity that the kind can meet; ``other_part`` is
    the one that is swapped with it.
    """

    number: int
    kind_name: str
    target: str
    span: Span
    severity: float = 0.0
    place: Place | None = None
    names: tuple[str, ...] = ()
    part: str | None = None
    quantity: str = ""
    other_part: str = ""

    @property
    def kind(self) -> Kind:
        """Return what it is."""
        return KINDS[self.kind_name]


class PlantEvent(msgspec.Struct, frozen=True):
    """An event as something that moves a plant's levers."""

    event: Event
    place: Place

    def apply(self, levers: Levers, time_s: float) -> None:
        """Move the levers to where they stand at a time [s since 1970]."""
        progress = self.event.span.progress(time_s)
        move = self.event.kind.move
        if progress > 0.0 and move is not None:
            move.apply(levers, self.place, self.event.severity, progress)

    def next_change_s(self, time_s: float) -> float:
        """Return the next time [s since 1970] at which it moves something, the same time while it is coming up."""
        return self.event.span.next_change_s(time_s)
