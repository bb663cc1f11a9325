"""This machine, read through psutil and compared with what the kernel says itself."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from collectors.host import CpuMeter, HostSource
from greendc.clock import ManualClock, SystemClock
from greendc.device import DeviceEntry
from greendc.model import Quality
from greendc.profiles import profile

ENTRY = DeviceEntry(name="box", profile="host", address="host://")
MAY_BE_ABSENT = {"component_temperature_c", "network_received_by", "network_sent_by"}


def test_gives_every_quantity_of_its_profile() -> None:
    """Each quantity is there once, or once for each interface or sensor, and all are good after the first look."""

    async def go() -> None:
        source = HostSource(ENTRY, site="s", clock=ManualClock(7))
        first = {reading.key: reading for reading in await source.read()}
        unknown = [reading for reading in first.values() if reading.reason == "first_sample"]
        assert [reading.quantity for reading in unknown] == ["cpu_utilisation_ratio"]
        await asyncio.sleep(0.2)
        rows = await source.read()
        assert len({row.key for row in rows}) == len(rows)
        assert {row.time_ns for row in rows} == {7}
        told = {row.quantity for row in rows}
        assert {point.quantity for point in profile("host").points} - MAY_BE_ABSENT <= told
        assert all(row.quality is Quality.GOOD for row in rows if row.quantity != "component_temperature_c")

    asyncio.run(go())


def test_agrees_with_the_kernel() -> None:
    """Memory and uptime are those of /proc, the file system's size is that of statvfs."""
    if not Path("/proc/uptime").exists():
        pytest.skip("needs Linux' /proc")
    rows = asyncio.run(_read())
    meminfo = dict(line.split(":") for line in Path("/proc/meminfo").read_text("ascii").splitlines())
    assert rows["memory_total_by", ""] == int(meminfo["MemTotal"].split()[0]) * 1024
    uptime_s = float(Path("/proc/uptime").read_text("ascii").split()[0])
    assert rows["uptime_s", ""] == pytest.approx(uptime_s, abs=120)
    disk = os.statvfs("/")
    assert rows["filesystem_total_by", "/"] == disk.f_blocks * disk.f_frsize
    assert ("network_sent_by", "interface/lo") not in rows


async def _read() -> dict[tuple[str, str], float | None]:
    readings = await HostSource(ENTRY, site="s", clock=SystemClock()).read()
    return {(reading.quantity, reading.part): reading.value for reading in readings}


def test_cpu_meter_sees_work() -> None:
    """While this process spins, the machine is not idle."""
    meter = CpuMeter()
    assert meter.rows() == {"": None}
    total = 0
    for i in range(4_000_000):
        total += i
    busy = meter.rows()[""]
    assert busy is not None
    assert 0.01 < busy <= 1
