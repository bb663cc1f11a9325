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
UP_BEFORE_S = 43 * 86_400.0
"""Hosts and agents were last started this long before the plant is built."""
MONITORED_HOSTS = 2
"""The first servers of the first rack have an agent."""


def publish_hosts(put: Callable[[str, FloatArray], None], registers: Registers, busy: FloatArray, dt_s: float) -> None:
    """Publish what servers of a utilisation [0..1] by step and host say about themselves."""
    used = MEMORY_BY * (0.25 + 0.4 * busy)
    put("host.load_average", busy * CORES)
    put("host.memory_used_by", used)
    put("host.memory_available_by", MEMORY_BY - used)
    put("host.filesystem_used_by", DISK_BY * (0.3 + 0.1 * busy))
    received = registers.count("host.received_by", busy * BUSY_NETWORK_BY_S, dt_s)
    put("host.received_by", np.rint(received))
    put("host.sent_by", np.rint(SENT_SHARE * received))
