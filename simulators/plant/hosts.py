"""Servers as their operating systems see themselves: load, memory and network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.plant.signals import SignalBlocks

CORES = 32
MEMORY_BY = 256 * 2**30
DISK_BY = 960 * 10**9
BUSY_NETWORK_BY_S = 40e6
UP_BEFORE_S = 43 * 86_400.0
"""Hosts and agents were last started this long before the plant is built."""


class Hosts:
    """The monitored servers of a plant."""

    def __init__(self, blocks: SignalBlocks, start_s: float) -> None:
        """Start with network counters as after 43 days of light use."""
        self._blocks = blocks
        self._booted_s = start_s - UP_BEFORE_S
        self._received_by: FloatArray | float = UP_BEFORE_S * 0.3 * BUSY_NETWORK_BY_S

    def step(self, dt_s: float, time_s: float, busy: FloatArray) -> None:
        """Publish what servers of a utilisation [0..1] say after another ``dt_s`` seconds."""
        self._received_by = self._received_by + np.rint(busy * BUSY_NETWORK_BY_S * dt_s)
        used = MEMORY_BY * (0.25 + 0.4 * busy)
        blocks = self._blocks
        blocks.set("host.load_average", busy * CORES)
        blocks.set("host.memory_used_by", used)
        blocks.set("host.memory_available_by", MEMORY_BY - used)
        blocks.set("host.filesystem_used_by", DISK_BY * (0.3 + 0.1 * busy))
        blocks.set("host.received_by", self._received_by)
        blocks.set("host.sent_by", 0.6 * self._received_by)
        blocks.set("uptime_s", time_s - self._booted_s)
