"""One conversation with one Modbus endpoint, shared by all units behind it.

A gateway carries one request at a time. The line keeps one TCP connection, asks in the order of arrival, and sees to it
that a silent unit costs its neighbours little: after a timeout of t seconds the unit is not asked again for 4 t, so it
uses at most a fifth of the line.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from greendc.errors import DeviceAway, DeviceRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymodbus.pdu import ModbusPDU

READ_HOLDING = 3
READ_INPUT = 4
PENALTY_FACTOR = 4.0

# The library logs every timeout; a device's silence is told once, by the poller.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ExceptionReply(DeviceRefused):
    """The unit answered with a Modbus exception; ``code`` as in the Modbus application protocol 1.1b3, section 7."""

    def __init__(self, code: int) -> None:
        """Keep the code."""
        self.code = code
        super().__init__(f"Modbus exception {code}")


class ModbusLine:
    """Reads registers from the units of one endpoint. Knows no other function than 3 and 4, so it cannot write."""

    def __init__(self, host: str, port: int, *, now_s: Callable[[], float] = time.monotonic) -> None:
        """Connect at the first read, not now. ``now_s`` is a clock that never goes back, in seconds."""
        self._host = host
        self._port = port
        self._now_s = now_s
        self._lock = asyncio.Lock()
        self._client: AsyncModbusTcpClient | None = None
        self._released_s: dict[int | None, float] = {}
        self._running: set[asyncio.Task[list[int]]] = set()

    async def read(self, unit: int, function: int, start: int, count: int, *, timeout_s: float) -> list[int]:
        """Return ``count`` words from the 0-based address ``start`` of a unit.

        Raises:
            DeviceAway: no connection, no answer in time, or an answer that does not fit the question.
            ExceptionReply: the unit, or the gateway before it, answered with an exception.
            ValueError: the function is not one that only reads registers.
        """
        if function not in {READ_HOLDING, READ_INPUT}:
            message = f"function {function} is not a read of registers"
            raise ValueError(message)
        # A call that is given up would leave its reply on the wire for the next one to find, so it always runs to its
        # own end.
        task = asyncio.create_task(self._turn(unit, function, start, count, timeout_s), name=f"modbus:{self._host}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Let running requests end, then hang up."""
        await asyncio.gather(*self._running, return_exceptions=True)
        self._hang_up()

    async def _turn(self, unit: int, function: int, start: int, count: int, timeout_s: float) -> list[int]:
        async with self._lock:
            self._refuse_while_released(None, "no connection a moment ago")
            self._refuse_while_released(unit, "no answer a moment ago")
            client = await self._connected(timeout_s)
            client.ctx.comm_params.timeout_connect = timeout_s
            ask = client.read_holding_registers if function == READ_HOLDING else client.read_input_registers
            try:
                reply = await ask(start, count=count, device_id=unit)
            except ModbusException as error:
                self._hang_up()
                self._release_later(unit, timeout_s)
                message = f"no answer from unit {unit} within {timeout_s:g} s"
                raise DeviceAway(message) from error
            return self._words(reply, function, count)

    def _words(self, reply: ModbusPDU, function: int, count: int) -> list[int]:
        if reply.isError():
            raise ExceptionReply(reply.exception_code)
        if reply.function_code != function or len(reply.registers) != count:
            self._hang_up()
            message = f"{len(reply.registers)} words by function {reply.function_code}, asked for {count} by {function}"
            raise DeviceAway(message)
        return list(reply.registers)

    async def _connected(self, timeout_s: float) -> AsyncModbusTcpClient:
        if self._client is not None and self._client.connected:
            return self._client
        self._client = AsyncModbusTcpClient(
            self._host, port=self._port, timeout=timeout_s, retries=0, reconnect_delay=0
        )
        if not await self._client.connect():
            self._hang_up()
            self._release_later(None, timeout_s)
            message = f"no connection to {self._host}:{self._port}"
            raise DeviceAway(message)
        return self._client

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _release_later(self, unit: int | None, timeout_s: float) -> None:
        pause = timeout_s if unit is None else timeout_s * PENALTY_FACTOR
        self._released_s[unit] = self._now_s() + pause

    def _refuse_while_released(self, unit: int | None, why: str) -> None:
        until = self._released_s.get(unit)
        if until is None:
            return
        if self._now_s() < until:
            raise DeviceAway(why)
        del self._released_s[unit]


class ModbusLines:
    """The lines of one process, one for each endpoint."""

    def __init__(self) -> None:
        """Start without any line."""
        self._lines: dict[tuple[str, int], ModbusLine] = {}

    def line(self, host: str, port: int) -> ModbusLine:
        """Return the one line to an endpoint."""
        return self._lines.setdefault((host, port), ModbusLine(host, port))

    async def close(self) -> None:
        """Close every line."""
        await asyncio.gather(*(line.close() for line in self._lines.values()))
