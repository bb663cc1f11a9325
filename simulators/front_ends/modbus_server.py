"""Modbus TCP servers whose registers are worked out from the plant when they are read. Nothing can be written."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from greendc.profiles import WORDS, Raw

if TYPE_CHECKING:
    from collections.abc import Mapping

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
WIDEST_GAP = 125
"""Registers without a meaning between two points are readable and 0 up to this many; beyond, the address is illegal."""


class RegisterImage:
    """The registers of one device."""

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
        self._points = sorted(((_register(wired), wired) for wired in device.points), key=lambda item: item[0])

    def spans(self) -> list[tuple[int, int]]:
        """Return the readable spans as first address and number of registers, by the whole profile."""
        spans: list[tuple[int, int]] = []
        for first, end in sorted(point.span() for point in self._device.profile.points):
            if spans and first - (spans[-1][0] + spans[-1][1]) <= WIDEST_GAP:
                spans[-1] = (spans[-1][0], max(end - spans[-1][0], spans[-1][1]))
            else:
                spans.append((first, end - first))
        return spans

    def fill(self, registers: list[int], base: int, first: int, count: int) -> None:
        """Put the present values of the points that touch a span into ``registers``, which start at ``base``."""
        for address, wired in self._points:
            size = WORDS[wired.point.raw]
            if address < first + count and address + size > first:
                words = encode(wired.point.raw, self._device.raw(wired), self._order)
                registers[address - base : address - base + size] = words
        for address, factor in self._device.scale_factors.items():
            if first <= address < first + count:
                registers[address - base] = encode(Raw.INT16, factor, self._order)[0]


def encode(raw: Raw, value: float, order: str) -> list[int]:
    """Return the 16-bit words of a raw value; ``order`` is ABCD, CDAB, BADC or DCBA."""
    data = struct.pack(_FORMATS[raw], value if raw in _FLOATS else int(value))
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if order in {"CDAB", "DCBA"}:
        words.reverse()
    if order in {"BADC", "DCBA"}:
        words = [word[::-1] for word in words]
    return [int.from_bytes(word, "big") for word in words]


class ModbusServer:
    """Several units on one TCP port of this machine."""

    def __init__(self, port: int, units: Mapping[int, Device]) -> None:
        """Prepare the server; `start` makes it listen."""
        self._port = port
        self._devices = [_sim_device(unit, RegisterImage(device)) for unit, device in units.items()]
        self._server: ModbusTcpServer | None = None

    async def start(self) -> None:
        """Listen on 127.0.0.1."""
        self._server = ModbusTcpServer(self._devices, address=("127.0.0.1", self._port))
        await self._server.serve_forever(background=True)

    async def stop(self) -> None:
        """Close the port and all connections."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]  # untyped in pymodbus
            # The listening socket is closed by the loop's next turn.
            await asyncio.sleep(0)


def _register(wired: WiredPoint) -> int:
    if wired.point.register is None:
        raise ValueError(f"{wired.point.quantity} has no register")
    return wired.point.register


def _sim_device(unit: int, image: RegisterImage) -> SimDevice:
    async def action(
        function_code: int,
        start_address: int,
        address: int,
        count: int,
        current_registers: list[int],
        set_values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if set_values is not None or function_code != image.function:
            return ExcCodes.ILLEGAL_FUNCTION
        image.fill(current_registers, start_address, address, count)
        return None

    blocks = [
        SimData(address=first, count=count, values=0, datatype=DataType.REGISTERS) for first, count in image.spans()
    ]
    return SimDevice(id=unit, simdata=blocks, action=action)
