"""The sensor layer: what a device makes of a true value before it stands in a register.

A true value gets the unit's own gain or offset error, is quantised by the register's scale, and wraps or stops at the
register's width.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.profiles import Raw
from greendc.quantities import Kind, quantity
from greendc.units import from_stored

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from greendc.profiles import Point

ELECTRICAL = frozenset({"active_power_w", "active_energy_j", "apparent_power_va", "reactive_power_var", "current_a"})
TEMPERATURE_SUFFIX = "temperature_c"

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


class SensorErrors(msgspec.Struct, frozen=True, kw_only=True):
    """The fixed errors of one device: a gain for electrical quantities and an offset [K] for temperatures."""

    gain: float = 1.0
    offset_k: float = 0.0

    def measured(self, name: str, true: FloatArray) -> FloatArray:
        """Return what the sensor makes of true values of a quantity."""
        if name in ELECTRICAL:
            return true * self.gain
        if name.endswith(TEMPERATURE_SUFFIX):
            return true + self.offset_k
        return true


def draw_errors(seed: int, device: str, accuracy: float) -> SensorErrors:
    """Return the errors of a device of a meter class: the class is taken as three deviations, and never exceeded."""
    draw = np.random.default_rng((seed, 2, zlib.crc32(device.encode())))
    gain = float(np.clip(draw.normal(0.0, accuracy / 3), -accuracy, accuracy))
    return SensorErrors(gain=1.0 + gain, offset_k=float(np.clip(draw.normal(0.0, 0.1), -0.3, 0.3)))


def raw_values(point: Point, stored: FloatArray) -> FloatArray:
    """Return the raw register values of stored values.

    The profile's conversion inverted, then rounded and wrapped or held.
    """
    raw: FloatArray = (from_stored(1.0, point.unit) - from_stored(0.0, point.unit)) * stored
    raw = (raw + from_stored(0.0, point.unit) - point.offset) / point.scale
    if point.raw is Raw.FLOAT64 or point.raw is Raw.TEXT:
        return raw
    if point.raw is Raw.FLOAT32:
        return raw.astype(np.float32).astype(np.float64)
    whole: FloatArray = np.rint(raw)
    if quantity(point.quantity).kind is Kind.COUNTER:
        return np.mod(whole, modulus(point))
    low, high = _range(point.raw)
    return np.clip(whole, low, high)


def modulus(point: Point) -> float:
    """Return the raw value at which a counter starts again at 0."""
    if point.modulus is not None:
        return point.modulus
    signed = _SIGNED_BITS.get(point.raw)
    return 2.0 ** (_UNSIGNED_BITS[point.raw] if signed is None else signed - 1)


def _range(raw: Raw) -> tuple[float, float]:
    signed = _SIGNED_BITS.get(raw)
    if signed is not None:
        return -(2.0 ** (signed - 1)), 2.0 ** (signed - 1) - 1
    return 0.0, 2.0 ** _UNSIGNED_BITS[raw] - 1
