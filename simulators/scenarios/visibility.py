"""From when on an effect shows: what the devices of a plant can tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.profiles import Raw
from greendc.quantities import Kind as Behaviour
from greendc.quantities import quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from greendc.physics.kinds import FloatArray
    from simulators.devices.device import Device, WiredPoint
    from simulators.plant.record import Record

DEVIATIONS = 3.0
"""What differs by so many deviations of a sensor's noise shows."""
_FLOATS = frozenset({Raw.FLOAT32, Raw.FLOAT64, Raw.TEXT})


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one device's point tells apart: ``absolute`` in the stored unit and ``relative`` of the value."""

    device: str
    part: str
    quantity: str
    absolute: float
    relative: float

    @property
    def series(self) -> str:
        """Return the series' name: device, part and quantity."""
        return " ".join(piece for piece in (self.device, self.part, self.quantity) if piece)

    def shows(self, values: FloatArray, usual: FloatArray) -> NDArray[np.bool_]:
        """Tell where values differ from the usual ones by more than the sensor resolves; no value differs too."""
        off = np.abs(values - usual) > self.absolute + self.relative * np.abs(usual)
        found: NDArray[np.bool_] = off | (np.isnan(values) & ~np.isnan(usual))
        return found


def sight(device: Device, wired: WiredPoint) -> Sight:
    """Return what a point tells apart: one step of its register and the deviations of its noise."""
    point = wired.point
    step = 0.0 if point.raw in _FLOATS else abs(point.stored(1.0) - point.stored(0.0))
    relative, absolute = device.errors.noise_of(point.quantity)
    return Sight(
        device=device.name,
        part=wired.part,
        quantity=point.quantity,
        absolute=step + DEVIATIONS * absolute + (0.0 if step or absolute else 1e-6),
        relative=DEVIATIONS * relative,
    )


class Visibility:
    """What the devices of one plant see of it.

    Registers of energy are left out: what moves them shows in the power first, and they keep what they counted.
    """

    def __init__(self, devices: Iterable[Device]) -> None:
        """Keep the most precise point of each signal."""
        self._sights: dict[str, dict[tuple[int, ...], Sight]] = {}
        for device in devices:
            for wired in device.points:
                if isinstance(wired.wire, str) and quantity(wired.point.quantity).kind is Behaviour.GAUGE:
                    self._keep(wired.wire, sight(device, wired))

    def first(self, actual: Record, usual: Record) -> tuple[float, str] | None:
        """Return when [s since 1970] and in which series the two first differ visibly; None when they do not."""
        best: tuple[int, str] | None = None
        for block, sights in self._sights.items():
            row, series = self._first_in(actual.blocks.get(block), usual.blocks.get(block), sights)
            if series and (best is None or row < best[0]):
                best = (row, series)
        return None if best is None else (float(actual.times_s[best[0]]), best[1])

    def _keep(self, signal: str, found: Sight) -> None:
        block, *index = signal.split("/")
        place = tuple(int(i) for i in index)
        sights = self._sights.setdefault(block, {})
        if place not in sights or found.absolute < sights[place].absolute:
            sights[place] = found

    def _first_in(
        self, actual: FloatArray | None, usual: FloatArray | None, sights: dict[tuple[int, ...], Sight]
    ) -> tuple[int, str]:
        """Return the row and the series of the first difference in a block, no series when there is none."""
        if actual is None or usual is None:
            return 0, ""
        flat, flat_usual = actual.reshape(len(actual), -1), usual.reshape(len(usual), -1)
        rows = np.flatnonzero((flat != flat_usual).any(axis=1))
        found = (0, "")
        for place, one in sights.items() if len(rows) else ():
            column = np.ravel_multi_index(place, actual.shape[1:]) if place else 0
            shown = rows[one.shows(flat[rows, column], flat_usual[rows, column])]
            if len(shown) and (not found[1] or shown[0] < found[0]):
                found = (int(shown[0]), one.series)
        return found
