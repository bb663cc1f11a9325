"""The sensor layer: what a device makes of a true value before it stands in a register.

A true value gets the unit's own gain or offset error and noise, is quantised by the register's scale, and wraps or
stops at the register's width. A register holds its value until the device's next update. All of it is a function of
the seed, the device, the point and the time, so that a past that is written at once is the past that would have been
read. Registers of energy and volume get the gain but no noise: they are the integral of what the meter measures.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np

from greendc.physics.kinds import FloatArray
from greendc.quantities import Kind, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from greendc.profiles import Point

    Counts = NDArray[np.int64]
    Bits = NDArray[np.uint64]

_GAINED = ("power_w", "_energy_j", "_power_va", "_power_var", "current_a", "_m3", "_m3_s", "_w_m2")
"""Quantities with these endings are measured with the device's gain."""
TEMPERATURE_SUFFIX = "temperature_c"
_RELATIVE = {
    "power_w": 1.0,
    "_va": 1.0,
    "_var": 1.0,
    "current_a": 1.0,
    "voltage_v": 0.2,
    "_m3_s": 2.0,
    "_w_m2": 2.0,
    "conductivity_s_m": 2.0,
    "pressure_pa": 5.0,
}
"""Noise by ending, in shares of the device's noise, which is a share of the value."""
_ABSOLUTE = {
    "relative_humidity_ratio": 0.002,
    "frequency_hz": 0.003,
    "power_factor_ratio": 0.001,
    "atmospheric_pressure_pa": 20.0,
}
"""Noise by quantity, in the stored unit."""
_KELVIN = (TEMPERATURE_SUFFIX, "dew_point_c", "wet_bulb_c")

GAIN_SHARE = 0.65
NOISE_SHARE = 0.1
"""Gain at most, and noise as one deviation, as shares of the class: together they never exceed it."""
NOISE_K = 0.05
UPDATES_MS = {"snmp": (5000, 10_000), "modbus": (500, 1500)}
"""Shortest and longest time between two updates: web cards cache what meters measure about each second."""
LOST_READS = 2e-5
"""The share of reads that a device does not answer for no reason that anyone ever finds."""
LOSS_MS = 1000

_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = 2**64 - 1


class SensorFault(Protocol):
    """Something that is wrong with what a device measures, at some of its points."""

    def touches(self, part: str, quantity: str) -> bool:
        """Tell whether a point is concerned at all."""

    def values(self, measured: FloatArray, times_s: FloatArray) -> FloatArray:
        """Return what the device takes for measured at ``times_s`` [s since 1970], in the stored unit.

        NaN is no value at all. It is quantised and wraps like any other value.
        """


class SensorErrors(msgspec.Struct, frozen=True, kw_only=True):
    """The errors of one device.

    ``gain`` is for what it meters, ``offset_k`` [K] for temperatures; ``noise`` is one deviation as a share of the
    value, ``noise_k`` [K] of a temperature. Registers are updated each ``update_ms``, ``phase_ms`` off the clock; 0 is
    at once. ``loss`` is the share of seconds in which the device does not answer. ``key`` makes its noise its own.
    """

    gain: float = 1.0
    offset_k: float = 0.0
    noise: float = 0.0
    noise_k: float = 0.0
    update_ms: int = 0
    phase_ms: int = 0
    loss: float = 0.0
    key: int = 0

    def gain_of(self, name: str) -> float:
        """Return the gain of a quantity."""
        return self.gain if name.endswith(_GAINED) else 1.0

    def offset_of(self, name: str) -> float:
        """Return the offset of a quantity in its stored unit."""
        return self.offset_k if name.endswith(TEMPERATURE_SUFFIX) else 0.0

    def noise_of(self, name: str) -> tuple[float, float]:
        """Return the noise of a quantity: as a share of the value, and in the stored unit."""
        if quantity(name).kind is not Kind.GAUGE:
            return 0.0, 0.0
        if name.endswith(_KELVIN):
            return 0.0, self.noise_k
        if name in _ABSOLUTE:
            return 0.0, _ABSOLUTE[name] if self.noise else 0.0
        relative = next((share for ending, share in _RELATIVE.items() if name.endswith(ending)), 0.0)
        return relative * self.noise, 0.0

    def updates(self, times_s: FloatArray) -> Counts:
        """Return the number of the update whose values stand in the registers at times [s since 1970]."""
        at_ms: Counts = np.rint(times_s * 1000.0).astype(np.int64)
        return (at_ms + self.phase_ms) // self.update_ms if self.update_ms else at_ms

    def answered(self, times_s: FloatArray) -> NDArray[np.bool_]:
        """Tell at which times [s since 1970] the device answers; a lost read leaves no reading behind."""
        if not self.loss:
            return np.ones(len(times_s), dtype=np.bool_)
        seconds = np.floor_divide(np.rint(times_s * 1000.0), LOSS_MS).astype(np.int64)
        drawn = bits(np.array([self.key ^ _GOLDEN], dtype=np.uint64), seconds)
        found: NDArray[np.bool_] = drawn >= np.uint64(int(self.loss * 2.0**64))
        return found


