"""A read-only Modbus TCP gateway: the units behind one port, each with the registers of its device.

Functions 3 and 4 are answered; all others, and so every write, are refused (Modbus application protocol 1.1b3).
"""

from __future__ import annotations

import asyncio
import random
import struct
from typing import TYPE_CHECKING

from greendc.ports import LOOPBACK
from simulators.front_ends.modbus_image import RegisterImage
from simulators.front_ends.troubles import CALM, Trouble, line_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulators.devices.device import Device
    from simulators.front_ends.troubles import Troubles

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, NO_ANSWER_BEHIND_GATEWAY = 1, 2, 3, 11
MOST_REGISTERS = 125
READ_OCTETS = 5
LONGEST_FRAME = 254
_HEAD = struct.Struct(">HHH")
_READ = struct.Struct(">BHH")


class ModbusUnit:
    """One unit: its registers, and what is wrong on the way to it."""

    def __init__(self, device: Device, troubles: Troubles) -> None:
        """Lay the registers out.

        Raises:
            ValueError: the device's profile is not for Modbus.
        """
        self._image = RegisterImage(device)
        self.line: Callable[[], Trouble] = line_to(device, troubles)

    def answer(self, request: bytes) -> bytes:
        """Return the response to a request, or the exception; both are PDUs."""
        function = request[0]
        if function != self._image.function:
            return refusal(function, ILLEGAL_FUNCTION)
        if len(request) != READ_OCTETS:
            return refusal(function, ILLEGAL_VALUE)
        _, first, count = _READ.unpack(request)
        if not 1 <= count <= MOST_REGISTERS:
            return refusal(function, ILLEGAL_VALUE)
        data = self._image.read(first, count)
        return refusal(function, ILLEGAL_ADDRESS) if data is None else bytes((function, len(data))) + data


class ModbusServer:
    """Several units on one TCP port of this machine."""

    def __init__(self, port: int, units: Mapping[int, Device], troubles: Troubles = CALM) -> None:
        """Prepare the server; `start` makes it listen.

        Raises:
            ValueError: a device's profile is not for Modbus.
        """
        self._port = port
        self._units = {number: ModbusUnit(device, troubles) for number, device in units.items()}
        self._server: asyncio.Server | None = None
        self.connections: set[asyncio.BaseTransport] = set()
        self.answered = 0
        self.draw = random.Random(port).random

    async def start(self) -> None:
        """Listen on 127.0.0.1."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), LOOPBACK, self._port)

    async def stop(self) -> None:
        """Close the port and all connections."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self.connections):
            connection.close()
        self._server = None
        # The sockets are closed by the loop's next turn.
        await asyncio.sleep(0)

    def is_offline(self) -> bool:
        """Tell whether the gateway itself is away: no unit behind it can be reached."""
        return all(unit.line().offline for unit in self._units.values())

    def unit(self, number: int) -> ModbusUnit | None:
        """Return a unit, None when there is none of this number."""
        return self._units.get(number)


class _Connection(asyncio.Protocol):
    """One client: frames come in, frames go out."""

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport) or self._server.is_offline():
            transport.close()
            return
        self._transport = transport
        self._server.connections.add(transport)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._transport is not None:
            self._server.connections.discard(self._transport)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        while len(self._received) > _HEAD.size:
            number, protocol, size = _HEAD.unpack_from(self._received)
            if protocol != 0 or not 2 <= size <= LONGEST_FRAME:  # noqa: PLR2004 (a unit and a function at least)
                self._hang_up()
                return
            if len(self._received) < _HEAD.size + size:
                return
            frame = self._received[_HEAD.size : _HEAD.size + size]
            self._received = self._received[_HEAD.size + size :]
            self._take(number, frame[0], frame[1:])

    def _take(self, number: int, unit: int, request: bytes) -> None:
        asked = self._server.unit(unit)
        if asked is None:
            self._send(number, unit, refusal(request[0], NO_ANSWER_BEHIND_GATEWAY))
            return
        trouble = asked.line()
        if trouble.offline:
            if self._server.is_offline():
                self._hang_up()
            return
        if trouble.loss_ratio and self._server.draw() < trouble.loss_ratio:
            return
        answer = refusal(request[0], trouble.exception) if trouble.exception else asked.answer(request)
        if trouble.delay_s:
            asyncio.get_running_loop().call_later(trouble.delay_s, self._send, number, unit, answer)
        else:
            self._send(number, unit, answer)

    def _send(self, number: int, unit: int, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._server.answered += 1
            self._transport.write(_HEAD.pack(number, 0, len(answer) + 1) + bytes((unit,)) + answer)

    def _hang_up(self) -> None:
        self._received = b""
        if self._transport is not None:
            self._transport.close()


def refusal(function: int, code: int) -> bytes:
    """Return an exception response."""
    return bytes((function | 0x80, code))
