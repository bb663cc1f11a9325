"""What stands in a register: a measured value in its unit and scale, rounded, wrapped or held at its width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.model import Quality
from greendc.physics.kinds import FloatArray
from greendc.profiles import Raw
from greendc.quantities import Kind, quantity
from greendc.units import from_stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from greendc.profiles import Point

    Flags = NDArray[np.bool_]
    Qualities = NDArray[np.uint8]

ALLOCATION_UNIT = 4096
"""What a column that a raw value is multiplied by holds."""

_SIGNED_BITS = {Raw.INT16: 16, Raw.INT32: 32, Raw.INT64: 64, Raw.INT: 32}
_UNSIGNED_BITS = {
    Raw.UINT16: 16,
    Raw.UINT32: 32,
    Raw.UINT64: 64,
    Raw.UINT: 32,
    Raw.COUNTER32: 32,
    Raw.COUNTER64: 64,
    Raw.TICKS: 32,
}
_FLOATS = frozenset({Raw.FLOAT32, Raw.FLOAT64, Raw.TEXT})


class Registers(msgspec.Struct, frozen=True, kw_only=True):
    """The registers of some points, in arrays with one element a point: of one over time, or of all at one time.

    ``raw = (value * factor + shift) / scale``; ``single`` are 32-bit floats; counters start again at ``modulus``,
    gauges stop at ``low`` and ``high``; ``absent`` is what stands there when nothing is known.
    """

    factor: FloatArray
    shift: FloatArray
    scale: FloatArray
    whole: Flags
    single: Flags
    counts: Flags
    modulus: FloatArray
    low: FloatArray
    high: FloatArray
    absent: FloatArray

    @classmethod
    def of(cls, points: Sequence[Point]) -> Registers:
        """Return the registers of a device's points."""
        units = [_unit(point) for point in points]
        whole = [point.raw not in _FLOATS for point in points]
        counts = [quantity(point.quantity).kind is Kind.COUNTER and point.raw not in _FLOATS for point in points]
        widths = [_range(point.raw) for point in points]
        return cls(
            factor=np.array([factor for factor, _ in units]),
            shift=np.array([shift for _, shift in units]),
            scale=np.array([point.scale for point in points]),
            whole=np.array(whole),
            single=np.array([point.raw is Raw.FLOAT32 for point in points]),
            counts=np.array(counts),
            modulus=np.array([modulus(point) if one else 1.0 for point, one in zip(points, counts, strict=True)]),
            low=np.array([low for low, _ in widths]),
            high=np.array([high for _, high in widths]),
            absent=np.array([_absent(point) for point in points]),
        )

    def one(self, row: int) -> Registers:
        """Return the register of one point."""
        rows = slice(row, row + 1)
        return Registers(**{name: getattr(self, name)[rows] for name in self.__struct_fields__})

    def raw(self, measured: FloatArray) -> FloatArray:
        """Return the raw values that stand for measured ones; NaN where nothing is known and no code says so."""
        raw: FloatArray = (measured * self.factor + self.shift) / self.scale
        raw = np.where(self.whole, np.rint(raw), raw)
        if self.single.any():
            raw = np.where(self.single, raw.astype(np.float32), raw)
        if self.counts.any():
            raw = np.where(self.counts, np.mod(raw, self.modulus), np.clip(raw, self.low, self.high))
        else:
            raw = np.clip(raw, self.low, self.high)
        return np.where(np.isnan(raw), self.absent, raw)


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """How a collector reads a point's register back: ``stored = raw * step + zero``, and what it does not believe."""

    step: float
    zero: float
    low: float
    high: float
    missing: list[float]

    @classmethod
    def of(cls, point: Point) -> Reader:
        """Return how a point's raw values are read."""
        known = quantity(point.quantity)
        zero = point.stored(0.0)
        step = point.stored(1.0) - zero
        return cls(
            step=step * ALLOCATION_UNIT if point.times else step,
            zero=zero,
            low=known.low if point.low is None else max(point.low, known.low),
            high=known.high if point.high is None else min(point.high, known.high),
            missing=point.missing,
        )

    def stored(self, raw: FloatArray) -> tuple[FloatArray, Qualities]:
        """Return what a collector stores for raw values, NaN where it stores none, and the qualities."""
        values: FloatArray = raw * self.step + self.zero
        bad = ~((values >= self.low) & (values <= self.high))
        if self.missing:
            bad |= np.isin(raw, self.missing)
        if not bad.any():
            return values, np.full(len(values), int(Quality.GOOD), dtype=np.uint8)
        return np.where(bad, np.nan, values), np.where(bad, int(Quality.BAD), int(Quality.GOOD)).astype(np.uint8)

    def reason(self, raw: float) -> str:
        """Return why a raw value is not believed, as a collector says it; empty when it is."""
        if np.isnan(raw) or raw in self.missing:
            return "not_available"
        return "" if self.low <= raw * self.step + self.zero <= self.high else "out_of_range"


def modulus(point: Point) -> float:
    """Return the raw value at which a counter starts again at 0."""
    if point.modulus is not None:
        return point.modulus
    signed = _SIGNED_BITS.get(point.raw)
    return 2.0 ** (_UNSIGNED_BITS[point.raw] if signed is None else signed - 1)


def _unit(point: Point) -> tuple[float, float]:
    zero = from_stored(0.0, point.unit)
    factor = from_stored(1.0, point.unit) - zero
    return (factor / ALLOCATION_UNIT if point.times else factor), zero - point.offset


def _range(raw: Raw) -> tuple[float, float]:
    if raw in _FLOATS:
        return -np.inf, np.inf
    signed = _SIGNED_BITS.get(raw)
    if signed is not None:
        return -(2.0 ** (signed - 1)), 2.0 ** (signed - 1) - 1
    return 0.0, 2.0 ** _UNSIGNED_BITS[raw] - 1


def _absent(point: Point) -> float:
    """Return the raw value that means "not available"; for a register without one, what no measurement gives."""
    if point.missing:
        return point.missing[0]
    if point.register is None or point.raw in _FLOATS:
        return np.nan
    low, high = _range(point.raw)
    return low if low < 0 else high
