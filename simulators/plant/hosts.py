"""Servers as their operating systems see themselves: load, memory and network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray
    from simulators.plant.registers import Registers

CORES = 32
MEMORY_BY = 256 * 2**30
DISK_BY = 960 * 10**9
BUSY_NETWORK_BY_S = 40e6
SENT_SHARE = 0.6
RESTART_EACH_S = 400 * 86_400.0
"""Hosts and agents are started again so often, at the same moment whenever the plant is built."""
MONITORED_HOSTS = 2
"""The first servers of the first rack have an agent."""


def publish_hosts(put: Callable[[str, FloatArray], None], registers: Registers, busy: FloatArray, dt_s: float) -> None:
    """Publish what servers of a utilisation [0..1] by step and host say about themselves."""
    used = MEMORY_BY * (0.25 + 0.4 * busy)
    put("host.load_average", busy * CORES)
    put("host.memory_used_by", used)
    put("host.memory_available_by", MEMORY_BY - used)
    put("host.filesystem_used_by", DISK_BY * (0.3 + 0.1 * busy))
    for name, share in (("host.received_by", 1.0), ("host.sent_by", SENT_SHARE)):
        put(name, np.rint(registers.count(name, share * busy * BUSY_NETWORK_BY_S, dt_s)))


def uptime_s(times_s: FloatArray) -> FloatArray:
    """Return how long hosts and agents have been up [s] at times [s since 1970]."""
    up: FloatArray = np.mod(times_s, RESTART_EACH_S)
    return up
