"""What the operating system of a monitored server says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.devices.device import State
from simulators.devices.wiring.agent import AGENT
from simulators.plant.hosts import DISK_BY, MEMORY_BY

if TYPE_CHECKING:
    from simulators.devices.device import Wires

CPUS = 4


def host(number: int) -> Wires:
    """Return the wires of a monitored server, which stands in the first rack."""
    busy = f"server.utilisation/0/{number}"
    wires: Wires = {
        **AGENT,
        ("", "uptime_s"): "uptime_s",
        ("", "cpu_utilisation_ratio"): busy,
        ("", "load_average_1"): f"host.load_average/{number}",
        ("", "memory_total_by"): float(MEMORY_BY),
        ("", "memory_used_by"): f"host.memory_used_by/{number}",
        ("", "memory_available_by"): f"host.memory_available_by/{number}",
        ("fs//", "filesystem_total_by"): float(DISK_BY),
        ("fs//", "filesystem_used_by"): f"host.filesystem_used_by/{number}",
        ("if/eth0", "network_received_by"): f"host.received_by/{number}",
        ("if/eth0", "network_sent_by"): f"host.sent_by/{number}",
        ("if/eth0", "link_state"): State("up"),
    }
    for i in range(CPUS):
        wires[f"cpu/{i + 1}", "cpu_utilisation_ratio"] = busy
    return wires
