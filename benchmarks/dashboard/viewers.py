"""Viewers of a page without a browser: each does over its websocket what a browser does, and takes the time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import msgspec
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin, Subprotocol

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

LARGEST_BYTES = 64 * 1024 * 1024


class Tally(msgspec.Struct):
    """What the viewers saw: seconds of every first run and of every refresh, and what went wrong."""

    first_s: list[float] = []
    refresh_s: list[float] = []
    refused: int = 0
    lost: int = 0
    failed_runs: int = 0
    received_bytes: int = 0


async def watch(port: int, query: str, tally: Tally, until: float, settle: float) -> None:
    """View the first page until ``until``; what happens before ``settle`` (both `time.monotonic`) is not counted."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    try:
        connection = await connect(
            address,
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(f"http://127.0.0.1:{port}"),
            max_size=LARGEST_BYTES,
        )
    except (OSError, InvalidHandshake):
        tally.refused += 1
        return
    viewer = _Viewer(connection, query, tally, settle)
    try:
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            await viewer.run()
    except TimeoutError:
        pass
    except ConnectionClosed:
        tally.lost += 1
    finally:
        viewer.stop()
        with contextlib.suppress(ConnectionClosed, OSError):
            await connection.close()


class _Viewer:
    def __init__(self, connection: ClientConnection, query: str, tally: Tally, settle: float) -> None:
        self._connection = connection
        self._query = query
        self._tally = tally
        self._settle = settle
        self._page = ""
        self._asked: float | None = None
        self._first = True
        self._timers: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        await self._rerun("")
        async for data in self._connection:
            if not isinstance(data, bytes):
                continue
            self._tally.received_bytes += len(data)
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._page = message.new_session.page_script_hash
            elif kind == "auto_rerun":
                self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            elif kind == "script_finished":
                self._finished(message.script_finished)

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()

    def _finished(self, outcome: int) -> None:
        asked, self._asked = self._asked, None
        if outcome not in (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY):
            self._tally.failed_runs += 1
        elif asked is not None and self._first:
            self._first = False
            self._tally.first_s.append(time.monotonic() - asked)
        elif asked is not None and asked >= self._settle:
            self._tally.refresh_s.append(time.monotonic() - asked)

    def _repeat(self, fragment: str, interval_s: float) -> None:
        async def tick() -> None:
            while True:
                await asyncio.sleep(interval_s)
                # As in a browser, a tick while a run is under way is one run more, not a second clock.
                if self._asked is None:
                    await self._rerun(fragment)

        if fragment not in self._timers:
            self._timers[fragment] = asyncio.create_task(tick())

    async def _rerun(self, fragment: str) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        message.rerun_script.context_info.timezone = "Asia/Shanghai"
        message.rerun_script.context_info.locale = "zh-CN"
        message.rerun_script.context_info.color_scheme = "light"
        self._asked = time.monotonic()
        await self._connection.send(message.SerializeToString())