def draw_errors(seed: int, device: str, accuracy: float, protocol: str = "modbus") -> SensorErrors:
    """Return the errors of a device of a meter class, as a ratio; gain and noise together never exceed the class."""
    draw = np.random.default_rng((seed, 2, zlib.crc32(device.encode())))
    most = GAIN_SHARE * accuracy
    gain = float(np.clip(draw.normal(0.0, accuracy / 3), -most, most))
    offset_k = float(np.clip(draw.normal(0.0, 0.1), -0.3, 0.3))
    update_ms = int(draw.integers(*UPDATES_MS[protocol]))
    return SensorErrors(
        gain=1.0 + gain,
        offset_k=offset_k,
        noise=NOISE_SHARE * accuracy,
        noise_k=NOISE_K,
        update_ms=update_ms,
        phase_ms=int(draw.integers(update_ms)),
        loss=LOST_READS,
        key=int(draw.integers(_MASK, dtype=np.uint64)),
    )


def bits(keys: Bits, counts: Counts) -> Bits:
    """Return 64 random bits for each key and count (SplitMix64, counter-based: no state, any order)."""
    x = counts.astype(np.uint64) * np.uint64(_GOLDEN) + keys
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_MIX_1)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_MIX_2)
    return x ^ (x >> np.uint64(31))


def normal(keys: Bits, counts: Counts) -> FloatArray:
    """Return a number of mean 0 and deviation 1 for each key and count, never beyond 3.47.

    The sum of four uniform numbers is near enough to normal for a sensor.
    """
    quarters = bits(keys, counts).view(np.uint16).reshape(-1, 4).sum(axis=1, dtype=np.int64)
    spread: FloatArray = (quarters - 2 * 65_535) * (3.0**0.5 / 65_535)
    return spread


class Sensors(msgspec.Struct, frozen=True, kw_only=True):
    """The sensors of some points, in arrays with one element a point.

    `measured` takes the values of one point over time, or of all points at one time.
    """

    gain: FloatArray
    offset: FloatArray
    relative: FloatArray
    absolute: FloatArray
    least: FloatArray
    most: FloatArray
    keys: Bits
    noisy: bool

    @classmethod
    def of(cls, errors: SensorErrors, points: Sequence[Point], names: Sequence[str]) -> Sensors:
        """Return the sensors of a device; ``names`` tell its points apart."""
        quantities = [point.quantity for point in points]
        known = [quantity(name) for name in quantities]
        noise = [errors.noise_of(name) for name in quantities]
        noisy = np.array([any(amounts) for amounts in noise])
        return cls(
            gain=np.array([errors.gain_of(name) for name in quantities]),
            offset=np.array([errors.offset_of(name) for name in quantities]),
            relative=np.array([share for share, _ in noise]),
            absolute=np.array([amount for _, amount in noise]),
            # Noise takes no value out of what is possible, such as a power factor above 1.
            least=np.where(noisy, [one.low for one in known], -np.inf),
            most=np.where(noisy, [one.high for one in known], np.inf),
            keys=np.array([_key(errors.key, name) for name in names], dtype=np.uint64),
            noisy=bool(noisy.any()),
        )

    def one(self, row: int) -> Sensors:
        """Return the sensor of one point."""
        rows = slice(row, row + 1)
        return Sensors(
            gain=self.gain[rows],
            offset=self.offset[rows],
            relative=self.relative[rows],
            absolute=self.absolute[rows],
            least=self.least[rows],
            most=self.most[rows],
            keys=self.keys[rows],
            noisy=bool(self.relative[row] or self.absolute[row]),
        )

    def measured(self, true: FloatArray, updates: Counts) -> FloatArray:
        """Return what the sensors make of true values at updates, all in the stored unit."""
        values: FloatArray = true * self.gain + self.offset
        if not self.noisy:
            return values
        values = values + normal(self.keys, updates) * (self.relative * np.abs(values) + self.absolute)
        return np.clip(values, self.least, self.most)


def _key(device: int, name: str) -> int:
    return (device ^ zlib.crc32(name.encode()) * _MIX_2) & _MASK
