"""What a kind of event is: whom it meets, how hard it can be, and what it does."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np

from greendc.texts import t
from simulators.scenarios.moves import Move
from simulators.scenarios.targets import Scope

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray


class EventClass(StrEnum):
    """What is touched: the plant by accident, the plant on purpose, what a sensor says, or the way to the store."""

    FAULT = "fault"
    MEASURE = "measure"
    SENSOR = "sensor"
    NETWORK = "network"


class Severity(msgspec.Struct, frozen=True, kw_only=True):
    """How hard an event is: its unit (UCUM), what it is when nothing is said, and its bounds."""

    unit: str
    usual: float
    low: float
    high: float


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of one point while a sensor fault holds.

    ``values`` are what the sensor measured, in the stored unit; ``anchor`` is the value at the onset, ``width`` the
    value at which the register starts again at 0, ``other`` by how much
    the point is higher that is swapped with this one.
    ``in_total`` tells that the fault is in one phase and this point is the sum of all. ``chance`` are uniform numbers
    and ``normal`` nearly normal ones, one for each reading.
    """

    quantity: str
    values: np.ndarray
    since_s: np.ndarray
    progress: np.ndarray
    chance: np.ndarray
    normal: np.ndarray
    other: np.ndarray
    anchor: float
    width: float
    in_total: bool = False


class Bend(Protocol):
    """Gives the readings that a sensor with a fault shows; NaN where it shows none."""

    def __call__(self, stretch: Stretch, severity: float, /) -> FloatArray:
        """Return the values."""


class Fits(Protocol):
    """Tells whether a fault can meet a quantity."""

    def __call__(self, quantity: str, /) -> bool:
        """Return True when it can."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event: it ``move``s levers, or it ``bend``s the readings of the quantities that it ``fits``.

    ``gradual`` allows a ramp, ``pair`` needs a second part,
    and ``wraps`` a register that starts again at 0 some day.
    """

    name: str
    event_class: EventClass
    scope: Scope
    severity: Severity | None = None
    move: Move | None = None
    bend: Bend | None = None
    fits: Fits | None = None
    gradual: bool = False
    pair: bool = False
    wraps: bool = False

    @property
    def may_ramp(self) -> bool:
        """Tell whether it can come by and by."""
        return self.move.gradual if self.move is not None else self.gradual

    def title(self, lang: str | None = None) -> str:
        """Return the name a person reads."""
        return t(f"scenario.kind.{self.name}", lang)

    def meaning(self, lang: str | None = None) -> str:
        """Return what the severity says, empty when there is none."""
        return t(f"scenario.severity.{self.name}", lang) if self.severity else ""
