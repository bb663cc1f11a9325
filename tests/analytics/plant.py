"""Small sites and stores with known energies, for tests of analytics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.clock import from_iso
from greendc.model import SeriesKey
from greendc.site import ALWAYS, FOREVER, Meter, Role, Site, SiteInfo
from greendc.units import J_PER_KWH, NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt

    from tests.analytics.memory_history import MemoryHistory

SITE = "lab"
START = from_iso("2026-03-01T00:00:00Z")
MINUTE = 60 * NS_PER_SECOND
HOUR = 60 * MINUTE


def meter(
    role: Role,
    device: str,
    *,
    accuracy: float = 0.01,
    factor: float = 1.0,
    valid_from: dt.date = ALWAYS,
    valid_to: dt.date = FOREVER,
) -> Meter:
    """Return a meter of a device's own register and power."""
    return Meter(
        role=role,
        device=device,
        accuracy_ratio=accuracy,
        factor=factor,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def site(*meters: Meter, timezone: str = "UTC") -> Site:
    """Return a site that consists of meters."""
    return Site(info=SiteInfo(name=SITE, timezone=timezone), meters=list(meters))


def energy_key(device: str) -> SeriesKey:
    """Return the key of a device's energy register."""
    return SeriesKey(SITE, device, "", "active_energy_j")


def power_key(device: str) -> SeriesKey:
    """Return the key of a device's power."""
    return SeriesKey(SITE, device, "", "active_power_w")


def add_register(
    history: MemoryHistory,
    device: str,
    total_kwh: float,
    *,
    length_ns: int = HOUR,
    step_ns: int = MINUTE,
) -> None:
    """Add a register that counts ``total_kwh`` evenly from START on."""
    count = length_ns // step_ns + 1
    times = [START + i * step_ns for i in range(count)]
    values = np.linspace(1000 * J_PER_KWH, (1000 + total_kwh) * J_PER_KWH, count)
    history.add(energy_key(device), times, values.tolist())


def add_power(
    history: MemoryHistory,
    device: str,
    power_w: float,
    *,
    length_ns: int = HOUR,
    step_ns: int = MINUTE,
) -> None:
    """Add a steady power from START on."""
    times = [START + i * step_ns for i in range(length_ns // step_ns + 1)]
    history.add(power_key(device), times, [power_w] * len(times))
