"""A Modbus TCP gateway on bare sockets: it sees every byte that a client sends, and answers as badly as told."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Answer = bytes | None


def words_pdu(function: int, words: list[int]) -> bytes:
    """Return the answer to a read of registers."""
    return struct.pack(f">BB{len(words)}H", function, 2 * len(words), *words)


def exception_pdu(function: int, code: int) -> bytes:
    """Return an exception answer."""
    return bytes([function | 0x80, code])


def registers(image: dict[int, int], only: int = 3) -> Callable[[int, int, int], Answer]:
    """Return a unit that answers from an image of its registers, with exception 2 where it has none."""

    def answer(function: int, start: int, count: int) -> Answer:
        if function != only:
            return exception_pdu(function, 1)
        if any(at not in image for at in range(start, start + count)):
            return exception_pdu(function, 2)
        return words_pdu(function, [image[at] for at in range(start, start + count)])

    return answer


def silent(_function: int, _start: int, _count: int) -> Answer:
    """Be a unit that never answers."""
    return None


class Peer:
    """A gateway with units; ``requests`` are (unit, function, start, count), ``faults`` what no reader may send."""

    def __init__(self, units: dict[int, Callable[[int, int, int], Answer]]) -> None:
        self.units = units
        self.requests: list[tuple[int, int, int, int]] = []
        self.faults: list[str] = []
        self.connections = 0
        self.delay_s = 0.0
        self.mangle: Callable[[bytes], bytes] = bytes
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.faults:
            pytest.fail("; ".join(self.faults))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while True:
                await self._exchange(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(7)
        transaction, protocol, length, unit = struct.unpack(">HHHB", head)
        pdu = await reader.readexactly(length - 1)
        if protocol != 0 or len(pdu) != 5 or pdu[0] not in {3, 4}:
            self.faults.append(f"not a read of registers: {head.hex()} {pdu.hex()}")
            return
        function, start, count = struct.unpack(">BHH", pdu)
        self.requests.append((unit, function, start, count))
        answer = self.units.get(unit, silent)(function, start, count)
        if answer is None:
            return
        await asyncio.sleep(self.delay_s)
        writer.write(self.mangle(struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer))
        await writer.drain()
