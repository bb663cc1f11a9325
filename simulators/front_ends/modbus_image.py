"""The registers of a simulated Modbus unit, laid out by its profile and written anew when the device updates them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from greendc.profiles import Raw

if TYPE_CHECKING:
    from simulators.devices.device import Device, WiredPoint

_FORMATS = {
    Raw.INT16: ">h",
    Raw.UINT16: ">H",
    Raw.INT32: ">i",
    Raw.UINT32: ">I",
    Raw.INT64: ">q",
    Raw.UINT64: ">Q",
    Raw.FLOAT32: ">f",
    Raw.FLOAT64: ">d",
}
_FLOATS = frozenset({Raw.FLOAT32, Raw.FLOAT64})
_LARGEST = {Raw.INT64: 2**63 - 1, Raw.UINT64: 2**64 - 1}
WIDEST_GAP = 125
"""Registers without a meaning between two points are readable and 0 up to this many; beyond, the address is illegal."""
OCTETS = 2


class RegisterImage:
    """The registers of one device, read-only."""

    def __init__(self, device: Device) -> None:
        """Lay the points out.

        Raises:
            ValueError: the device's profile is not for Modbus.
        """
        if device.profile.modbus is None:
            raise ValueError(f"{device.profile.name} has no registers")
        self._device = device
        self._order = device.profile.modbus.order
        self.function = device.profile.modbus.function
        self._spans = [(first, bytearray(OCTETS * count)) for first, count in self.spans()]
        self._shown = np.empty(0)
        for address, factor in device.scale_factors.items():
            self._put(address, octets(Raw.INT16, factor, self._order))

    def spans(self) -> list[tuple[int, int]]:
        """Return the readable spans as first address and number of registers, by the whole profile."""
        spans: list[tuple[int, int]] = []
        for first, end in sorted(point.span() for point in self._device.profile.points):
            if spans and first - (spans[-1][0] + spans[-1][1]) <= WIDEST_GAP:
                spans[-1] = (spans[-1][0], max(end - spans[-1][0], spans[-1][1]))
            else:
                spans.append((first, end - first))
        return spans

    def read(self, first: int, count: int) -> bytes | None:
        """Return the octets of ``count`` registers as they stand now, None where not all of them exist."""
        shown = self._device.image()
        if shown is not self._shown:
            for wired, raw in zip(self._device.points, shown.tolist(), strict=True):
                self._put(_register(wired), octets(wired.point.raw, raw, self._order))
            self._shown = shown
        for base, held in self._spans:
            at = (first - base) * OCTETS
            if at >= 0 and at + count * OCTETS <= len(held):
                return bytes(held[at : at + count * OCTETS])
        return None

    def _put(self, address: int, data: bytes) -> None:
        for base, held in self._spans:
            at = (address - base) * OCTETS
            if 0 <= at < len(held):
                held[at : at + len(data)] = data


def octets(raw: Raw, value: float, order: str) -> bytes:
    """Return the octets of a raw value in registers; ``order`` is ABCD, CDAB, BADC or DCBA."""
    if raw in _FLOATS:
        data = struct.pack(_FORMATS[raw], value)
    else:
        # A float cannot hold the largest 64-bit numbers exactly.
        data = struct.pack(_FORMATS[raw], min(int(value), _LARGEST.get(raw, 2**32)))
    if order == "ABCD":
        return data
    words = [data[i : i + OCTETS] for i in range(0, len(data), OCTETS)]
    if order in {"CDAB", "DCBA"}:
        words.reverse()
    if order in {"BADC", "DCBA"}:
        words = [word[::-1] for word in words]
    return b"".join(words)


def _register(wired: WiredPoint) -> int:
    if wired.point.register is None:
        raise ValueError(f"{wired.point.quantity} has no register")
    return wired.point.register
