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
FLOAT_SHARE = 1e-3
LEAST = 1e-6
"""A floating-point register has digits without end; those beyond three are nobody's measurement."""
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

    def change(self, value: float, usual: float) -> float:
        """Return by what share a value differs from the usual one."""
        return abs(value - usual) / (abs(usual) + self.absolute)


def sight(device: Device, wired: WiredPoint) -> Sight:
    """Return what a point tells apart: one step of its register and the deviations of its noise."""
    point = wired.point
    step = 0.0 if point.raw in _FLOATS else abs(point.stored(1.0) - point.stored(0.0))
    relative, absolute = device.errors.noise_of(point.quantity)
    return Sight(
        device=device.name,
        part=wired.part,
        quantity=point.quantity,
        absolute=step + DEVIATIONS * absolute + (0.0 if step or absolute else LEAST),
        relative=DEVIATIONS * relative + (0.0 if step or absolute else FLOAT_SHARE),
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
        """Return when [s since 1970] the two first differ visibly, and in which series by the largest share."""
        found = [
            self._first_in(actual.blocks[b], usual.blocks[b], s) for b, s in self._sights.items() if b in actual.blocks
        ]
        shown = [one for one in found if one is not None]
        if not shown:
            return None
        row, _, series = min(shown, key=lambda one: (one[0], -one[1]))
        return float(actual.times_s[row]), series

    def _keep(self, signal: str, found: Sight) -> None:
        block, *index = signal.split("/")
        place = tuple(int(i) for i in index)
        sights = self._sights.setdefault(block, {})
        if place not in sights or found.absolute < sights[place].absolute:
            sights[place] = found

    def _first_in(
        self, actual: FloatArray, usual: FloatArray, sights: dict[tuple[int, ...], Sight]
    ) -> tuple[int, float, str] | None:
        """Return the row of the first visible difference in a block, by what share, and in which series."""
        flat, flat_usual = actual.reshape(len(actual), -1), usual.reshape(len(usual), -1)
        rows = np.flatnonzero((flat != flat_usual).any(axis=1))
        best: tuple[int, float, str] | None = None
        for place, one in sights.items() if len(rows) else ():
            column = np.ravel_multi_index(place, actual.shape[1:]) if place else 0
            shown = rows[one.shows(flat[rows, column], flat_usual[rows, column])]
            if not len(shown):
                continue
            row = int(shown[0])
            candidate = (row, one.change(flat[row, column], flat_usual[row, column]), one.series)
            if best is None or (candidate[0], -candidate[1]) < (best[0], -best[1]):
                best = candidate
        return best
