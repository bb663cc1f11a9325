"""A whole list of devices read into one sink, as ``greendc collect`` and an edge node do it."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from collectors.collect import run_collect
from greendc.clock import SystemClock
from greendc.device import DeviceEntry
from greendc.errors import ConfigError
from greendc.profiles import WORDS, profile
from tests.collectors.modbus_peer import Peer, registers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.model import Reading
    from greendc.status import CollectStatus


class ListSink:
    """Keeps readings in a list."""

    def __init__(self) -> None:
        self.kept: list[Reading] = []

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings."""
        self.kept.extend(readings)


def crah_image() -> dict[int, int]:
    """Return registers of an air handler that all hold 1."""
    return {
        at: 1
        for point in profile("generic-crah").points
        for at in range(point.register or 0, (point.register or 0) + WORDS[point.raw])
    }


def collect(devices: list[DeviceEntry], sink: ListSink, seconds: float) -> CollectStatus:
    """Collect for some seconds, cancel, and return the last status."""
    said: list[CollectStatus] = []

    async def go() -> None:
        work = run_collect("lab", "centre", devices, {}, sink, clock=SystemClock(), on_status=said.append)
        task = asyncio.create_task(work)
        await asyncio.wait({task}, timeout=seconds)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left

    asyncio.run(go())
    return said[-1]


def test_reads_host_gateway_and_marks_the_absent(free_port: int) -> None:
    """Two units behind a gateway and this machine are read; a dead unit and a closed port are away."""
    sink = ListSink()

    def unit(name: str, port: int, number: int) -> DeviceEntry:
        address = f"modbus://127.0.0.1:{port}?unit={number}"
        return DeviceEntry(name=name, profile="generic-crah", address=address, interval_s=0.2, timeout_s=0.1)

    async def serve() -> CollectStatus:
        async with Peer({1: registers(crah_image()), 2: registers(crah_image())}) as peer:
            devices = [
                DeviceEntry(name="box", profile="host", address="host://", interval_s=0.2),
                unit("crah-1", peer.port, 1),
                unit("crah-2", peer.port, 2),
                unit("crah-3", peer.port, 3),
                unit("crah-4", free_port, 1),
            ]
            return await asyncio.to_thread(collect, devices, sink, 2.0)

    last = asyncio.run(serve())
    states = {row.name: row.state for row in last.devices}
    assert states == {"box": "ok", "crah-1": "ok", "crah-2": "ok", "crah-3": "away", "crah-4": "away"}
    assert "no answer" in next(row.error for row in last.devices if row.name == "crah-3")
    assert last.sampled == last.spooled == len(sink.kept)
    supply = [row.value for row in sink.kept if row.device == "crah-2" and row.quantity == "supply_air_temperature_c"]
    assert len(supply) >= 5
    assert set(supply) == {0.1}
    assert {row.device for row in sink.kept} == {"box", "crah-1", "crah-2"}


def test_profile_and_address_must_fit() -> None:
    """A meter's Modbus profile at a host address is refused before anything is read."""
    entry = DeviceEntry(name="x", profile="generic-crah", address="host://")
    with pytest.raises(ConfigError, match="generic-crah"):
        asyncio.run(
            run_collect("lab", "centre", [entry], {}, ListSink(), clock=SystemClock(), on_status=lambda _status: None)
        )


def test_stays_light() -> None:
    """What an edge box runs loads no numpy, pandas or pyarrow."""
    code = "import sys, collectors.collect; print([m for m in ('numpy', 'pandas', 'pyarrow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
