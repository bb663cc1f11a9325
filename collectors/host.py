"""The machine the process runs on as a `Source`, through psutil.

Each quantity of the profile has one reader here. A reader returns values by label: the empty label stands for the
machine itself, others name an interface or a sensor. What this machine does not have is simply not there; what cannot
be known yet is None.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import psutil

from collectors.decode import decode, unread
from greendc.profiles import profile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greendc.clock import Clock
    from greendc.device import DeviceEntry
    from greendc.model import Reading
    from greendc.profiles import Point

Rows = dict[str, float | None]


class CpuMeter:
    """Share of processor time spent on work between two looks."""

    def __init__(self) -> None:
        """Start without an earlier look."""
        self._before: tuple[float, float] | None = None

    def rows(self) -> Rows:
        """Return the utilisation, 0..1, since the last look; None at the first."""
        times = psutil.cpu_times()
        # Linux counts guest time a second time within user time.
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        idle = times.idle + getattr(times, "iowait", 0.0)
        before, self._before = self._before, (total, idle)
        if before is None or total <= before[0]:
            return {"": None}
        busy = 1.0 - (idle - before[1]) / (total - before[0])
        return {"": min(max(busy, 0.0), 1.0)}


def network_rows(*, sent: bool) -> Rows:
    """Return the bytes sent or received by interface since the machine started."""
    counters = psutil.net_io_counters(pernic=True, nowrap=False)
    return {name: float(nic.bytes_sent if sent else nic.bytes_recv) for name, nic in counters.items()}


def temperature_rows() -> Rows:
    """Return the temperatures [Cel] by chip and sensor; empty where the system has none to tell."""
    if not hasattr(psutil, "sensors_temperatures"):
        return {}
    return {
        f"{chip}/{sensor.label or position}": sensor.current
        for chip, sensors in psutil.sensors_temperatures().items()
        for position, sensor in enumerate(sensors)
    }


class HostSource:
    """Reads this machine."""

    def __init__(self, entry: DeviceEntry, *, site: str, clock: Clock) -> None:
        """Make the source; reads nothing yet.

        Raises:
            KeyError: the entry's profile does not exist, or names a quantity that no reader gives.
        """
        self._entry = entry
        self._site = site
        self._clock = clock
        self._points = profile(entry.profile).points
        self._readers: dict[str, Callable[[], Rows]] = {
            "cpu_utilisation_ratio": CpuMeter().rows,
            "load_average_1": lambda: {"": psutil.getloadavg()[0]},
            "memory_total_by": lambda: {"": float(psutil.virtual_memory().total)},
            "memory_used_by": lambda: {"": float(psutil.virtual_memory().used)},
            "memory_available_by": lambda: {"": float(psutil.virtual_memory().available)},
            "filesystem_total_by": lambda: {"": float(psutil.disk_usage("/").total)},
            "filesystem_used_by": lambda: {"": float(psutil.disk_usage("/").used)},
            "network_received_by": lambda: network_rows(sent=False),
            "network_sent_by": lambda: network_rows(sent=True),
            "component_temperature_c": temperature_rows,
            "uptime_s": lambda: {"": time.time() - psutil.boot_time()},
        }
        for point in self._points:
            self._readers[point.quantity]

    async def read(self) -> Sequence[Reading]:
        """Return one reading per quantity, interface and sensor. Never raises for the machine itself."""
        return await asyncio.to_thread(self._read)

    async def close(self) -> None:
        """Do nothing: no connection is held."""

    def _read(self) -> list[Reading]:
        now = self._clock.now_ns()
        return [self._reading(point, part, raw, now) for point in self._points for part, raw in self._parts(point)]

    def _reading(self, point: Point, part: str, raw: float | None, now: int) -> Reading:
        device = self._entry.name
        if raw is None:
            return unread(point, "first_sample", part=part, time_ns=now, site=self._site, device=device)
        return decode(point, raw, part=part, time_ns=now, site=self._site, device=device)

    def _parts(self, point: Point) -> list[tuple[str, float | None]]:
        rows = self._readers[point.quantity]()
        return [
            (point.part.replace("{label}", label), raw)
            for label, raw in rows.items()
            if not point.only or re.fullmatch(point.only, label)
        ]
